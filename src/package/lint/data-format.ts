import { suggest } from "../../errors/suggestion.ts";

/** What a judge can tell from the name of a source data format. */
export interface DataFormat {
  readonly kind: "delimited" | "xml" | "excel";
  /** Whether every environment has it. */
  readonly builtIn: boolean;
  /** The built-in format that was probably meant. */
  readonly meant?: string;
  /** XML: where the fields stand; undefined where the name does not say. */
  readonly fieldsIn?: "elements" | "attributes";
  /** Delimited: UTF-16, single bytes or UTF-8 as far as the name says. */
  readonly encoding?: "utf-16" | "utf-8" | "code page";
  /** Delimited: the character between the values, where the name says. */
  readonly delimiter?: string;
}

/**
 * Seen in exports: EXCEL, XML-Attribute, CSV-Unicode, XML-Element. Shipped with the demo data of F&O beside them
 * (assumption, undocumented): CSV and the tab and bar formats.
 */
const builtInFormats: ReadonlyMap<string, Omit<DataFormat, "builtIn">> = new Map([
  ["CSV", { kind: "delimited", encoding: "code page", delimiter: "," }],
  ["CSV-Unicode", { kind: "delimited", encoding: "utf-16", delimiter: "," }],
  ["EXCEL", { kind: "excel" }],
  ["XML-Attribute", { kind: "xml", fieldsIn: "attributes" }],
  ["XML-Element", { kind: "xml", fieldsIn: "elements" }],
]);

/**
 * What is known of a format. Formats are set up per environment, so for one that is not built in the kind is guessed
 * from its name, and where that says nothing from the extension of the data file.
 */
export function dataFormat(name: string, file: string): DataFormat {
  const builtIn = builtInFormats.get(name);
  if (builtIn !== undefined) return { ...builtIn, builtIn: true };
  const meant = suggest(name, builtInFormats.keys());
  const sameLetters = meant !== undefined && meant.toLowerCase() === name.toLowerCase();
  if (sameLetters) return { ...(builtInFormats.get(meant) ?? { kind: "delimited" }), builtIn: false, meant };
  return { ...guess(name, file), builtIn: false, ...(isSlip(name, meant) ? { meant } : {}) };
}

function guess(name: string, file: string): Omit<DataFormat, "builtIn"> {
  const text = `${name} ${file.slice(file.lastIndexOf("."))}`;
  if (/xml/i.test(text)) {
    if (/attribute/i.test(name)) return { kind: "xml", fieldsIn: "attributes" };
    return /element/i.test(name) ? { kind: "xml", fieldsIn: "elements" } : { kind: "xml" };
  }
  if (/excel|xlsx?/i.test(text)) return { kind: "excel" };
  // Documented: formats that use Unicode have it in their name.
  if (/utf-?8|65001/i.test(name)) return { kind: "delimited", encoding: "utf-8" };
  return /unicode|utf-?16|1200/i.test(name)
    ? { kind: "delimited", encoding: "utf-16" }
    : { kind: "delimited" };
}

/** CSV-UTF8 is a name of its own, CSV-Unicod is a slip. */
function isSlip(name: string, meant: string | undefined): meant is string {
  return (
    meant !== undefined &&
    meant[0]?.toLowerCase() === name[0]?.toLowerCase() &&
    Math.abs(meant.length - name.length) <= 2 &&
    !/\d/.test(name)
  );
}
