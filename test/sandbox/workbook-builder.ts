import { zip } from "./package-builder.ts";

/** Workbooks made by hand, as Excel, F&O and other tools write them. */

export type Cell = string | { readonly xml: string } | undefined;

export interface TestWorkbook {
  readonly sheets: Readonly<Record<string, string>>;
  readonly strings?: string;
  readonly styles?: string;
  readonly from1904?: boolean;
}

const main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"';
const office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

/** A sheet of rows; texts are inline strings with references, as F&O writes them. */
export function sheet(rows: readonly (readonly Cell[])[]): string {
  const lines = rows.map((row, index) => {
    const cells = row.map((cell, column) => {
      if (cell === undefined) return "";
      if (typeof cell !== "string") return cell.xml;
      const reference = `${columnName(column + 1)}${index + 1}`;
      const text = cell.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
      return `<c r="${reference}" t="inlineStr"><is><t>${text}</t></is></c>`;
    });
    return `<row r="${index + 1}">${cells.join("")}</row>`;
  });
  return sheetXml(lines.join(""));
}

export function sheetXml(rows: string): string {
  return `<worksheet ${main}><sheetData>${rows}</sheetData></worksheet>`;
}

export function columnName(column: number): string {
  const rest = Math.floor((column - 1) / 26);
  return (rest > 0 ? columnName(rest) : "") + String.fromCharCode(65 + ((column - 1) % 26));
}

export async function workbook({ sheets, strings, styles, from1904 }: TestWorkbook): Promise<Buffer> {
  const names = Object.keys(sheets);
  const relations = [
    ...names.map((_name, index) =>
      relation(`rId${index + 1}`, "worksheet", `worksheets/sheet${index + 1}.xml`),
    ),
    ...(strings === undefined ? [] : [relation("rIdS", "sharedStrings", "/xl/sharedStrings.xml")]),
    ...(styles === undefined ? [] : [relation("rIdT", "styles", "styles.xml")]),
  ];
  const parts: [string, string][] = [
    ["_rels/.rels", relationList([relation("rId1", "officeDocument", "xl/workbook.xml")])],
    ["xl/_rels/workbook.xml.rels", relationList(relations)],
    [
      "xl/workbook.xml",
      `<workbook ${main} xmlns:r="${office}"><workbookPr date1904="${from1904 === true ? 1 : 0}"/><sheets>` +
        names
          .map((name, index) => `<sheet name="${name}" sheetId="${index + 1}" r:id="rId${index + 1}"/>`)
          .join("") +
        "</sheets></workbook>",
    ],
    ...names.map((name, index): [string, string] => [
      `xl/worksheets/sheet${index + 1}.xml`,
      sheets[name] ?? "",
    ]),
  ];
  if (strings !== undefined) parts.push(["xl/sharedStrings.xml", strings]);
  if (styles !== undefined) parts.push(["xl/styles.xml", styles]);
  return zip(parts.map(([name, text]) => [name, Buffer.from(text)] as const));
}

function relation(id: string, type: string, target: string): string {
  return `<Relationship Id="${id}" Type="${office}/${type}" Target="${target}"/>`;
}

function relationList(items: readonly string[]): string {
  return `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">${items.join("")}</Relationships>`;
}
