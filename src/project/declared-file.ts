import { CsvError, parse } from "csv-parse/sync";
import { z } from "zod";
import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import { YamlFile } from "./yaml-file.ts";

/** One number of a declared file, as written. */
export interface DeclaredNumber {
  /** `records`, or the name of a control total. */
  readonly name: string;
  readonly text: string;
  /** 1-based. */
  readonly line: number;
}

const scalar = z.union([z.number(), z.string()], "it has to be a number");
const fileShape = z.record(
  z.string(),
  z.union([scalar, z.record(z.string(), scalar)], "it has to be a number"),
);

/**
 * Reads the numbers a sender declares beside an extract. A name that ends with .json, .yaml or .yml says which of
 * these it is: `records` and totals by name, which may also stand in a group `totals`. Everything else is lines of a
 * name and a number (`records,20605`), with a comma, a semicolon or a tab between them; a first line `name,value` is
 * a header.
 *
 * @param name the file's name, for messages
 * Throws DMFP-SOURCE-DECLARED with file and line.
 */
export function parseDeclared(text: string, name: string): readonly DeclaredNumber[] {
  const content = text.replace(/^\ufeff/, "");
  const numbers = /\.(json|ya?ml)$/i.test(name) ? fromYaml(content, name) : fromLines(content, name);
  if (numbers.length > 0) return numbers;
  throw refused(name, 1, `${name} declares nothing.`);
}

/** JSON too: YAML contains it, and gives numbers as they are written rather than as floating point. */
function fromYaml(text: string, name: string): DeclaredNumber[] {
  if (/\.json$/i.test(name)) assertJson(text, name);
  const yaml = YamlFile.parse(text, name, fileShape, "DMFP-SOURCE-DECLARED");
  return Object.entries(yaml.data).flatMap(([key, value]) => {
    if (typeof value === "object") {
      return Object.keys(value).map((total) => numberAt(yaml, total, key, total));
    }
    return numberAt(yaml, key, key);
  });
}

function assertJson(text: string, name: string): void {
  try {
    JSON.parse(text);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new DmfpipeError("DMFP-SOURCE-DECLARED", `${name} is no valid JSON: ${why}.`, {
      at: { file: name },
      cause,
    });
  }
}

function numberAt(yaml: YamlFile<unknown>, name: string, ...path: string[]): DeclaredNumber {
  const { value, line } = yaml.text(...path);
  return { name, text: value, line };
}

interface Line {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
}

function fromLines(text: string, name: string): DeclaredNumber[] {
  const delimiter = /[;\t,]/.exec(text)?.[0] ?? ",";
  let lines: Line[];
  try {
    lines = parse(text, {
      delimiter,
      trim: true,
      skip_empty_lines: true,
      relax_column_count: true,
      info: true,
    }) as unknown as Line[];
  } catch (cause) {
    if (!(cause instanceof CsvError)) throw cause;
    throw refused(name, Number(cause["lines"] ?? 1), `${name} cannot be read: ${cause.message}.`);
  }
  const [first] = lines;
  if (first?.record.join().toLowerCase() === "name,value") lines.shift();
  return lines.map(({ record, info }) => {
    const [key = "", value = "", more] = record;
    if (key !== "" && value !== "" && more === undefined) return { name: key, text: value, line: info.lines };
    const message = `A line of ${name} is not a name and a number, such as records${delimiter}20605.`;
    throw refused(
      name,
      info.lines,
      more === undefined ? message : `${message} A comma inside a number wants quotes around it.`,
    );
  });
}

function refused(file: string, line: number, message: string): DmfpipeError {
  return new DmfpipeError("DMFP-SOURCE-DECLARED", message, { at: { file, line } });
}
