import type { CsvDialect } from "../../source/csv-dialect.ts";
import { dataPlace, type DataContext } from "./data-judge.ts";
import { excerpt } from "./finding-log.ts";

/** Judges the values of a text file with columns: what the format does not promise to carry. */
export class DelimitedValueCheck {
  readonly #context: DataContext;
  readonly #columns: readonly string[];
  readonly #delimiter: string;
  readonly #lineEnd: string;
  readonly #suspicious: RegExp;

  constructor(
    file: { readonly columns: readonly string[]; readonly dialect: CsvDialect },
    context: DataContext,
  ) {
    this.#context = context;
    this.#columns = file.columns;
    this.#delimiter = file.dialect.delimiter;
    this.#lineEnd = file.dialect.lineEnd;
    // One test a value; most have none of these.
    this.#suspicious = new RegExp(`["\\u0000-\\u001f\\u007f-\\u009f${escaped(this.#delimiter)}]`);
  }

  /** The values of one record; returns the number of line breaks in them. */
  add(values: readonly string[], line: number): number {
    let lineBreaks = 0;
    for (let index = 0; index < values.length; index++) {
      const value = values[index] ?? "";
      if (this.#suspicious.test(value)) lineBreaks += this.#look(value, index, line);
    }
    return lineBreaks;
  }

  #look(value: string, index: number, line: number): number {
    const { log } = this.#context;
    const field = this.#columns[index] ?? "";
    const place = dataPlace(this.#context, { line, field });
    const shown = `“${excerpt(value)}”`;
    if (value.includes('"')) {
      log.add("DMFP-LINT-CSV-QUALIFIER", place, () => ({ message: `${field} holds a quote: ${shown}.` }));
    }
    if (value.includes(this.#delimiter)) {
      log.add("DMFP-LINT-CSV-DELIMITER-INSIDE", place, () => ({
        message: `${field} holds the delimiter inside quotes: ${shown}.`,
      }));
    }
    if (/[\r\n]/.test(value)) {
      log.add("DMFP-LINT-CSV-LINE-BREAK", place, () => ({
        message: `${field} holds a line break: ${shown}.`,
      }));
    }
    const control = /(?![\r\n\t])\p{Cc}/u.exec(value)?.[0];
    if (control !== undefined) {
      const code = control.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0");
      log.add("DMFP-LINT-CSV-CONTROL", place, () => ({
        message: `${field} holds the control character U+${code}: ${shown}.`,
      }));
    }
    return value.split(this.#lineEnd).length - 1;
  }
}

/** A delimiter as it stands in a class of a regular expression. */
function escaped(delimiter: string): string {
  return delimiter.replace(/[\\\]^-]/g, "\\$&");
}
