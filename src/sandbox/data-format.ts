import { ActionRefused } from "./action-refused.ts";
import type { SandboxSettings } from "./sandbox-settings.ts";

/** A delimited text format. */
export interface DelimitedFormat {
  readonly kind: "delimited";
  readonly name: string;
  readonly encoding: "utf-16le" | "utf-8";
  readonly delimiter: string;
}

/** XML: one element per record below `Document`, its fields as elements or as attributes. */
export interface XmlFormat {
  readonly kind: "xml";
  readonly name: string;
  readonly fieldsIn: "elements" | "attributes";
}

/** A workbook: one sheet per entity, field names in row 1. */
export interface ExcelFormat {
  readonly kind: "excel";
  readonly name: string;
}

/** How the data file of an entity is written, as F&O's Source data formats define it. */
export type DataFormat = DelimitedFormat | XmlFormat | ExcelFormat;

/** Source data formats that every environment has, as real manifests name them. */
const builtIn: readonly DataFormat[] = [
  { kind: "delimited", name: "CSV-Unicode", encoding: "utf-16le", delimiter: "," },
  { kind: "xml", name: "XML-Element", fieldsIn: "elements" },
  { kind: "xml", name: "XML-Attribute", fieldsIn: "attributes" },
  { kind: "excel", name: "EXCEL" },
];

/**
 * The source data format with this name: one the team has set up, or a built-in one. Names are compared without
 * regard to case, as F&O compares keys (assumption). Throws ActionRefused for a format the environment does not have;
 * no source gives the text of that.
 */
export function findFormat(name: string, settings: Pick<SandboxSettings, "sourceFormats">): DataFormat {
  const wanted = name.trim().toLowerCase();
  for (const [own, format] of Object.entries(settings.sourceFormats)) {
    if (own.toLowerCase() !== wanted) continue;
    const encoding = format.codePage === 1200 ? "utf-16le" : "utf-8";
    return { kind: "delimited", name: own, encoding, delimiter: format.delimiter };
  }
  const known = builtIn.find((format) => format.name.toLowerCase() === wanted);
  if (known !== undefined) return known;
  throw new ActionRefused(`The source data format '${name}' does not exist in the target environment.`);
}
