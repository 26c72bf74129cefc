import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import { reason, type Reason } from "../errors/reason.ts";
import { isUtf16, type CsvDialect } from "./csv-dialect.ts";
import type { QuoteTrouble } from "./csv-window.ts";

/*
 * Why a record of a CSV file cannot be read, in words; of the file itself, where it ends as it must not.
 */

/** A record has more or fewer fields than the header. `line`: the one it begins on. */
export function wrongWidth(
  { line, has, wants }: { readonly line: number; readonly has: number; readonly wants: number },
  { delimiter }: CsvDialect,
): Reason {
  const shown = delimiter === "\t" ? "tab" : `"${delimiter}"`;
  const hint =
    has > wants
      ? `One of its values probably holds a ${shown} without quotes around the value.`
      : "It was probably cut in two by a line break inside a value, or lost a value.";
  return reason("DMFP-ROW-COLUMNS", {
    message: `The record on line ${line} has ${plural(has, "field")}, the header has ${wants}. ${hint}`,
  });
}

/** A record is no text of the file's encoding. `byte`: the first that is not; `offset`: where in the file it is. */
export function notText(
  { line, byte, offset }: { readonly line: number; readonly byte: number; readonly offset: number },
  dialect: CsvDialect,
): Reason {
  const what = isUtf16(dialect)
    ? "half of a surrogate pair stands alone"
    : `the byte 0x${byte.toString(16).toUpperCase().padStart(2, "0")} is no ${dialect.encoding} text`;
  return reason("DMFP-ROW-ENCODING", {
    message: `The record on line ${line} cannot be read as text: at byte offset ${offset} ${what}.`,
  });
}

/** The quotes of a record do not match. */
export function badQuote(line: number, trouble: QuoteTrouble): Reason {
  const what = {
    "text after a closing quote": "after a closing quote there is more text before the next delimiter",
    "quote inside an unquoted value": "there is a quote inside a value that does not begin with one",
    "quote not closed": "a quote is opened and not closed",
  }[trouble];
  return reason("DMFP-ROW-QUOTE", {
    message: `The record on line ${line} cannot be taken apart: ${what}.`,
  });
}

/** A record has more bytes than one may have. */
export function tooLarge(byteLength: number, { maxRecordBytes }: CsvDialect): Reason {
  return reason("DMFP-ROW-TOO-LARGE", {
    message: `The record has ${byteLength} bytes; a record may have ${maxRecordBytes}.`,
  });
}

/** The rest of a file cannot be read at all. */
export function sourceInvalid(
  file: string,
  what: string,
  at: { readonly line: number; readonly byte: number },
): DmfpipeError {
  return new DmfpipeError(
    "DMFP-SOURCE-INVALID",
    `${file} ${what}. Reading had to stop at line ${at.line} (byte offset ${at.byte}).`,
    { at: { file, line: at.line } },
  );
}

function plural(count: number, noun: string): string {
  return count === 1 ? `1 ${noun}` : `${count} ${noun}s`;
}
