import { CsvError, parse } from "csv-parse/sync";
import { DmfpipeError } from "../errors/dmfpipe-error.ts";

/** A table that turns values of the source into values of F&O. */
export interface Lookup {
  readonly name: string;
  /** How many values make a key. */
  readonly keys: number;
  /** Names of the results: what stands behind "to" in the header, so the empty text for a plain `to`. */
  readonly results: readonly string[];
  /** The first result for a key (see lookupKey), compared letter by letter; undefined where there is none. */
  get(key: string): string | undefined;
  /** Where the entry for a key stands: `file:line`; undefined where there is none. */
  placeOf(key: string, options: { readonly ignoreCase: boolean }): string | undefined;
  /**
   * A function that finds one of the results. With `ignoreCase`, keys are compared without regard to case; two
   * keys that differ in case only, with different results, then give DMFP-LOOKUP-INVALID.
   */
  finder(options: {
    readonly result: number;
    readonly ignoreCase: boolean;
  }): (key: string) => string | undefined;
}

/** The parts of a key as one text. */
export function lookupKey(parts: readonly string[]): string {
  return parts.length === 1 ? (parts[0] ?? "") : parts.join("\u001f");
}

interface Entry {
  readonly key: string;
  readonly results: readonly string[];
  readonly line: number;
}

/**
 * Reads a lookup file: comma or semicolon, a header `from,to`, and a `comment` column if one likes. Several key
 * columns are called `from …` (`from company,from group`), several results `to …`. Reading the file itself is the
 * caller's work. Throws DMFP-LOOKUP-INVALID with the line: wrong header, wrong number of fields, an empty key, or
 * the same key twice.
 */
export function parseLookup(name: string, csvText: string, fileName: string): Lookup {
  const text = csvText.startsWith("\uFEFF") ? csvText.slice(1) : csvText;
  const [header, ...rows] = lookupRows(text, fileName);
  const { from, to, width } = lookupHeader(header, fileName);
  const entries = new Map<string, Entry>();
  for (const { fields, line } of rows) {
    if (fields.length !== width) {
      throw invalid(fileName, line, `has ${fields.length} fields on line ${line}; its header has ${width}`);
    }
    const parts = from.map((index) => fields[index] ?? "");
    if (parts.every((part) => part === ""))
      throw invalid(fileName, line, `has an empty "from" on line ${line}`);
    const key = lookupKey(parts);
    const first = entries.get(key);
    if (first !== undefined) {
      throw invalid(fileName, line, `has "${parts.join(", ")}" twice, on lines ${first.line} and ${line}`);
    }
    entries.set(key, { key, results: to.map(({ index }) => fields[index] ?? ""), line });
  }
  return {
    name,
    keys: from.length,
    results: to.map((result) => result.name),
    get: (key) => entries.get(key)?.results[0],
    placeOf: (key, { ignoreCase }) => {
      const same = (entry: Entry): boolean => entry.key.toLowerCase() === key.toLowerCase();
      const found = ignoreCase ? [...entries.values()].find(same) : entries.get(key);
      return found === undefined ? undefined : `${fileName}:${found.line}`;
    },
    finder: ({ result, ignoreCase }) => {
      if (!ignoreCase) return (key) => entries.get(key)?.results[result];
      const folded = foldedEntries(entries.values(), result, fileName);
      return (key) => folded.get(key.toLowerCase())?.results[result];
    },
  };
}

function lookupHeader(
  header: { readonly fields: readonly string[]; readonly line: number } | undefined,
  fileName: string,
): { from: number[]; to: { name: string; index: number }[]; width: number } {
  const names = header?.fields.map((field) => field.trim().toLowerCase().replace(/\s+/g, " ")) ?? [];
  const from: number[] = [];
  const to: { name: string; index: number }[] = [];
  for (const [index, column] of names.entries()) {
    if (/^from( |$)/.test(column)) from.push(index);
    else if (/^to( |$)/.test(column)) to.push({ name: column.slice(3), index });
    else if (column !== "comment") from.length = names.length + 1;
  }
  if (
    from.length === 0 ||
    from.length > names.length ||
    to.length === 0 ||
    new Set(names).size !== names.length
  ) {
    throw invalid(
      fileName,
      header?.line ?? 1,
      "has to begin with the header from,to (and comment, if wanted); several keys are called from a,from b, several results to x,to y",
    );
  }
  return { from, to, width: names.length };
}

function foldedEntries(entries: Iterable<Entry>, result: number, fileName: string): Map<string, Entry> {
  const folded = new Map<string, Entry>();
  for (const entry of entries) {
    const key = entry.key.toLowerCase();
    const first = folded.get(key);
    if (first === undefined) folded.set(key, entry);
    else if (first.results[result] !== entry.results[result]) {
      throw invalid(
        fileName,
        entry.line,
        `is used without regard to case, and has different entries on lines ${first.line} and ${entry.line} for "${entry.key.replaceAll("\u001f", ", ")}"`,
      );
    }
  }
  return folded;
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
