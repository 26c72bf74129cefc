import path from "node:path";
import type { Reason } from "../errors/reason.ts";
import type { RefusedRow } from "./attribution.ts";
import { ScratchLines } from "./scratch-lines.ts";

const leastRowsPerStretch = 5_000;
/** Of each, 64 KiB may wait to be written. */
const mostStretches = 512;
/** Reasons that say no more than that there is none. */
const empty: ReadonlySet<string> = new Set(["DMFP-FNO-STAGING", "DMFP-FNO-NO-REASON"]);

/**
 * Puts refused rows that come portion by portion back into row order: each goes to the file of its stretch of the
 * package, and one stretch at a time is sorted in memory. What several portions say about one row is put together.
 */
export class RowOrder {
  readonly #rowsPerStretch: number;
  readonly #stretches: readonly ScratchLines<RefusedRow>[];

  /** `rows`: how many the entity has in the package; `name`: of the scratch files in `folder`. */
  constructor(options: { readonly rows: number; readonly folder: string; readonly name: string }) {
    const { rows, folder, name } = options;
    this.#rowsPerStretch = Math.max(leastRowsPerStretch, Math.ceil(rows / mostStretches));
    this.#stretches = Array.from(
      { length: Math.max(1, Math.ceil(rows / this.#rowsPerStretch)) },
      (_, index) => new ScratchLines<RefusedRow>(path.join(folder, `${name}.${index}`)),
    );
  }

  /** A promise, where there is one, must be awaited before the next. Throws DMFP-FILE-WRITE. */
  add(row: RefusedRow): Promise<void> | undefined {
    const index = Math.floor((row.row - 1) / this.#rowsPerStretch);
    return (this.#stretches[index] ?? this.#stretches.at(-1))?.add(row);
  }

  async *rows(): AsyncGenerator<RefusedRow> {
    for (const stretch of this.#stretches) {
      const byRow = new Map<number, RefusedRow>();
      for await (const row of stretch.read()) {
        const known = byRow.get(row.row);
        byRow.set(row.row, known === undefined ? row : together(known, row));
      }
      yield* [...byRow.values()].sort((a, b) => a.row - b.row);
    }
  }
}

function together(first: RefusedRow, second: RefusedRow): RefusedRow {
  const reasons = [...first.reasons, ...second.reasons];
  const telling = reasons.filter(({ code }) => !empty.has(code));
  return {
    ...first,
    stage: first.stage === "staging" ? "staging" : second.stage,
    reasons: distinct(telling.length > 0 ? telling : reasons),
    ambiguous: first.ambiguous || second.ambiguous,
  };
}

function distinct(reasons: readonly Reason[]): Reason[] {
  return [...new Map(reasons.map((reason) => [JSON.stringify(reason), reason])).values()];
}
