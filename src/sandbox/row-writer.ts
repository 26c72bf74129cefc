import { stringify } from "csv-stringify/sync";
import type { DelimitedFormat } from "./data-format.ts";
import type { ImportPlan } from "./import-plan.ts";

/** Writes rows in the format of a data file, piece by piece. */
export interface RowWriter {
  /** What stands before the first row. */
  begin(header: readonly string[]): Buffer;
  row(values: readonly string[]): Buffer;
  /** What stands after the last row. */
  end(): Buffer;
}

/** A writer for the format of an entity's data file; a workbook's is that of its sheet alone. */
export function rowWriter({ format, element }: Pick<ImportPlan, "format" | "element">): RowWriter {
  switch (format.kind) {
    case "delimited":
      return delimitedWriter(format);
    case "xml":
      return xmlWriter(element, format.fieldsIn);
    case "excel":
      return sheetWriter();
  }
}

function delimitedWriter(format: DelimitedFormat): RowWriter {
  const utf16 = format.encoding === "utf-16le";
  const line = (values: readonly string[]): Buffer => {
    const text = stringify([values], { delimiter: format.delimiter, record_delimiter: "\r\n" });
    return Buffer.from(text, utf16 ? "utf16le" : "utf8");
  };
  return {
    begin: (header) => Buffer.concat([Buffer.from(utf16 ? [0xff, 0xfe] : []), line(header)]),
    row: line,
    end: () => Buffer.alloc(0),
  };
}

function xmlWriter(element: string, fieldsIn: "elements" | "attributes"): RowWriter {
  let header: readonly string[] = [];
  return {
    begin(names) {
      header = names;
      return Buffer.from('<?xml version="1.0" encoding="utf-8"?>\n<Document>\n');
    },
    row(values) {
      const fields = header.map((name, index) => {
        const value = escapeXml(values[index] ?? "");
        return fieldsIn === "attributes" ? ` ${name}="${value}"` : `<${name}>${value}</${name}>`;
      });
      return Buffer.from(
        fieldsIn === "attributes"
          ? `<${element}${fields.join("")} />\n`
          : `<${element}>${fields.join("")}</${element}>\n`,
      );
    },
    end: () => Buffer.from("</Document>\n"),
  };
}

function sheetWriter(): RowWriter {
  const row = (values: readonly string[]): Buffer => {
    const cells = values.map(
      (value) =>
        `<c t="inlineStr"><is><t xml:space="preserve">${escapeXml(escapeControls(value))}</t></is></c>`,
    );
    return Buffer.from(`<row>${cells.join("")}</row>`);
  };
  return {
    begin: (header) =>
      Buffer.concat([
        Buffer.from(
          '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>',
        ),
        row(header),
      ]),
    row,
    end: () => Buffer.from("</sheetData></worksheet>"),
  };
}

/** Line ends and tabs would not survive in an attribute. */
export function escapeXml(text: string): string {
  return text.replace(/[&<>"\t\r\n]/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** The reverse of what is done to the texts of a workbook: `_x0008_` for what XML cannot hold. */
function escapeControls(text: string): string {
  return text
    .replace(/_(?=x[\dA-Fa-f]{4}_)/g, "_x005F_")
    .replace(/[^\t\r\n\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, (character) => {
      return `_x${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}_`;
    });
}
