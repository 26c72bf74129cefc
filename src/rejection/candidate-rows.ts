import path from "node:path";
import type { PackageRows } from "../package/read-package.ts";
import { ScratchLines } from "./scratch-lines.ts";
import type { Statements } from "./statements.ts";

/** A row that may have been refused: its number in the data file, and its values. */
type Candidate = readonly [row: number, values: readonly string[]];

/**
 * The rows of one entity of a package about which something may have been said, in row order, by the portions of what
 * was said. The package is read for them once, and no second time.
 */
export class CandidateRows {
  readonly #portions: readonly ScratchLines<Candidate>[];
  readonly #header: readonly string[];

  private constructor(header: readonly string[], portions: readonly ScratchLines<Candidate>[]) {
    this.#header = header;
    this.#portions = portions;
  }

  /**
   * `rows`: all of the entity, from the first on. `keys`: its key fields. `name`: of the scratch files in `folder`.
   * Throws DMFP-FILE-WRITE and what `rows` throws.
   */
  static async of(options: {
    readonly rows: AsyncIterable<PackageRows>;
    readonly keys: readonly string[];
    readonly statements: Statements;
    readonly folder: string;
    readonly name: string;
  }): Promise<CandidateRows> {
    const { rows, keys, statements, folder, name } = options;
    const portions = Array.from(
      { length: statements.portions },
      (_, index) => new ScratchLines<Candidate>(path.join(folder, `${name}.${index}`)),
    );
    let fields: readonly string[] = [];
    for await (const { header, firstRow, rows: batch } of rows) {
      fields = header;
      const columns = keys.map((field) => header.indexOf(field));
      for (const [index, values] of batch.entries()) {
        const key = columns.map((column) => values[column] ?? "");
        for (const portion of statements.portionsOf(key)) {
          const written = portions[portion]?.add([firstRow + index, values]);
          if (written !== undefined) await written;
        }
      }
    }
    return new CandidateRows(fields, portions);
  }

  /** The rows of one portion, each by itself. */
  async *portion(index: number): AsyncGenerator<PackageRows> {
    const candidates = this.#portions[index];
    if (candidates === undefined) return;
    for await (const [row, values] of candidates.read()) {
      yield { header: this.#header, firstRow: row, rows: [values] };
    }
  }
}
