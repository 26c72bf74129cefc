import type { EntityFileFormat, RecordEncoder } from "./entity-file-format.ts";
import { csvValueFormats } from "./value-format.ts";

/** What F&O offers as a column delimiter (Microsoft's documentation of data import and export jobs). */
export const columnDelimiters = [",", ";", "\t", "|", ":"] as const;

export interface DelimitedOptions {
  readonly sourceFormat: string;
  readonly encoding: "utf-16le" | "utf-8";
  readonly delimiter: (typeof columnDelimiters)[number];
  readonly byteOrderMark: boolean;
}

/**
 * CSV-Unicode, which is built into every environment: UTF-16 LE with byte order mark, CRLF, comma, a header in
 * upper case. Observed: a UTF-8 file is refused with "Selected file is not Unicode", and LF alone with "the mapping
 * is incorrect".
 */
export const csvUnicode: EntityFileFormat = delimitedFormat({
  sourceFormat: "CSV-Unicode",
  encoding: "utf-16le",
  delimiter: ",",
  byteOrderMark: true,
});

/**
 * A text file with columns, CRLF and a header in upper case. A format other than CSV-Unicode must have been set up in
 * the environment with the same code page (65001 for UTF-8), delimiter, CRLF and the text qualifier `"`.
 *
 * Written without csv-stringify: joining strings is several times faster than a writer that looks at options and types
 * for each value. csv-parse checks it in the tests. Most records do not even become texts; see DelimitedRows.
 */
export function delimitedFormat(options: DelimitedOptions): EntityFileFormat {
  const { sourceFormat, encoding, delimiter, byteOrderMark } = options;
  const cell = cellWriter(delimiter);
  return {
    sourceFormat,
    kind: "delimited",
    delimiter,
    extension: ".csv",
    encoding,
    begin: (schema, columns): RecordEncoder => {
      const formats = csvValueFormats(
        schema,
        columns.map(({ field }) => field),
      );
      const header = columns.map(({ name }) => cell(name)).join(delimiter);
      return {
        header: `${byteOrderMark ? "\uFEFF" : ""}${header}\r\n`,
        footer: "",
        record: (values) => {
          let row = "";
          for (let index = 0; index < formats.length; index++) {
            const value = values[index] ?? "";
            const format = formats[index];
            if (index > 0) row += delimiter;
            row += cell(format === undefined ? value : format(value));
          }
          // An entity with one column and an empty value would leave a blank line, which F&O does not allow.
          return row === "" ? '""\r\n' : `${row}\r\n`;
        },
      };
    },
  };
}

/**
 * Quoted only when needed, quotes doubled. Whether F&O's text qualifier understands a doubled quote is not
 * documented; that is why everything that can go without quotes does.
 */
function cellWriter(delimiter: string): (value: string) => string {
  const needsQuotes = new RegExp(`["\\r\\n${delimiter === "|" ? "\\|" : delimiter}]`);
  return (value) => (needsQuotes.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
}
