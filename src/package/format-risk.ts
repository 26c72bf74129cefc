import type { EntitySchema } from "../entity/entity-schema.ts";
import { reason, type Reason } from "../errors/reason.ts";
import type { EntityFileFormat } from "./entity-file-format.ts";
import type { FileColumn } from "./field-map.ts";

/**
 * Microsoft's documentation of the data management integration: longer strings are cut when text files are imported.
 * XML files are counted among them here; whether they are is not said.
 */
export const longestValueChars = 32_768;

// Tab, DEL and the second range of control characters; C0 is refused for every format by the checks of values.
const delimitedRisk = /["\u0000-\u001f\u007f-\u009f]/;
// Plain ranges: asking for \p{Cc} took 1 % of a build.
const controlCharacter = /[\u0000-\u0009\u000b\u000c\u000e-\u001f\u007f-\u009f]/;
const xmlRisk = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;

/**
 * Finds what the values of a record hold that the format does not promise to carry. It is for the caller to make warnings
 * or rejections of it. Fields of another type than text are not looked
 * at: their values have been checked to be numbers, dates and names of enum values.
 *
 * In columns of text: the text qualifier `"` and line breaks (Microsoft's documentation of data import and export
 * jobs: data must not contain delimiter or qualifier; that a doubled qualifier is understood is not promised), control
 * characters, and very long values. The column delimiter inside a value is what the qualifier is for and is not
 * counted. In XML: characters XML 1.0 has no way to write, and very long values; a line break is written as XML wants
 * it and counts as safe, although one page of error codes (DMF2055) allows nothing but the tab.
 */
export function compileFormatRisks(
  format: EntityFileFormat,
  schema: EntitySchema,
  columns: readonly FileColumn[],
): FormatRisks {
  const texts = columns.flatMap(({ field }, index) => {
    const type = schema.fields.get(field)?.type ?? "unknown";
    return type === "string" || type === "unknown" ? [{ field, index }] : [];
  });
  const xml = format.kind === "xml";
  const pattern = xml ? xmlRisk : delimitedRisk;
  const see: FormatRisks["see"] = (values, tell) => {
    for (const { field, index } of texts) {
      const value = values[index] ?? "";
      if (value.length > longestValueChars) tell("DMFP-FORMAT-LENGTH", field, value);
      if (!pattern.test(value) && value.isWellFormed()) continue;
      if (xml) tell("DMFP-FORMAT-CHARACTER", field, value);
      else tellDelimitedRisks(field, value, tell);
    }
  };
  const reasonFor = xml ? xmlReason : delimitedReason;
  return {
    see,
    reasons: (values) => {
      const found: Reason[] = [];
      see(values, (code, field, value) =>
        found.push(reasonFor(code, { field, value, format: format.sourceFormat })),
      );
      return found;
    },
  };
}

/** What a format does not promise to carry. */
export type FormatRisk =
  "DMFP-FORMAT-LENGTH" | "DMFP-FORMAT-QUALIFIER" | "DMFP-FORMAT-LINE-BREAK" | "DMFP-FORMAT-CHARACTER";

/** Looks for doubtful values in a record, aligned with the columns of its file. */
export interface FormatRisks {
  /** Tells of each, without words being made: where they are only counted there may be very many. */
  readonly see: (
    values: readonly string[],
    tell: (risk: FormatRisk, field: string, value: string) => void,
  ) => void;
  readonly reasons: (values: readonly string[]) => Reason[];
}

function tellDelimitedRisks(field: string, value: string, tell: Parameters<FormatRisks["see"]>[1]): void {
  if (value.includes('"')) tell("DMFP-FORMAT-QUALIFIER", field, value);
  if (/[\r\n]/.test(value)) tell("DMFP-FORMAT-LINE-BREAK", field, value);
  if (controlCharacter.test(value) || !value.isWellFormed()) tell("DMFP-FORMAT-CHARACTER", field, value);
}

interface RiskyValue {
  readonly field: string;
  readonly value: string;
  readonly format: string;
}

function delimitedReason(risk: FormatRisk, risky: RiskyValue): Reason {
  const { field, value, format } = risky;
  switch (risk) {
    case "DMFP-FORMAT-LENGTH":
      return tooLong(field, value);
    case "DMFP-FORMAT-QUALIFIER":
      return reason(risk, {
        field,
        value,
        message: `${field} holds a quote, which is what encloses texts in ${format}.`,
      });
    case "DMFP-FORMAT-LINE-BREAK": {
      const message = `${field} holds a line break, which is what ends a record in ${format}.`;
      return reason(risk, { field, value, message });
    }
    case "DMFP-FORMAT-CHARACTER":
      return badCharacter(controlCharacter.exec(value)?.[0], risky);
  }
}

function xmlReason(risk: FormatRisk, risky: RiskyValue): Reason {
  if (risk === "DMFP-FORMAT-LENGTH") return tooLong(risky.field, risky.value);
  return badCharacter(xmlRisk.exec(risky.value)?.[0], risky);
}

function badCharacter(control: string | undefined, { field, value, format }: RiskyValue): Reason {
  const name = control === undefined ? "half of a character" : characterName(control);
  return reason("DMFP-FORMAT-CHARACTER", {
    field,
    value: value.toWellFormed(),
    message: `${field} holds ${name}, which ${format} does not promise to carry.`,
  });
}

function characterName(character: string): string {
  if (character === "\t") return "a tab";
  const code = character.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0");
  return `the control character U+${code}`;
}

function tooLong(field: string, value: string): Reason {
  return reason("DMFP-FORMAT-LENGTH", {
    field,
    value: `${value.slice(0, 60).toWellFormed()}…`,
    message: `${field} holds ${value.length} characters; F&O cuts values of text files after ${longestValueChars}.`,
  });
}
