import type { EntitySchema } from "../entity/entity-schema.ts";
import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import type { EntityFileFormat, RecordEncoder } from "./entity-file-format.ts";
import type { FileColumn } from "./field-map.ts";

/** Spelling of the record element: the AOT name in upper case, or as it is. */
export type XmlEntityNames = "upper" | "pascal";

/** Fields as child elements: the built-in format XML-Element. */
export function xmlElementFormat(entityNames: XmlEntityNames = "upper"): EntityFileFormat {
  return xmlFormat("XML-Element", entityNames, (element, columns) => {
    const starts = columns.map(({ name }) => `<${name}>`);
    const ends = columns.map(({ name }) => `</${name}>`);
    return (values) => {
      let record = `<${element}>`;
      for (let index = 0; index < starts.length; index++) {
        record += `${starts[index] ?? ""}${xmlText(values[index] ?? "")}${ends[index] ?? ""}`;
      }
      return `${record}</${element}>\r\n`;
    };
  });
}

/** Fields as attributes: the built-in format XML-Attribute. */
export function xmlAttributeFormat(entityNames: XmlEntityNames = "upper"): EntityFileFormat {
  return xmlFormat("XML-Attribute", entityNames, (element, columns) => {
    const starts = columns.map(({ name }) => ` ${name}="`);
    return (values) => {
      let record = `<${element}`;
      for (let index = 0; index < starts.length; index++) {
        record += `${starts[index] ?? ""}${xmlAttribute(values[index] ?? "")}"`;
      }
      return `${record} />\r\n`;
    };
  });
}

/**
 * `<Document>` with one element a record, named after the entity's AOT name. Microsoft's documentation of data
 * packages: upper case, unless the flight EntityNamesInPascalCaseInXMLFiles is on. Fields in upper case, as in
 * Microsoft's samples. UTF-8 with a declaration (the samples; that other encodings are read is not documented).
 *
 * Every column is written for every record, an empty value as an empty element or attribute: a mapped column that the
 * file does not have fails the whole entity (documented: "XML is not in correct format"). That an empty element counts
 * as an empty value, whatever the field's type, is an assumption.
 *
 * Values are written in canonical form: decimals with a point, enums by symbol, dates as `yyyy-MM-dd` (seen in files of
 * a client in the field) and date-times as `yyyy-MM-ddTHH:mm:ss`, the notation of XML itself (assumption: no public
 * file has one).
 */
function xmlFormat(
  sourceFormat: string,
  entityNames: XmlEntityNames,
  recordWriter: (element: string, columns: readonly FileColumn[]) => RecordEncoder["record"],
): EntityFileFormat {
  return {
    sourceFormat,
    kind: "xml",
    extension: ".xml",
    encoding: "utf-8",
    begin: (schema, columns) => {
      for (const { name } of columns) assertElementName(name, schema.label);
      assertElementName(schema.aotName, schema.label);
      return {
        header: '<?xml version="1.0" encoding="utf-8"?>\r\n<Document>\r\n',
        footer: "</Document>\r\n",
        record: recordWriter(recordElement(schema, entityNames), columns),
      };
    },
  };
}

/** Name of the element of one record. */
export function recordElement(schema: Pick<EntitySchema, "aotName">, entityNames: XmlEntityNames): string {
  return entityNames === "upper" ? schema.aotName.toUpperCase() : schema.aotName;
}

/** Throws DMFP-MAPPING-FIELD for a name that no element or attribute can have. `label`: of the entity, for people. */
export function assertElementName(name: string, label: string): void {
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return;
  throw new DmfpipeError(
    "DMFP-MAPPING-FIELD",
    `"${name}" of the entity ${label} cannot be the name of an element in an XML file.`,
    { next: "Correct the name, or choose the format CSV-Unicode for this entity." },
  );
}

const notPlainText = /[&<>\r]/;
const notPlainAttribute = /[&<>"\t\r\n]/;

/** A value as the text of an element. A bare carriage return would be read back as a line feed. */
export function xmlText(value: string): string {
  if (!notPlainText.test(value)) return value;
  return markup(value).replaceAll("\r", "&#13;");
}

/**
 * A value as that of an attribute. Line ends and tabs as references: whoever reads an attribute turns bare ones into
 * blanks (XML 1.0, 3.3.3).
 */
export function xmlAttribute(value: string): string {
  if (!notPlainAttribute.test(value)) return value;
  return markup(value)
    .replaceAll('"', "&quot;")
    .replaceAll("\t", "&#9;")
    .replaceAll("\n", "&#10;")
    .replaceAll("\r", "&#13;");
}

function markup(value: string): string {
  return value.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
