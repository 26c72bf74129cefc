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
const xmlRisk = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;

/**
 * Names what the values of a record hold that the format does not promise to carry; an empty list where there is
 * nothing. It is for the caller to make warnings or rejections of it. Fields of another type than text are not looked
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
): (values: readonly string[]) => Reason[] {
  const texts = columns.flatMap(({ field }, index) => {
    const type = schema.fields.get(field)?.type ?? "unknown";
    return type === "string" || type === "unknown" ? [{ field, index }] : [];
  });
  const pattern = format.kind === "xml" ? xmlRisk : delimitedRisk;
  const risks = format.kind === "xml" ? xmlRisks : delimitedRisks;
  return (values) => {
    const found: Reason[] = [];
    for (const { field, index } of texts) {
      const value = values[index] ?? "";
      if (value.length > longestValueChars) found.push(tooLong(field, value));
      if (pattern.test(value) || !value.isWellFormed())
        found.push(...risks(field, value, format.sourceFormat));
    }
    return found;
  };
}

function delimitedRisks(field: string, value: string, format: string): Reason[] {
  const found: Reason[] = [];
  if (value.includes('"')) {
    found.push(
      reason("DMFP-FORMAT-QUALIFIER", {
        field,
        value,
        message: `${field} holds a quote, which is what encloses texts in ${format}.`,
      }),
    );
  }
  if (/[\r\n]/.test(value)) {
    const message = `${field} holds a line break, which is what ends a record in ${format}.`;
    found.push(reason("DMFP-FORMAT-LINE-BREAK", { field, value, message }));
  }
  const control = /(?![\r\n])\p{Cc}/u.exec(value)?.[0];
  if (control !== undefined || !value.isWellFormed())
    found.push(badCharacter(field, value, { control, format }));
  return found;
}

function xmlRisks(field: string, value: string, format: string): Reason[] {
  return [badCharacter(field, value, { control: xmlRisk.exec(value)?.[0], format })];
}

function badCharacter(
  field: string,
  value: string,
  { control, format }: { readonly control: string | undefined; readonly format: string },
): Reason {
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
