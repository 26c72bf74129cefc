import { companies, legalEntities, type Company } from "./company.ts";
import type { FateBook, RecordEnd } from "./fate.ts";
import type { Random } from "./random.ts";

/** One record before it is written: column → value as the ERP would write it. */
export type Row = Record<string, string>;

/** What a flaw may look at while it spoils a row. */
export interface FlawSite {
  readonly random: Random;
  readonly company: Company;
  /** An earlier row of the same company that is loaded. */
  earlier(): Row;
}

/** Something that goes wrong with a record, on purpose. */
export interface Flaw extends RecordEnd {
  /** Changes the row before it is written. */
  readonly change?: (row: Row, site: FlawSite) => void;
  /** Changes the text of the written record. */
  readonly mangle?: (text: string) => string;
  /** Number of (unreadable) records the reader finds in what was one; default 1. */
  readonly pieces?: number;
}

/** A flaw that is scattered over the records of an extract. */
export interface ScatteredFlaw extends Flaw {
  /** How many records get it. */
  readonly times: number;
}

export interface DraftedRow {
  readonly company: Company;
  readonly row: Row;
  /** Set where this very record is to be spoiled. */
  readonly flaw?: Flaw;
  /** Set where the record is fine, but something else decides what becomes of it. */
  readonly end?: RecordEnd;
}

export interface SpoilOptions {
  readonly entity: string;
  readonly file: string;
  readonly rows: readonly DraftedRow[];
  readonly flaws: readonly ScatteredFlaw[];
  /** Shared entities: the legal entity whose import carries them all. */
  readonly sharedUnder?: string;
  readonly random: Random;
  readonly book: FateBook;
  /** The key as the target knows it. */
  readonly keyOf: (row: Row) => string;
  /** Writes the record and returns the line on which it begins. */
  readonly write: (row: Row, mangle: ((text: string) => string) | undefined) => number;
  /** Told of every record that gets a flaw, after it was written. */
  readonly onFlaw?: (drafted: DraftedRow, flaw: Flaw) => void;
}

/** Records at the beginning that stay clean, so that a duplicate always has an earlier record to repeat. */
const cleanStart = 6;

/** Writes all rows, scatters the flaws over them, and notes in the book what is expected of each. */
export function spoilAndWrite(options: SpoilOptions): void {
  const { rows, random, book, entity, file } = options;
  const flawAt = scatter(rows, options.flaws, random);
  const clean: Record<Company, Row[]> = { "100": [], "200": [] };
  for (const [index, drafted] of rows.entries()) {
    const { company } = drafted;
    const row = { ...drafted.row };
    const key = options.keyOf(row);
    const flaw = drafted.flaw ?? flawAt.get(index);
    const earlier = (): Row => random.pick(clean[company]);
    flaw?.change?.(row, { random, company, earlier });
    const line = options.write(row, flaw?.mangle);
    const end = drafted.end ?? (flaw === undefined ? undefined : endOf(flaw));
    const legalEntity = options.sharedUnder ?? (neverHasCompany(end) ? "" : legalEntities[company]);
    for (let piece = 0; piece < (flaw?.pieces ?? 1); piece++) {
      book.add({ file, line: line + piece, entity, legalEntity, ...(end === undefined ? {} : { end }) }, key);
    }
    if (end === undefined) clean[company].push(row);
    if (flaw !== undefined) options.onFlaw?.(drafted, flaw);
  }
}

function endOf({ stage, kind, code, field }: Flaw): RecordEnd {
  return {
    stage,
    kind,
    ...(code === undefined ? {} : { code }),
    ...(field === undefined ? {} : { field }),
  };
}

/** An unreadable record is never mapped, so nobody knows which legal entity it would belong to. */
function neverHasCompany(end: RecordEnd | undefined): boolean {
  return end?.stage === "source" || end?.kind === "unknown company";
}

/** Takes the companies in turn, so that each kind of fault that comes twice is in both. */
function scatter(
  rows: readonly DraftedRow[],
  flaws: readonly ScatteredFlaw[],
  random: Random,
): ReadonlyMap<number, Flaw> {
  const free = companies.map((company) => {
    const own = [...rows.keys()].filter((index) => rows[index]?.company === company).slice(cleanStart);
    return random.shuffle(own.filter((index) => isPlain(rows[index])));
  });
  const flawAt = new Map<number, Flaw>();
  for (const { times, ...flaw } of flaws) {
    for (let time = 0; time < times; time++) {
      const place = free[flawAt.size % free.length]?.pop();
      if (place === undefined) throw new RangeError("There are more flaws than records.");
      flawAt.set(place, flaw);
    }
  }
  return flawAt;
}

function isPlain(drafted: DraftedRow | undefined): boolean {
  return drafted?.end === undefined && drafted?.flaw === undefined;
}
