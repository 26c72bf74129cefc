import { CsvError, parse } from "csv-parse/sync";
import { DmfpipeError } from "../errors/dmfpipe-error.ts";

/** A table that turns values of the source into values of F&O. */
export interface Lookup {
  readonly name: string;
  /** The value for a key, compared letter by letter; undefined where there is none. */
  get(key: string): string | undefined;
}

/**
 * Reads a lookup file: comma or semicolon, a header `from,to`, and a `comment` column if one likes. Reading the
 * file itself is the caller's work. Throws DMFP-LOOKUP-INVALID with the line: wrong header, wrong number of
 * fields, an empty `from`, or the same `from` twice.
 */
export function parseLookup(name: string, csvText: string, fileName: string): Lookup {
  const text = csvText.startsWith("\uFEFF") ? csvText.slice(1) : csvText;
  const rows = lookupRows(text, fileName);
  const [header, ...entries] = rows;
  const names = header?.fields.map((field) => field.trim().toLowerCase()) ?? [];
  const from = names.indexOf("from");
  const to = names.indexOf("to");
  const strange = names.find((column) => column !== "from" && column !== "to" && column !== "comment");
  if (from === -1 || to === -1 || strange !== undefined || new Set(names).size !== names.length) {
    throw invalid(
      fileName,
      header?.line ?? 1,
      "has to begin with the header from,to (and comment, if wanted)",
    );
  }
  const table = new Map<string, string>();
  const lineOf = new Map<string, number>();
  for (const { fields, line } of entries) {
    if (fields.length !== names.length) {
      throw invalid(
        fileName,
        line,
        `has ${fields.length} fields on line ${line}; its header has ${names.length}`,
      );
    }
    const key = fields[from] ?? "";
    if (key === "") throw invalid(fileName, line, `has an empty "from" on line ${line}`);
    const first = lineOf.get(key);
    if (first !== undefined) {
      throw invalid(fileName, line, `has "${key}" twice, on lines ${first} and ${line}`);
    }
    lineOf.set(key, line);
    table.set(key, fields[to] ?? "");
  }
  return { name, get: (key) => table.get(key) };
}

function lookupRows(text: string, fileName: string): { fields: readonly string[]; line: number }[] {
  const firstLine = text.split(/\r?\n/, 1)[0] ?? "";
  const rows: { fields: readonly string[]; line: number }[] = [];
  try {
    parse(text, {
      delimiter: firstLine.includes(";") ? ";" : ",",
      relax_column_count: true,
      skip_empty_lines: true,
      on_record: (fields: string[], { lines }) => {
        rows.push({ fields, line: lines });
        return null;
      },
    });
  } catch (cause) {
    if (!(cause instanceof CsvError)) throw cause;
    const line = typeof cause["lines"] === "number" ? cause["lines"] : undefined;
    throw new DmfpipeError("DMFP-LOOKUP-INVALID", `${fileName} cannot be taken apart: ${cause.message}.`, {
      at: { file: fileName, line },
      cause,
    });
  }
  return rows;
}

function invalid(file: string, line: number, what: string): DmfpipeError {
  return new DmfpipeError("DMFP-LOOKUP-INVALID", `The lookup ${file} ${what}.`, { at: { file, line } });
}
