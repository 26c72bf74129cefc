import { normalizeKeyAt } from "../../entity/record-key.ts";
import { reason, type Reason } from "../../errors/reason.ts";
import type { SourcePosition } from "../../source/source-record.ts";
import type { PartLink } from "./composite-link.ts";
import type { PlannedComposite, PlannedPart } from "./composite-plan.ts";
import type { CompositeSpool } from "./composite-spool.ts";
import type { OwnRejection } from "../reading/own-rejections.ts";

/** Fields of a part by which records below refer to it. */
interface Offer {
  /** Number of the link in the spool; parts below that refer by the same fields share it. */
  readonly number: number;
  readonly fields: readonly string[];
  readonly columns: readonly number[];
  readonly byKey: boolean;
}

const none: readonly Reason[] = [];

/**
 * The records of one part of a composite entity on their way into the spool: each finds the record it is nested in, which
 * was judged before it, because parts are read from the documents down. A record without one is refused here, so that it is
 * counted and reported like any other: it goes into no package.
 */
export class CompositeRecords {
  readonly #spool: CompositeSpool;
  readonly #write: boolean;
  readonly #number: number;
  readonly #part: PlannedPart;
  readonly #upper: PlannedPart | undefined;
  /** Number of the link to the part above. */
  readonly #linkNumber: number;
  readonly #offers: readonly Offer[];
  #records = 0;

  /** `part`: its index. `write`: whether records are to be packed, or only judged (`check`). */
  constructor(options: {
    readonly composite: PlannedComposite;
    readonly part: number;
    readonly spool: CompositeSpool;
    readonly write: boolean;
  }) {
    const { composite, part, spool, write } = options;
    this.#spool = spool;
    this.#write = write;
    this.#number = part;
    this.#part = composite.parts[part] ?? {
      label: "",
      aotName: "",
      parent: undefined,
      link: undefined,
      empty: true,
    };
    this.#upper = this.#part.parent === undefined ? undefined : composite.parts[this.#part.parent];
    this.#linkNumber = linkNumber(composite, part);
    const below = composite.parts.flatMap(({ parent, link }, index) =>
      parent === part && link !== undefined ? [{ link, number: linkNumber(composite, index) }] : [],
    );
    this.#offers = below
      .filter(({ number }, index) => below.findIndex((other) => other.number === number) === index)
      .map(({ link, number }) => ({
        number,
        fields: link.upperFields,
        columns: link.upperColumns,
        byKey: link.byKey,
      }));
  }

  /** What speaks against a record because of where it belongs, or of what belongs to it. */
  problems(values: readonly string[], legalEntity: string): readonly Reason[] {
    // Nobody knows in which company to look.
    if (legalEntity === "") return none;
    let found: Reason[] | undefined;
    const { link } = this.#part;
    if (link !== undefined) {
      const problem = this.#placeProblem(link, values, legalEntity);
      if (problem !== undefined) found = [problem];
    }
    for (const offer of this.#offers) {
      if (offer.byKey || isEmpty(values, offer.columns)) continue;
      const key = normalizeKeyAt(values, offer.columns);
      if (this.#spool.find(offer.number, legalEntity, key)?.kind !== "packed") continue;
      (found ??= []).push(this.#ambiguous(offer, values));
    }
    return found ?? none;
  }

  /** Takes a record that nothing spoke against. */
  add(
    legalEntity: string,
    record: {
      readonly values: readonly string[];
      readonly position: SourcePosition;
      readonly fileNumber: number;
    },
  ): void {
    const { values } = record;
    let id = ++this.#records;
    if (this.#write) id = this.#spool.add(this.#number, this.#inside(values, legalEntity), record);
    for (const { number, columns } of this.#offers) {
      if (isEmpty(values, columns)) continue;
      this.#spool.notePacked(number, legalEntity, { key: normalizeKeyAt(values, columns), id });
    }
  }

  /** Remembers a record that was refused: what belongs to it cannot be packed either. */
  refuse({ legalEntity, mappedValues, position }: OwnRejection): void {
    if (legalEntity === undefined || mappedValues === undefined) return;
    for (const { number, columns } of this.#offers) {
      if (isEmpty(mappedValues, columns)) continue;
      const key = normalizeKeyAt(mappedValues, columns);
      this.#spool.noteRefused(number, legalEntity, { key, file: position.file, line: position.line });
    }
  }

  #inside(values: readonly string[], company: string): { company: string } | { id: number } {
    const { link } = this.#part;
    if (link === undefined) return { company };
    const place = this.#spool.find(this.#linkNumber, company, normalizeKeyAt(values, link.columns));
    return { id: place?.kind === "packed" ? place.id : 0 };
  }

  #placeProblem(link: PartLink, values: readonly string[], company: string): Reason | undefined {
    const upper = this.#upper?.label ?? "";
    const field = link.fields.join(", ");
    if (isEmpty(values, link.columns)) {
      const message = `${field} is empty, so that nobody knows which record of ${upper} this one belongs to.`;
      return reason("DMFP-COMPOSITE-PARENT", { field, message });
    }
    const place = this.#spool.find(this.#linkNumber, company, normalizeKeyAt(values, link.columns));
    if (place?.kind === "packed") return undefined;
    const value = link.columns.map((column) => values[column] ?? "").join(", ");
    if (place === undefined) {
      const message = `${upper} ${value}, which this record belongs to, is not in this load of ${company}: it is not in the source, or is left out there.`;
      return reason("DMFP-COMPOSITE-PARENT", { field, value, refersTo: upper, message });
    }
    return reason("DMFP-REFERENCE-REJECTED", {
      field,
      value,
      refersTo: upper,
      message: `This record belongs to ${upper} ${value}, which is rejected itself (line ${place.line} of ${place.file}).`,
    });
  }

  #ambiguous({ fields, columns }: Offer, values: readonly string[]): Reason {
    const field = fields.join(", ");
    const value = columns.map((column) => values[column] ?? "").join(", ");
    const message = `Another record of ${this.#part.label} has the same ${field}, ${value}: what belongs to it could belong to either.`;
    return reason("DMFP-COMPOSITE-AMBIGUOUS", { field, value, message });
  }
}

/** Links of parts to the same one above by the same fields have the same number: the first such part's index. */
function linkNumber({ parts }: PlannedComposite, part: number): number {
  const own = parts[part];
  const same = parts.findIndex(
    ({ parent, link }) =>
      parent === own?.parent &&
      link !== undefined &&
      link.upperColumns.join() === own?.link?.upperColumns.join(),
  );
  return same === -1 ? part : same;
}

function isEmpty(values: readonly string[], columns: readonly number[]): boolean {
  return columns.every((column) => (values[column] ?? "").trim() === "");
}
