import type { EntityField } from "../entity/entity-schema.ts";

/** Bounds of an F&O date: the empty date and the "never" of open ends. */
const firstYear = 1900;
const lastYear = 2154;
const months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

export interface ValueRules {
  /** Members of the field's enum. */
  readonly members: readonly string[];
  /** Greatest length in this environment; undefined when unknown. */
  readonly size: number | undefined;
}

/** A value in the form it is staged in, or why it cannot be staged. */
export type StagedValue = { readonly value: string } | { readonly problem: string };

/**
 * Converts one text of a data file to the type of its staging column. An empty text always fits: it is the type's
 * own empty value. Dates are understood as in F&O's exports (`2011-01-31 00:00:00`), ISO 8601, US notation and
 * the documentation's `11-Nov-2023`; the result is `yyyy-MM-ddTHH:mm:ssZ`.
 */
export function stageValue(field: EntityField | undefined, text: string, rules: ValueRules): StagedValue {
  if (text === "" || field === undefined) return { value: text };
  switch (field.type) {
    case "string":
    case "unknown":
      return rules.size !== undefined && text.length > rules.size
        ? { problem: `The value is longer than the ${rules.size} characters of the field.` }
        : { value: text };
    case "decimal":
      return decimal(text.trim());
    case "int32":
      return integer(text.trim(), 31n);
    case "int64":
      return integer(text.trim(), 63n);
    case "datetime": {
      const date = readDate(text.trim());
      return date === undefined ? { problem: "The value is not a valid date and time." } : { value: date };
    }
    case "enum": {
      const wanted = text.trim().toLowerCase();
      const member = rules.members.find((known) => known.toLowerCase() === wanted);
      if (member !== undefined) return { value: member };
      // Without a list of members the environment cannot be emulated more exactly than this.
      return rules.members.length === 0
        ? { value: text }
        : { problem: "The value is not a member of the enumeration." };
    }
    case "guid":
      return /^\{?[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}\}?$/i.test(text.trim())
        ? { value: text.trim() }
        : { problem: "The value is not a GUID." };
  }
}

function decimal(text: string): StagedValue {
  if (!/^[+-]?(\d+\.?\d*|\.\d+)$/.test(text)) return { problem: "The value is not a number." };
  // F&O's real has 32 digits, 16 of them before the point.
  const whole = /^[+-]?0*(\d*)/.exec(text)?.[1] ?? "";
  return whole.length > 16 ? { problem: "The number is too large." } : { value: text };
}

function integer(text: string, bits: bigint): StagedValue {
  if (!/^[+-]?\d{1,20}$/.test(text)) return { problem: "The value is not a whole number." };
  const number = BigInt(text.replace("+", ""));
  const fits = number >= -(2n ** bits) && number < 2n ** bits;
  return fits ? { value: number.toString() } : { problem: "The number is too large." };
}

const isoDate =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.\d{1,7})?)?(?:Z|[+-]00:00)?)?$/;
const usDate = /^(\d{1,2})\/(\d{1,2})\/(\d{4})(?: (\d{1,2}):(\d{2})(?::(\d{2}))?(?: ?([AP]M))?)?$/i;
const namedDate = /^(\d{1,2})-([a-z]{3})-(\d{4})(?: (\d{1,2}):(\d{2})(?::(\d{2}))?)?$/i;

/** A date as `yyyy-MM-ddTHH:mm:ssZ`, or undefined when it is none or out of F&O's range. */
export function readDate(text: string): string | undefined {
  const iso = isoDate.exec(text);
  if (iso !== null) return date([iso[1], iso[2], iso[3], iso[4], iso[5], iso[6]]);
  const named = namedDate.exec(text);
  if (named !== null) {
    const month = months.indexOf((named[2] ?? "").toLowerCase()) + 1;
    return date([named[3], String(month), named[1], named[4], named[5], named[6]]);
  }
  const us = usDate.exec(text);
  if (us === null) return undefined;
  const half = us[7]?.toUpperCase();
  let hour = Number(us[4] ?? 0);
  if (half !== undefined) {
    if (hour < 1 || hour > 12) return undefined;
    hour = (hour % 12) + (half === "PM" ? 12 : 0);
  }
  return date([us[3], us[1], us[2], String(hour), us[5], us[6]]);
}

/** Year, month, day, hour, minute, second; absent ones are 0. */
function date(parts: readonly (string | undefined)[]): string | undefined {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.map((part) =>
    Number(part ?? 0),
  );
  if (year < firstYear || year > lastYear || hour > 23 || minute > 59 || second > 59) return undefined;
  const moment = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  const real =
    moment.getUTCFullYear() === year && moment.getUTCMonth() === month - 1 && moment.getUTCDate() === day;
  return real ? moment.toISOString().slice(0, 19) + "Z" : undefined;
}
