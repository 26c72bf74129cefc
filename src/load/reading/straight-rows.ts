import { DmfpipeError } from "../../errors/dmfpipe-error.ts";
import { DelimitedRows } from "../../package/delimited-rows.ts";
import { PickedRows } from "../../package/picked-rows.ts";
import type { PassingRecords } from "../../source/passing-records.ts";

/** What is known of a record. */
const known = { leftOut: 1, doubtful: 2, refused: 4 } as const;

/**
 * The records of a window that went straight (see StraightPath): those from number `from` up to `to`, their rows, the
 * legal entity of each, and the values that somebody wants to look at. One and the same is used for all windows; what
 * it holds counts until it is begun again.
 */
export class StraightRows {
  readonly rows: DelimitedRows;
  from = 0;
  to = 0;
  #records: PassingRecords | undefined;
  #placedUpTo = 0;
  /** By record. */
  #known = new Uint8Array(256);
  #companies = new Uint32Array(256);
  #picked = new Uint32Array(256);
  /** Legal entities by the numbers they have here, and their numbers. */
  readonly #names: string[] = [];
  readonly #numbers = new Map<string, number>();
  /** Values that were noted, in the order of the records: of which record, in which of the target fields, the text. */
  readonly #notedAt: number[] = [];
  readonly #notedField: number[] = [];
  readonly #notedText: string[] = [];
  /** The first of them that `valuesOf` has not come to. */
  #next = 0;
  readonly #values: string[];
  #filled: number[] = [];

  constructor(delimiter: string, targetFields: number) {
    this.rows = new DelimitedRows(delimiter);
    this.#values = new Array<string>(targetFields).fill("");
  }

  /** The records whose rows these are. */
  get records(): PassingRecords {
    if (this.#records === undefined) throw new DmfpipeError("DMFP-BUG", "Rows of no records were asked for.");
    return this.#records;
  }

  /** Of records that were begun before it stays known where they go. */
  begin(records: PassingRecords, from: number): void {
    const again = records === this.#records;
    // Nothing was marked behind the record at which the rows ended.
    const marked = again ? Math.min(this.to + 1, records.count) : records.count;
    this.#records = records;
    this.from = from;
    this.to = from;
    this.rows.begin(records, from);
    this.#notedAt.length = this.#notedField.length = this.#notedText.length = 0;
    this.#next = 0;
    if (!again) this.#placedUpTo = 0;
    if (this.#known.length < records.count) {
      this.#known = new Uint8Array(records.count * 2);
      this.#companies = new Uint32Array(records.count * 2);
    }
    const keeps = again ? known.leftOut : 0;
    for (let at = from; at < marked; at++) this.#known[at] = (this.#known[at] as number) & keeps;
  }

  /** The number that a legal entity has here, as long as these rows are used. */
  numberOf(company: string): number {
    let number = this.#numbers.get(company);
    if (number === undefined) {
      number = this.#names.push(company) - 1;
      this.#numbers.set(company, number);
    }
    return number;
  }

  /** A record goes straight into a legal entity, by its number; `leftOut`: but for the filter of the mapping. */
  place(at: number, company: number, leftOut: boolean): void {
    this.#companies[at] = company;
    this.#placedUpTo = at + 1;
    if (leftOut) this.#mark(at, known.leftOut);
  }

  /** Behind the last record for which `place` was called, of those that were begun. */
  get placedUpTo(): number {
    return this.#placedUpTo;
  }

  /** Notes a value of the record that is being written. */
  note(at: number, field: number, text: string): void {
    this.#notedAt.push(at);
    this.#notedField.push(field);
    this.#notedText.push(text);
  }

  markDoubtful(at: number): void {
    this.#mark(at, known.doubtful);
  }

  /** The record has to be judged by itself, although it has a row. */
  refuse(at: number): void {
    this.#mark(at, known.refused);
  }

  isLeftOut(at: number): boolean {
    return ((this.#known[at] ?? 0) & known.leftOut) !== 0;
  }

  /** Whether the format does not promise to carry one of its texts; see compileFormatRisks. */
  isDoubtful(at: number): boolean {
    return ((this.#known[at] ?? 0) & known.doubtful) !== 0;
  }

  isRefused(at: number): boolean {
    return ((this.#known[at] ?? 0) & known.refused) !== 0;
  }

  /** Whether it has a row that goes into a package. */
  isGood(at: number): boolean {
    return ((this.#known[at] ?? 0) & (known.leftOut | known.refused)) === 0;
  }

  /** The number of a record's legal entity. */
  companyNumberOf(at: number): number {
    return this.#companies[at] as number;
  }

  /** The legal entity that has a number. */
  companyNamed(number: number): string {
    return this.#names[number] ?? "";
  }

  companyOf(at: number): string {
    return this.companyNamed(this.companyNumberOf(at));
  }

  /**
   * The records from number `from` up to `to` that are not left out, by the numbers of their legal entities, in the order in
   * which these come first. They count until it is asked for again.
   */
  byCompany(from: number, to: number): ReadonlyMap<number, PickedRows> {
    if (this.#picked.length < to - from) this.#picked = new Uint32Array((to - from) * 2);
    const picked = this.#picked;
    const companies: number[] = [];
    const counts: number[] = [];
    for (let at = from; at < to; at++) {
      if (this.isLeftOut(at)) continue;
      const company = this.companyNumberOf(at);
      const count = counts[company];
      if (count === undefined) companies.push(company);
      counts[company] = (count ?? 0) + 1;
    }
    const found = new Map<number, PickedRows>();
    // Of each the place where its next one goes.
    const next: number[] = [];
    let behind = 0;
    for (const company of companies) {
      const first = behind;
      behind += counts[company] as number;
      found.set(company, new PickedRows(picked, first, behind));
      next[company] = first;
    }
    for (let at = from; at < to; at++) {
      if (this.isLeftOut(at)) continue;
      const company = this.companyNumberOf(at);
      const place = next[company] as number;
      picked[place] = at;
      next[company] = place + 1;
    }
    return found;
  }

  /**
   * The values of a record aligned with the target fields: the wanted and the doubtful ones, all others empty. They count
   * until the next record is asked for; quickest in the order of the records.
   */
  valuesOf(at: number): readonly string[] {
    const values = this.#values;
    for (const field of this.#filled) values[field] = "";
    this.#filled.length = 0;
    const noted = this.#notedAt;
    if (this.#next > 0 && (noted[this.#next - 1] as number) >= at) this.#next = 0;
    while (this.#next < noted.length && (noted[this.#next] as number) < at) this.#next++;
    for (; noted[this.#next] === at; this.#next++) {
      const field = this.#notedField[this.#next] as number;
      values[field] = this.#notedText[this.#next] as string;
      this.#filled.push(field);
    }
    return values;
  }

  #mark(at: number, what: number): void {
    this.#known[at] = (this.#known[at] as number) | what;
  }
}
