import { dateForms, formsOf, longestDate, readDate } from "./date-form.ts";
import { NumberRange, plainNumber, type DecimalSign } from "./number-form.ts";
import { ownCopy } from "./own-copy.ts";
import { ShapeTally, type ShapeEntry } from "./shape-tally.ts";
import { Characters, ShapeReader } from "./value-shape.ts";

/** What people and programs write for yes and no, in small letters; those the step yesNo of a mapping knows. */
const yesNoWords = new Set("yes y true t 1 x ja j wahr no n false f 0 nein falsch".split(" "));
const longestYesNoWord = 6;
/** Characters; what is longer is no number anybody loads, whatever its digits. */
const longestNumber = 64;
/** Characters of the least and greatest text that are kept: more are not shown. */
const longestBeginning = 128;

const { digit, blank, sign, point, comma, slash, colon, upper } = Characters;
const numberCharacters = digit | blank | sign | point | comma;
const dateCharacters = digit | blank | sign | point | slash | colon | upper;

interface DateTally {
  count: number;
  least: string;
  greatest: string;
  leastOrder: string;
  greatestOrder: string;
}

/** Numbers that were found among the values, read with one decimal sign. */
export interface NumberTally {
  count: number;
  readonly range: NumberRange;
}

/**
 * What the values of one column have in common: counts of what they can be read as, of oddities, and least and
 * greatest. A value is looked at with the number of times it came.
 */
export class ValueFacts {
  readonly #reader = new ShapeReader();
  /** Shapes of the values as they stand. */
  readonly shapes = new ShapeTally(256);
  filled = 0;
  integers = 0;
  readonly points: NumberTally = { count: 0, range: new NumberRange() };
  readonly commas: NumberTally = { count: 0, range: new NumberRange() };
  readonly dates = new Map<string, DateTally>();
  anyDates = 0;
  emptyDates = 0;
  yesNo = 0;
  leadingZeros = 0;
  surroundingBlanks = 0;
  controlCharacters = 0;
  nonAscii = 0;
  shortest = Number.POSITIVE_INFINITY;
  longest = 0;
  least: string | undefined;
  greatest: string | undefined;

  /** Takes in a value that came `count` times. Returns false where it holds blanks only, which fill nothing. */
  note(value: string, count: number): boolean {
    const text = isBareAscii(value) ? value : value.trim();
    if (text === "") return false;
    this.filled += count;
    this.#reader.read(value);
    const { characters } = this.#reader;
    const shape = this.shapes.add(this.#reader, count);
    if (text.length < value.length) this.surroundingBlanks += count;
    if ((characters & Characters.control) !== 0) this.controlCharacters += count;
    if ((characters & Characters.nonAscii) !== 0) this.nonAscii += count;
    if (text.length < this.shortest) this.shortest = text.length;
    if (text.length > this.longest) this.longest = text.length;
    if (this.least === undefined || value < this.least) this.least = beginning(value);
    if (this.greatest === undefined || value > this.greatest) this.greatest = beginning(value);
    const digits = (characters & digit) !== 0;
    // Of the words only the two that are a single digit have any.
    const words = text.length <= longestYesNoWord && (!digits || text.length === 1);
    if (words && yesNoWords.has(text.toLowerCase())) this.yesNo += count;
    if (digits) this.#noteDigits({ text, characters, count, shape });
    return true;
  }

  #noteDigits(value: {
    readonly text: string;
    readonly characters: number;
    readonly count: number;
    readonly shape: ShapeEntry;
  }): void {
    const { text, characters, count, shape } = value;
    if ((characters & ~numberCharacters) === 0 && text.length <= longestNumber) {
      this.#noteNumber(text, characters, count);
    }
    if (text.length < 6 || text.length > longestDate || (characters & ~dateCharacters) !== 0) return;
    // Values of one shape fit the same forms, so these are found out once for each shape.
    shape.dateForms ??= formsOf(text);
    if (shape.dateForms.length === 0) return;
    const { found, empty } = readDate(text, shape.dateForms);
    if (empty) this.emptyDates += count;
    if (found.length > 0) this.anyDates += count;
    for (const { form, order } of found) this.#noteDate(form.pattern, { text, order, count });
  }

  #noteDate(
    pattern: string,
    date: { readonly text: string; readonly order: string; readonly count: number },
  ): void {
    const { text, order, count } = date;
    let tally = this.dates.get(pattern);
    if (tally === undefined) {
      const own = ownCopy(text);
      tally = { count: 0, least: own, greatest: own, leastOrder: order, greatestOrder: order };
      this.dates.set(pattern, tally);
    }
    tally.count += count;
    if (order < tally.leastOrder) Object.assign(tally, { least: ownCopy(text), leastOrder: order });
    if (order > tally.greatestOrder) Object.assign(tally, { greatest: ownCopy(text), greatestOrder: order });
  }

  #noteNumber(text: string, characters: number, count: number): void {
    // Signs and the zero stand before all other digits, so that most numbers need no closer look.
    const zeros = text.charCodeAt(0) <= 0x30 && /^[+-]?0\d/.test(text);
    if (zeros) this.leadingZeros += count;
    if (characters === digit) {
      this.integers += count;
      // Without a sign or a fraction both readings are the same.
      this.points.count += count;
      this.commas.count += count;
      const plain = zeros ? (plainNumber(text, ".") ?? text) : text;
      const size = Number(plain);
      this.points.range.add(text, plain, size);
      this.commas.range.add(text, plain, size);
      return;
    }
    const asPoint = noteReading(this.points, ".", text, count);
    const asComma = noteReading(this.commas, ",", text, count);
    if ((characters & (point | comma)) === 0 && asPoint && asComma) this.integers += count;
  }

  /** The patterns of dates that were found, most frequent first; of equally frequent ones the more usual first. */
  datePatterns(): { readonly pattern: string; readonly count: number }[] {
    return dateForms
      .flatMap(({ pattern }) => {
        const count = this.dates.get(pattern)?.count;
        return count === undefined ? [] : [{ pattern, count }];
      })
      .sort((a, b) => b.count - a.count);
  }
}

function noteReading(tally: NumberTally, decimal: DecimalSign, text: string, count: number): boolean {
  const plain = plainNumber(text, decimal);
  if (plain === undefined) return false;
  tally.count += count;
  tally.range.add(text, plain, Number(plain));
  return true;
}

/** Whether a value begins and ends with what is surely no blank; spares most values the call of `trim`. */
function isBareAscii(value: string): boolean {
  const first = value.charCodeAt(0);
  const last = value.charCodeAt(value.length - 1);
  return first > 0x20 && first < 0x80 && last > 0x20 && last < 0x80;
}

function beginning(value: string): string {
  return ownCopy(value.slice(0, longestBeginning));
}
