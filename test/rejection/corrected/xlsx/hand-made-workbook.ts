import { writeFileSync } from "node:fs";
import path from "node:path";
import type { CorrectedCell } from "../../../../src/rejection/corrected/cell-comparison.ts";
import type { CorrectedRow } from "../../../../src/rejection/corrected/corrected-row.ts";
import { openCorrected } from "../../../../src/rejection/corrected/open-corrected.ts";
import { handMadeZip, type HandMadeEntry } from "../../../package/hand-made-zip.ts";
import { temporaryFolder } from "../../report-fixture.ts";

export const transitional = {
  main: "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
  relations: "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
};
export const strict = {
  main: "http://purl.oclc.org/ooxml/spreadsheetml/main",
  relations: "http://purl.oclc.org/ooxml/officeDocument/relationships",
};

export interface HandMadeWorkbook {
  /** Content of `sheetData`, by the name of the sheet. */
  readonly sheets: Readonly<Record<string, string>>;
  /** Content of `sst`. */
  readonly strings?: string;
  /** Content of `styleSheet`. */
  readonly styles?: string;
  /** Attributes of `workbookPr`. */
  readonly properties?: string;
  readonly namespaces?: typeof transitional;
  /** Of the elements of the main namespace, with its colon. */
  readonly prefix?: string;
  /** How relations of the workbook say where a part in `xl/` is. */
  readonly target?: (part: string) => string;
  /** Parts that take the place of others, or are there besides; undefined takes one away. */
  readonly parts?: Readonly<Record<string, string | Buffer | undefined>>;
}

const declaration = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';

/** The parts of a workbook by their names. */
export function workbookParts(workbook: HandMadeWorkbook): Map<string, string | Buffer> {
  const {
    namespaces = transitional,
    prefix = "",
    target = (part: string): string => part,
    properties = "",
  } = workbook;
  const names = Object.keys(workbook.sheets);
  const root = (name: string, content: string): string => {
    const own = prefix === "" ? "xmlns" : `xmlns:${prefix.slice(0, -1)}`;
    const all = `${own}="${namespaces.main}" xmlns:r="${namespaces.relations}"`;
    return `${declaration}<${prefix}${name} ${all}>${prefixed(content, prefix)}</${prefix}${name}>`;
  };
  const relation = (id: string, type: string, to: string): string =>
    `<Relationship Id="${id}" Type="${namespaces.relations}/${type}" Target="${to}"/>`;
  const relations = (content: string): string =>
    `${declaration}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">${content}</Relationships>`;
  const parts = new Map<string, string | Buffer>();
  parts.set("_rels/.rels", relations(relation("rId1", "officeDocument", "xl/workbook.xml")));
  const tabs = names.map((name, index) => `<sheet name="${name}" sheetId="${index + 7}" r:id="s${index}"/>`);
  parts.set(
    "xl/workbook.xml",
    root("workbook", `<workbookPr ${properties}/><sheets>${tabs.join("")}</sheets>`),
  );
  const related = names.map((_, index) =>
    relation(`s${index}`, "worksheet", target(`worksheets/sheet${index + 1}.xml`)),
  );
  for (const [index, name] of names.entries()) {
    const content = `<sheetData>${workbook.sheets[name] ?? ""}</sheetData>`;
    parts.set(`xl/worksheets/sheet${index + 1}.xml`, root("worksheet", content));
  }
  if (workbook.strings !== undefined) {
    related.push(relation("x1", "sharedStrings", target("sharedStrings.xml")));
    parts.set("xl/sharedStrings.xml", root("sst", workbook.strings));
  }
  if (workbook.styles !== undefined) {
    related.push(relation("x2", "styles", target("styles.xml")));
    parts.set("xl/styles.xml", root("styleSheet", workbook.styles));
  }
  parts.set("xl/_rels/workbook.xml.rels", relations(related.join("")));
  for (const [name, content] of Object.entries(workbook.parts ?? {})) {
    if (content === undefined) parts.delete(name);
    else parts.set(name, content);
  }
  return parts;
}

/** Writes a workbook whose XML is given; returns the file. */
export function writeHandMade(workbook: HandMadeWorkbook): string {
  const parts = workbookParts(workbook);
  const entries = [...parts].map(([name, content]): HandMadeEntry => ({ name, content }));
  return writtenFile(handMadeZip(entries));
}

export function writtenFile(bytes: Buffer): string {
  const file = path.join(temporaryFolder(), "corrected.xlsx");
  writeFileSync(file, bytes);
  return file;
}

/** The header of a sheet of rejected records, in columns A and B, as row 1. */
export const header =
  '<row r="1"><c r="A1" t="inlineStr"><is><t>_source_file</t></is></c><c r="B1" t="str"><v>_source_line</v></c></row>';

export interface ReadTable {
  readonly name: string;
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly CorrectedRow[];
}

/** All tables of a file, read the way corrected files are. */
export async function readTables(file: string): Promise<ReadTable[]> {
  const tables: ReadTable[] = [];
  for await (const { name, title, columns, rows } of openCorrected(file, "corrected.xlsx")) {
    const all: CorrectedRow[] = [];
    for await (const row of rows) all.push(row);
    tables.push({ name, title, columns, rows: all });
  }
  return tables;
}

/** The cells below the header, of a workbook with one sheet. `cells`: elements `c`, which become row 2. */
export async function readCells(
  cells: string,
  workbook: Omit<HandMadeWorkbook, "sheets"> = {},
): Promise<readonly CorrectedCell[]> {
  const sheets = { Vendors: `${header}<row r="2">${cells}</row>` };
  const [table] = await readTables(writeHandMade({ ...workbook, sheets }));
  return table?.rows[0]?.cells ?? [];
}

function prefixed(content: string, prefix: string): string {
  return prefix === "" ? content : content.replaceAll(/<(\/?)(?=[A-Za-z])/g, `<$1${prefix}`);
}
