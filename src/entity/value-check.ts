import { reason, type Reason } from "../errors/reason.ts";
import type { EntityField, EntitySchema } from "./entity-schema.ts";

/** Checks one value in canonical form (see mapping/map-result.ts). Adds to `reasons`; an empty value is fine. */
type ValueCheck = (value: string, reasons: Reason[]) => void;

/**
 * The checks of a mapping's target fields, compiled once. The result takes the values of one record, aligned
 * with `targetFields`, and returns every problem, not only the first; an empty list means the record may go.
 *
 * Fields whose type no source knows are not checked, and sizes only where one is known: what F&O alone knows,
 * F&O alone can refuse.
 */
export function compileChecks(
  schema: EntitySchema,
  targetFields: readonly string[],
): (values: readonly string[]) => Reason[] {
  const checks = targetFields.map((name) => {
    const field = schema.fields.get(name);
    return field === undefined ? checkCharacters(name) : fieldCheck(schema, field);
  });
  return (values) => {
    const reasons: Reason[] = [];
    for (let index = 0; index < checks.length; index++) checks[index]?.(values[index] ?? "", reasons);
    return reasons;
  };
}

function fieldCheck(schema: EntitySchema, field: EntityField): ValueCheck {
  const typeCheck = checkType(schema, field);
  const characters = checkCharacters(field.name);
  return (value, reasons) => {
    if (value === "") {
      if (field.mandatory) {
        reasons.push(
          reason("DMFP-VALUE-MISSING", { field: field.name, message: `${field.name} must be filled in.` }),
        );
      }
      return;
    }
    characters(value, reasons);
    typeCheck?.(value, reasons);
    if (field.size !== undefined && value.length > field.size) {
      reasons.push(
        reason("DMFP-VALUE-LENGTH", {
          field: field.name,
          value,
          message: `${field.name} holds ${value.length} characters, ${field.size} fit: "${shorten(value)}".`,
          fix: `Shorten the value to ${field.size} characters.`,
        }),
      );
    }
  };
}

function checkType(schema: EntitySchema, field: EntityField): ValueCheck | undefined {
  switch (field.type) {
    case "string":
    case "unknown":
      return undefined;
    case "enum":
      return checkEnum(field.name, schema.enums.get(field.enumName ?? "") ?? []);
    case "decimal":
      return checkPattern(field, /^-?\d+(\.\d+)?$/, "DMFP-VALUE-NUMBER", "a number such as 1234.50");
    case "int32":
      return checkInteger(field.name, -(2n ** 31n), 2n ** 31n - 1n);
    case "int64":
      return checkInteger(field.name, -(2n ** 63n), 2n ** 63n - 1n);
    case "guid":
      return checkPattern(
        field,
        /^\{?[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}\}?$/i,
        "DMFP-VALUE-NUMBER",
        "a GUID",
      );
    case "datetime":
      return checkDate(field.name);
    default:
      return field.type satisfies never;
  }
}

function checkEnum(field: string, members: readonly string[]): ValueCheck | undefined {
  // An enum without known members cannot be checked here.
  if (members.length === 0) return undefined;
  const known = new Set(members);
  const list = members.length <= 12 ? members.join(", ") : `${members.slice(0, 12).join(", ")}, …`;
  return (value, reasons) => {
    if (known.has(value)) return;
    reasons.push(
      reason("DMFP-VALUE-ENUM", {
        field,
        value,
        message: `${field} does not know the value "${shorten(value)}".`,
        fix: `Use one of: ${list}.`,
      }),
    );
  };
}

function checkPattern(
  field: EntityField,
  pattern: RegExp,
  code: "DMFP-VALUE-NUMBER" | "DMFP-VALUE-DATE",
  expected: string,
): ValueCheck {
  return (value, reasons) => {
    if (pattern.test(value)) return;
    reasons.push(
      reason(code, {
        field: field.name,
        value,
        message: `${field.name} wants ${expected}, not "${shorten(value)}".`,
      }),
    );
  };
}

function checkInteger(field: string, least: bigint, greatest: bigint): ValueCheck {
  return (value, reasons) => {
    if (/^-?\d{1,19}$/.test(value) && BigInt(value) >= least && BigInt(value) <= greatest) return;
    reasons.push(
      reason("DMFP-VALUE-NUMBER", {
        field,
        value,
        message: `${field} wants a whole number between ${String(least)} and ${String(greatest)}, not "${shorten(value)}".`,
      }),
    );
  };
}

/** F&O holds dates from 1900-01-01 (its empty date) to 2154-12-31 (its open end). */
function checkDate(field: string): ValueCheck {
  return (value, reasons) => {
    if (isCanonicalDate(value)) return;
    reasons.push(
      reason("DMFP-VALUE-DATE", {
        field,
        value,
        message: `${field} wants a date between 1900-01-01 and 2154-12-31, not "${shorten(value)}".`,
      }),
    );
  };
}

const zeroCode = 48;
const canonicalDate = /^\d{4}-\d\d-\d\d(?:T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d)?$/;

/** Whether `text` is `yyyy-MM-dd` or `yyyy-MM-ddTHH:mm:ss`, exists in the calendar, and fits F&O's range. */
export function isCanonicalDate(text: string): boolean {
  if (!canonicalDate.test(text)) return false;
  const year = twoDigits(text, 0) * 100 + twoDigits(text, 2);
  const month = twoDigits(text, 5);
  const day = twoDigits(text, 8);
  if (year < 1900 || year > 2154 || month < 1 || month > 12 || day < 1) return false;
  // Every month has 28 days, so the calendar is rarely asked.
  return day <= 28 || day <= new Date(Date.UTC(year, month, 0)).getUTCDate();
}

/** The number that two digits of a text make, without a text of its own. */
function twoDigits(text: string, at: number): number {
  return text.charCodeAt(at) * 10 + text.charCodeAt(at + 1) - zeroCode * 11;
}

const doubtfulCharacter = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ud800-\udfff\ufffe\uffff]/;

/**
 * Characters no package format carries: NUL and the other control characters except tab and line breaks,
 * and halves of surrogate pairs. (XML 1.0 cannot hold them; in a CSV file they break the line or the text.)
 */
function checkCharacters(field: string): ValueCheck {
  return (value, reasons) => {
    // One look at nearly every value: pairs of surrogates are rare, too.
    if (!doubtfulCharacter.test(value)) return;
    const control = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/.exec(value);
    if (control === null && value.isWellFormed()) return;
    const name =
      control === null
        ? "half of a character"
        : `the control character U+${control[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`;
    reasons.push(
      reason("DMFP-VALUE-CHARACTER", {
        field,
        value: value.toWellFormed(),
        message: `${field} holds ${name}, which cannot be sent.`,
      }),
    );
  };
}

function shorten(value: string): string {
  const shown = value.length <= 60 ? value : `${value.slice(0, 57)}…`;
  return shown.toWellFormed().replace(/[\r\n\t]+/g, " ");
}
