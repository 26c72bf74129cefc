import { XmlFields, type CollectedFields, type XmlAttributes } from "./xml-fields.ts";
import { isAtRecord, pathAboveRow } from "./xml-path.ts";
import type { XmlPlace } from "./xml-position.ts";

/** One repeated element of a record, with everything that is wanted of it and of what stands above it. */
export interface XmlRow {
  readonly fields: CollectedFields;
  readonly began: XmlPlace;
  /** Offset behind its end tag. */
  readonly endByte: number;
}

/**
 * Collects the repeated elements of a record that are to be records of their own. Paths that lead up from the row
 * are values of the record around it, and are known only when that has ended: rows wait for it.
 */
export class XmlRows {
  /** Paths to be read from the record element, for the columns that lead up from the row. */
  readonly recordPaths: readonly string[];
  readonly #steps: readonly string[];
  /** By column: where its value comes from, the row or the record, and at which index there. */
  readonly #origin: readonly { readonly above: boolean; readonly index: number }[];
  readonly #fields: XmlFields;
  #depth = 0;
  #began: XmlPlace | undefined;
  #waiting: XmlRow[] = [];
  #starts = new Map<number, number>();

  /** Throws DMFP-MAPPING-COLUMN for a path that is none or leads above the record. */
  constructor(paths: readonly string[], steps: readonly string[]) {
    this.#steps = steps;
    const above: string[] = [];
    const inside: string[] = [];
    this.#origin = paths.map((path) => {
      const up = pathAboveRow(path, steps);
      return up === undefined
        ? { above: false, index: inside.push(path) - 1 }
        : { above: true, index: above.push(up) - 1 };
    });
    this.recordPaths = above;
    this.#fields = new XmlFields(inside);
  }

  /**
   * An element inside the record was opened; `open`: all open elements, the first `recordDepth` of which lead to the
   * record.
   */
  open(
    open: readonly string[],
    { recordDepth, attributes, at }: { recordDepth: number; attributes: XmlAttributes; at: XmlPlace },
  ): void {
    if (this.#began !== undefined) {
      this.#depth++;
      this.#fields.open(open.at(-1) ?? "", attributes);
    } else if (open.length - recordDepth === this.#steps.length) {
      if (!isAtRecord(open.slice(recordDepth), this.#steps)) return;
      this.#began = at;
      this.#depth = 0;
      this.#fields.begin(attributes);
    }
  }

  /** Whether the text that comes next, if any does, belongs to a value of a row. */
  get wantsText(): boolean {
    return this.#began !== undefined && this.#fields.wantsText;
  }

  text(text: string): void {
    if (this.#began !== undefined) this.#fields.text(text);
  }

  /** Whether an element so many levels below the record may begin a row. */
  mayBeginAt(depth: number): boolean {
    return this.#began === undefined && depth === this.#steps.length;
  }

  /** An element in a row, see XmlFields. */
  leaf(name: string): boolean {
    return this.#began !== undefined && this.#fields.leaf(name);
  }

  /** The text of the leaf that was told last. */
  fill(text: string): void {
    if (this.#began !== undefined) this.#fields.fill(text);
  }

  /** An element was closed; true where that was the row itself, which `end` then has to be told. */
  close(): boolean {
    if (this.#began === undefined) return false;
    this.#fields.close();
    return this.#depth-- === 0;
  }

  /** The row ended at this offset. */
  end(endByte: number): void {
    if (this.#began === undefined) return;
    this.#waiting.push({ fields: this.#fields.collected(), began: this.#began, endByte });
    this.#began = undefined;
  }

  /** The rows of the record that has ended, with the values from above them put in their places. */
  collected(record: CollectedFields): readonly XmlRow[] {
    const rows = this.#waiting;
    this.#waiting = [];
    this.#starts = new Map(rows.map(({ endByte, began }) => [endByte, began.byte]));
    return rows.map((row) => ({ ...row, fields: this.#merged(row.fields, record) }));
  }

  /** Where the row that ends at this offset begins, in the record that has ended last. */
  startOf(endByte: number): number | undefined {
    return this.#starts.get(endByte);
  }

  /** Columns no row and no record so far had a value for; `record`: the collector of the values above the rows. */
  neverSeen(record: XmlFields): number[] {
    const above = new Set(record.neverSeen());
    const inside = new Set(this.#fields.neverSeen());
    return [...this.#origin.keys()].filter((column) => {
      const origin = this.#origin[column];
      return origin !== undefined && (origin.above ? above : inside).has(origin.index);
    });
  }

  #merged(row: CollectedFields, record: CollectedFields): CollectedFields {
    const values = this.#origin.map(({ above, index }) => (above ? record : row).values[index] ?? "");
    const repeated = this.#origin.findIndex(({ above, index }) => (above ? record : row).repeated === index);
    return repeated === -1 ? { values } : { values, repeated };
  }
}
