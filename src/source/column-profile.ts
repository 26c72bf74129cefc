import { ByteRecord } from "./byte-record.ts";
import { DistinctCount, type DistinctValues } from "./profile/distinct-count.ts";
import { ownCopy } from "./profile/own-copy.ts";
import type { SourceRecord } from "./source-record.ts";
import type { TextHash } from "./text-hash.ts";
import { ValueFacts } from "./profile/value-facts.ts";
import { ValueTable } from "./profile/value-table.ts";

/** What all filled values of a column can be read as; `empty` where there are none, `text` where nothing else fits. */
export type ColumnKind =
  "empty" | "yes or no" | "integer" | "decimal point" | "decimal comma" | "date" | "text";

/** What the records of a source hold in one column. */
export interface ColumnProfile {
  readonly name: string;
  /** Records that were looked at, those with an empty value included. */
  readonly records: number;
  /** Records with a value that is more than blanks. All other counts are of these. */
  readonly filled: number;
  /** Different values, capitals and blanks taken as they stand; exact up to 8,192, then an estimate within 2 %. */
  readonly distinct: DistinctValues;
  /** Characters of the shortest and the longest value without the blanks around it; 0 where none is filled. */
  readonly shortest: number;
  readonly longest: number;
  readonly kind: ColumnKind;
  /**
   * How least and greatest were found: as numbers or dates where all values are (dates: of one pattern), else as
   * texts, in the order of their code units.
   */
  readonly order: "number" | "date" | "text";
  readonly least?: string;
  readonly greatest?: string;
  /** How many values can be read as what; one value may be under several. */
  readonly fits: {
    readonly integer: number;
    /** Numbers with a decimal point (and commas between thousands), integers included. */
    readonly decimalPoint: number;
    readonly decimalComma: number;
    readonly yesNo: number;
    /** By pattern, as the step date("…") takes it; most frequent first. Names of months are not looked for. */
    readonly dates: readonly { readonly pattern: string; readonly count: number }[];
    /** Zeros in the place of a date, such as 00000000: the step date("…") reads them as empty. */
    readonly emptyDates: number;
  };
  /** Values with … */
  readonly oddities: {
    readonly leadingZeros: number;
    readonly surroundingBlanks: number;
    readonly controlCharacters: number;
    readonly nonAscii: number;
  };
  /** The most frequent shapes: letters as A or a, digits as 9, runs of more than four as 9{10}. At most 10. */
  readonly patterns: readonly { readonly pattern: string; readonly count: number }[];
  /** The most frequent values, at most 20; of those that come once, a few of the first. */
  readonly examples: readonly { readonly value: string; readonly count: number }[];
  /**
   * 0: the counts of patterns or examples are exact. Else there were too many different ones to count each, and a
   * count may be too small by this much (a value that is not listed came at most so often beyond the least listed).
   */
  readonly patternsShortBy: number;
  readonly examplesShortBy: number;
}

/** Values that are counted one by one: at most so many a column, and fewer where there are many columns. */
const mostValuesOfColumn = 8_192;
const leastValuesOfColumn = 512;
const valuesOfAllColumns = 262_144;
/** Characters of the longest value that is kept whole; longer ones are told apart by beginning and hash. */
const longestKept = 128;
const longestShown = 80;
const shownExamples = 20;
const shownAtLeast = 5;
const shownPatterns = 10;

/**
 * Profiles the columns of a source while its records go by. No record is left out, and no value, whatever their
 * number. The space is bounded: of a column 8,192 values of at most 128 characters are counted one by one (of a
 * source with more than 32 columns fewer, 262,144 in all, but 512 of each), besides 512 shapes, and 8,192 hashes or
 * a sketch of 16 KiB. That is some 15 MB for 25 columns of ordinary texts. It takes a quarter more of the processor
 * than a check without it (1.28 times, 142,000 vendors of 23 columns), which is why `check` always profiles and a
 * load never does.
 */
export class ColumnProfiler {
  readonly #columns: readonly Column[];
  #records = 0;

  constructor(columns: readonly string[]) {
    const share = 2 ** Math.floor(Math.log2(valuesOfAllColumns / Math.max(1, columns.length)));
    const capacity = Math.max(leastValuesOfColumn, Math.min(mostValuesOfColumn, share));
    this.#columns = columns.map((name) => new Column(name, capacity));
  }

  /** Takes in the values of one record, aligned with the columns; missing ones count as empty. */
  add(values: readonly string[]): void {
    this.#records++;
    for (let index = 0; index < this.#columns.length; index++) {
      const value = values[index];
      if (value !== undefined && value !== "") this.#columns[index]?.add(value);
    }
  }

  /** The same of a record, of which only what has to be looked at is decoded. */
  addRecord(record: SourceRecord): void {
    if (!(record instanceof ByteRecord)) {
      this.add(record.values);
      return;
    }
    this.#records++;
    for (let index = 0; index < this.#columns.length; index++) this.#columns[index]?.addField(record, index);
  }

  /** The profiles of what was taken in so far, in the order of the columns. */
  profiles(): readonly ColumnProfile[] {
    return this.#columns.map((column) => column.profile(this.#records));
  }
}

/** One column while its values go by. */
class Column {
  readonly #name: string;
  readonly #facts = new ValueFacts();
  readonly #distinct = new DistinctCount();
  readonly #values: ValueTable;
  /** The first values, in case that none is repeated. */
  readonly #first: string[] = [];

  constructor(name: string, capacity: number) {
    this.#name = name;
    this.#values = new ValueTable(capacity, (value, count, hash) => {
      if (!this.#facts.note(value, count)) return;
      this.#distinct.add(hash);
      if (this.#first.length === shownAtLeast) return;
      const kept = keptText(value, hash);
      if (!this.#first.includes(kept)) this.#first.push(kept);
    });
  }

  /** `value` is not empty. */
  add(value: string): void {
    if (value.length <= longestKept) this.#values.add(value, ownCopy);
    else this.#values.addLong(value, keptText);
  }

  addField(record: ByteRecord, field: number): void {
    const { bytes, bounds } = record.window;
    const at = (record.firstField + field) * 2;
    const from = bounds[at] ?? 0;
    const end = bounds[at + 1] ?? 0;
    const to = end >> 1;
    if (from === to) return;
    // Doubled quotes are not what they look like, nor is what is no ASCII.
    const plain = (end & 1) === 0 && to - from <= longestKept && this.#values.addAscii(bytes, from, to);
    if (!plain) this.add(record.text(field));
  }

  profile(records: number): ColumnProfile {
    this.#values.tell();
    const facts = this.#facts;
    const { filled } = facts;
    const { count, exact } = this.#distinct.result();
    const distinct = { count: Math.min(count, filled), exact };
    const kind = kindOf(facts, distinct);
    return {
      name: this.#name,
      records,
      filled,
      distinct,
      shortest: filled === 0 ? 0 : facts.shortest,
      longest: facts.longest,
      kind,
      ...rangeOf(facts, kind),
      fits: {
        integer: facts.integers,
        decimalPoint: facts.points.count,
        decimalComma: facts.commas.count,
        yesNo: facts.yesNo,
        dates: facts.datePatterns(),
        emptyDates: facts.emptyDates,
      },
      oddities: {
        leadingZeros: facts.leadingZeros,
        surroundingBlanks: facts.surroundingBlanks,
        controlCharacters: facts.controlCharacters,
        nonAscii: facts.nonAscii,
      },
      patterns: facts.shapes.top(shownPatterns).map(({ shape, count }) => ({ pattern: shape, count })),
      patternsShortBy: facts.shapes.shortBy,
      examples: this.#examples(),
      examplesShortBy: this.#values.shortBy,
    };
  }

  #examples(): { value: string; count: number }[] {
    const examples = this.#values
      .top(shownExamples, (value) => value.trim() !== "")
      .map(({ text, count }) => ({ value: shown(text), count }));
    for (const value of this.#first) {
      if (examples.length >= shownAtLeast) break;
      if (examples.every((example) => example.value !== shown(value))) {
        examples.push({ value: shown(value), count: 1 });
      }
    }
    return examples;
  }
}

function kindOf(facts: ValueFacts, distinct: DistinctValues): ColumnKind {
  const { filled } = facts;
  if (filled === 0) return "empty";
  // Zeros and ones are numbers, unless both of them and nothing else is there.
  if (facts.yesNo === filled && (facts.integers < filled || (distinct.exact && distinct.count === 2))) {
    return "yes or no";
  }
  if (facts.anyDates > 0 && facts.anyDates + facts.emptyDates === filled) return "date";
  if (facts.integers === filled) return "integer";
  // A point before three digits may group them. What the other values show decides; else the point is one.
  if (facts.points.count === filled) return "decimal point";
  return facts.commas.count === filled ? "decimal comma" : "text";
}

type Range = Pick<ColumnProfile, "order" | "least" | "greatest">;

function rangeOf(facts: ValueFacts, kind: ColumnKind): Range {
  if (kind === "date") {
    const [first] = facts.datePatterns();
    const tally = facts.dates.get(first?.pattern ?? "");
    if (tally !== undefined && tally.count + facts.emptyDates === facts.filled) {
      return { order: "date", least: tally.least, greatest: tally.greatest };
    }
  }
  const numbers =
    facts.points.count === facts.filled
      ? facts.points
      : facts.commas.count === facts.filled
        ? facts.commas
        : undefined;
  const { least, greatest } = numbers?.range ?? facts;
  if (least === undefined || greatest === undefined) return { order: "text" };
  return {
    order: numbers === undefined ? "text" : "number",
    least: shown(least),
    greatest: shown(greatest),
  };
}

/** What is kept of a value: all of it, or its beginning with a hash that tells it from others that begin alike. */
function keptText(value: string, hash: Readonly<TextHash>): string {
  if (value.length <= longestKept) return ownCopy(value);
  return ownCopy(`${value.slice(0, longestKept)} ${hash.hex()}`);
}

/** As much of a value as is shown; the hash at the end of a long one is not. */
function shown(text: string): string {
  return text.length > longestShown ? `${text.slice(0, longestShown - 1)}…` : text;
}
