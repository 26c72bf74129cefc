import { Readable } from "node:stream";
import { ZipArchive } from "archiver";
import type { DataFormat, DelimitedFormat } from "./data-format.ts";
import { escapeXml } from "./export-manifest.ts";

export interface ExportFileOptions {
  readonly format: DataFormat;
  /** Name of a record's element in XML files. */
  readonly element: string;
  /** Name of the sheet in workbooks, without `$`. */
  readonly sheetName: string;
  readonly fields: readonly string[];
  readonly rows: Iterable<readonly string[]>;
}

/** Ending of a data file's name. */
export function exportExtension(format: DataFormat): ".csv" | ".xml" | ".xlsx" {
  switch (format.kind) {
    case "delimited":
      return ".csv";
    case "xml":
      return ".xml";
    case "excel":
      return ".xlsx";
  }
}

/** The bytes of an exported data file, made while they are read. */
export function exportFile(options: ExportFileOptions): Readable {
  const { format, fields } = options;
  switch (format.kind) {
    case "delimited":
      return Readable.from(chunks(delimitedText(options, format), format.encoding));
    case "xml":
      return Readable.from(
        chunks(
          format.fieldsIn === "attributes"
            ? xmlText(options, attributeRecord)
            : xmlText(options, elementRecord),
          "utf-8",
        ),
      );
    case "excel":
      return workbook(options.sheetName, [fields], options.rows);
  }
}

/** Byte order mark, header and rows, every line ended by CRLF. */
function* delimitedText({ fields, rows }: ExportFileOptions, format: DelimitedFormat): Generator<string> {
  const special = new RegExp(`["\\r\\n${format.delimiter.replace(/[\\\]^-]/g, "\\$&")}]`);
  const line = (values: readonly string[]): string =>
    `${values.map((value) => (special.test(value) ? `"${value.replaceAll('"', '""')}"` : value)).join(format.delimiter)}\r\n`;
  yield `\ufeff${line(fields)}`;
  for (const row of rows) yield line(row);
}

type RecordXml = (element: string, fields: readonly string[], row: readonly string[]) => string;

function* xmlText(options: ExportFileOptions, record: RecordXml): Generator<string> {
  const { element, fields, rows } = options;
  yield '<?xml version="1.0" encoding="utf-8"?>\r\n<Document>\r\n';
  for (const row of rows) yield `${record(element, fields, row)}\r\n`;
  yield "</Document>\r\n";
}

function elementRecord(element: string, fields: readonly string[], row: readonly string[]): string {
  const children = fields.map((field, index) => `<${field}>${escapeXml(row[index] ?? "")}</${field}>`);
  return `<${element}>${children.join("")}</${element}>`;
}

function attributeRecord(element: string, fields: readonly string[], row: readonly string[]): string {
  // Attribute values are normalized by whoever reads them, unless line ends and tabs are references.
  const attributes = fields.map((field, index) => {
    const value = escapeXml(row[index] ?? "")
      .replaceAll("\n", "&#xA;")
      .replaceAll("\t", "&#x9;");
    return ` ${field}="${value}"`;
  });
  return `<${element}${attributes.join("")} />`;
}

const sheetTypes = "application/vnd.openxmlformats-officedocument.spreadsheetml";
const relationTypes = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const packageNamespace = "http://schemas.openxmlformats.org/package/2006";
const mainNamespace = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const declaration = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>';

/** A workbook with one sheet. Every cell is an inline string, as in real exports. */
function workbook(
  sheetName: string,
  header: Iterable<readonly string[]>,
  rows: Iterable<readonly string[]>,
): Readable {
  const archive = new ZipArchive();
  const parts: Readonly<Record<string, string>> = {
    "[Content_Types].xml": `<Types xmlns="${packageNamespace}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="${sheetTypes}.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="${sheetTypes}.worksheet+xml"/></Types>`,
    "_rels/.rels": `<Relationships xmlns="${packageNamespace}/relationships"><Relationship Id="rId1" Type="${relationTypes}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
    "xl/workbook.xml": `<workbook xmlns="${mainNamespace}" xmlns:r="${relationTypes}"><sheets><sheet name="${escapeXml(sheetName)}" sheetId="1" r:id="rId1"/></sheets></workbook>`,
    "xl/_rels/workbook.xml.rels": `<Relationships xmlns="${packageNamespace}/relationships"><Relationship Id="rId1" Type="${relationTypes}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`,
  };
  for (const [name, content] of Object.entries(parts)) archive.append(`${declaration}${content}`, { name });
  const sheet = Readable.from(chunks(sheetText(header, rows), "utf-8"));
  archive.append(sheet, { name: "xl/worksheets/sheet1.xml" });
  void archive.finalize();
  return archive;
}

function* sheetText(...tables: readonly Iterable<readonly string[]>[]): Generator<string> {
  yield `${declaration}<worksheet xmlns="${mainNamespace}"><sheetData>`;
  for (const table of tables) {
    for (const row of table) {
      const cells = row.map(
        (value) => `<c t="inlineStr"><is><t xml:space="preserve">${escapeXml(value)}</t></is></c>`,
      );
      yield `<row>${cells.join("")}</row>`;
    }
  }
  yield "</sheetData></worksheet>";
}

const chunkChars = 64 * 1024;

/** Text in pieces of a useful size, encoded. */
function* chunks(parts: Iterable<string>, encoding: "utf-8" | "utf-16le"): Generator<Buffer> {
  let text = "";
  for (const part of parts) {
    text += part;
    if (text.length < chunkChars) continue;
    yield Buffer.from(text, encoding);
    text = "";
  }
  if (text !== "") yield Buffer.from(text, encoding);
}
