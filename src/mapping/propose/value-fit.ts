import type { EntityField, EntitySchema } from "../../entity/entity-schema.ts";
import type { ColumnProfile } from "../../source/column-profile.ts";
import { quotedText } from "./expression-writing.ts";

/** What the values of a column say about a field they might go into. */
export interface ValueFit {
  /** Steps that make the field's values of them: `date("dd.MM.yyyy")`. */
  readonly steps: readonly string[];
  /** What the confidence in the name is multiplied by: 1 where the values fit, near 0 where they cannot. */
  readonly factor: number;
  /** What a person should know, in plain words. */
  readonly remarks: readonly string[];
  /** A person has to say what the values mean, some of them or all: the steps hold question marks. */
  readonly open?: "partly" | "wholly";
}

/** Share of the values that has to fit: extracts have a few bad records, and those are rejected later, one by one. */
const mostly = 0.97;

const contradiction = (remark: string): ValueFit => ({ steps: [], factor: 0.3, remarks: [remark] });

/**
 * Holds the values of a column against a field: steps to turn them into the field's type, and how well they fit.
 * An empty column says nothing either way, except that there is nothing to map.
 */
export function valueFit(profile: ColumnProfile, field: EntityField, schema: EntitySchema): ValueFit {
  if (profile.filled === 0) return { steps: [], factor: 0.5, remarks: ["empty in every record"] };
  switch (field.type) {
    case "string":
    case "unknown":
    case "guid":
      return textFit(profile, field);
    case "datetime":
      return dateFit(profile);
    case "decimal":
      return decimalFit(profile);
    case "int32":
    case "int64":
      return integerFit(profile);
    case "enum":
      return enumFit(profile, schema.enums.get(field.enumName ?? "") ?? []);
  }
}

function textFit(profile: ColumnProfile, field: EntityField): ValueFit {
  const steps = profile.oddities.surroundingBlanks > 0 ? ["trim"] : [];
  const mixed = profile.kind === "integer" && profile.shortest < profile.longest;
  const remarks = [
    ...(field.size !== undefined && profile.longest > field.size
      ? [`up to ${profile.longest} characters, ${field.size} fit`]
      : []),
    ...(mixed && profile.oddities.leadingZeros > 0 && profile.oddities.leadingZeros < profile.filled
      ? [`some values have leading zeros, some not: perhaps padStart(${profile.longest}, "0")`]
      : []),
  ];
  return { steps, factor: 1, remarks };
}

function dateFit(profile: ColumnProfile): ValueFit {
  const [first, second] = profile.fits.dates;
  const dates = (first?.count ?? 0) + profile.fits.emptyDates;
  if (first !== undefined && dates >= profile.filled * mostly) {
    const doubt =
      second !== undefined && second.count === first.count && !sameOrder(first.pattern, second.pattern);
    return {
      steps: [`date(${quotedText(first.pattern)})`],
      factor: doubt ? 0.8 : 1,
      remarks: doubt ? [`could be ${second.pattern} just as well`] : [],
    };
  }
  const excel = profile.kind === "integer" && profile.order === "number";
  const [least, greatest] = [Number(profile.least), Number(profile.greatest)];
  // 1927 to 2064, as Excel counts days.
  if (excel && least >= 10_000 && greatest <= 60_000) {
    return { steps: ["excelDate"], factor: 0.8, remarks: ["numbers as Excel counts days"] };
  }
  return contradiction("the values are no dates");
}

/** Whether two patterns read the same date from a text: `dd.MM.yyyy` and `d.M.yyyy` do. */
function sameOrder(a: string, b: string): boolean {
  const order = (pattern: string): string => pattern.replace(/([A-Za-z])\1+/g, "$1");
  return order(a) === order(b);
}

function decimalFit(profile: ColumnProfile): ValueFit {
  const { integer, decimalPoint, decimalComma } = profile.fits;
  const enough = profile.filled * mostly;
  if (integer >= enough) return { steps: [], factor: 1, remarks: [] };
  const separator = decimalComma > decimalPoint ? "," : ".";
  if (Math.max(decimalPoint, decimalComma) < enough) return contradiction("the values are no numbers");
  const doubt = decimalPoint === decimalComma;
  return {
    steps: [`decimal("${separator}", ${fractionDigits(profile, separator)})`],
    factor: doubt ? 0.8 : 1,
    remarks: doubt ? ["the separator could be a point or a comma: the values do not tell"] : [],
  };
}

function integerFit(profile: ColumnProfile): ValueFit {
  const { integer, decimalPoint, decimalComma } = profile.fits;
  const enough = profile.filled * mostly;
  if (integer >= enough) return { steps: [], factor: 1, remarks: [] };
  if (Math.max(decimalPoint, decimalComma) < enough) return contradiction("the values are no numbers");
  const separator = decimalComma > decimalPoint ? "," : ".";
  return {
    steps: [`decimal("${separator}", 0)`],
    factor: 0.7,
    remarks: ["whole numbers are wanted; the values have decimals"],
  };
}

/** The most digits behind the separator, of the shapes the values have. */
function fractionDigits(profile: ColumnProfile, separator: string): number {
  const shape = new RegExp(`\\${separator}(9+)(?:\\{(\\d+)\\})?\\D*$`);
  const lengths = profile.patterns.map(({ pattern }) => {
    const found = shape.exec(pattern);
    if (found === null) return 0;
    return found[2] === undefined ? (found[1]?.length ?? 0) : Number(found[2]);
  });
  return Math.min(16, Math.max(0, ...lengths));
}

function enumFit(profile: ColumnProfile, members: readonly string[]): ValueFit {
  const values = profile.examples.map(({ value }) => value.trim());
  const all = profile.distinct.exact && profile.distinct.count <= values.length;
  if (members.length === 0) {
    return { steps: [], factor: 0.8, remarks: ["the catalogue does not know the values of this field"] };
  }
  const isYesNo = members.length === 2 && members.includes("Yes") && members.includes("No");
  if (isYesNo) return yesNoFit(profile, values, all);
  // Of values that are hardly repeated, the profile shows a few only: those have to do then.
  const few = profile.distinct.count <= members.length + 3;
  const exact = hits(profile, (value) => members.includes(value));
  if (few && exact.share >= mostly) return { steps: [], factor: 1, remarks: misfits(exact.missed) };
  const names = new Set(members.map(plainName));
  const named = hits(profile, (value) => names.has(plainName(value)));
  if (few && named.share >= mostly) {
    return { steps: ["enumByName"], factor: 1, remarks: misfits(named.missed) };
  }
  const numbers = values.every((value) => /^\d+$/.test(value) && Number(value) < members.length);
  if (few && numbers) {
    return { steps: ["enumByNumber"], factor: 0.8, remarks: ["the values look like the numbers of an enum"] };
  }
  return openMap(values, all, members);
}

/** Share of the records whose value passes, and the values that do not. */
function hits(
  { examples }: ColumnProfile,
  passes: (value: string) => boolean,
): { readonly share: number; readonly missed: readonly string[] } {
  let passed = 0;
  let seen = 0;
  const missed: string[] = [];
  for (const { value, count } of examples) {
    seen += count;
    if (passes(value.trim())) passed += count;
    else missed.push(value);
  }
  return { share: seen === 0 ? 0 : passed / seen, missed };
}

function misfits(values: readonly string[]): readonly string[] {
  if (values.length === 0) return [];
  const list = values.slice(0, 3).map(quotedText).join(", ");
  return [
    `${list} ${values.length === 1 ? "is no value" : "are no values"} of it: those records will be rejected`,
  ];
}

function yesNoFit(profile: ColumnProfile, values: readonly string[], all: boolean): ValueFit {
  if (all && values.every((value) => value === "Yes" || value === "No"))
    return { steps: [], factor: 1, remarks: [] };
  const [only] = values;
  if (all && values.length === 1 && only !== undefined && profile.filled < profile.records) {
    return {
      steps: [`yesNo(${quotedText(only)})`],
      factor: profile.fits.yesNo === profile.filled ? 1 : 0.7,
      remarks: [`${quotedText(only)} means Yes, everything else No`],
    };
  }
  if (profile.fits.yesNo >= profile.filled * mostly) return { steps: ["yesNo"], factor: 1, remarks: [] };
  return openMap(values, all, ["No", "Yes"]);
}

/** The values, and a question mark for each that is no name of a member: what they mean is no machine's to guess. */
function openMap(values: readonly string[], all: boolean, members: readonly string[]): ValueFit {
  if (!all && values.length >= 20) return contradiction("far more different values than the field knows");
  const choice = members.length <= 8 ? members.join(", ") : `${members.slice(0, 8).join(", ")}, …`;
  const meant = new Map(members.map((member) => [plainName(member), member]));
  const entries = values.map((value) => `${quotedText(value)} -> ${meant.get(plainName(value)) ?? "?"}`);
  const someKnown = entries.some((entry) => !entry.endsWith("-> ?"));
  if (!all) entries.push("* -> ?");
  return {
    steps: [`map(${entries.join(", ")})`],
    factor: 1,
    remarks: [`write one of ${choice} for each ?`],
    open: someKnown ? "partly" : "wholly",
  };
}

function plainName(text: string): string {
  return text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");
}
