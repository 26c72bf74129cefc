import path from "node:path";
import type { ZipEntry } from "../../../package/zip-directory.ts";
import type { ZipReader } from "../../../package/zip-reader.ts";
import { readPart } from "./part-parser.ts";
import { WorkbookDamage } from "./workbook-damage.ts";

/** What a workbook consists of, as far as its cells need it. */
export interface WorkbookParts {
  /** In the order of their tabs. Sheets of nothing but a chart are left out. */
  readonly sheets: readonly WorkbookSheet[];
  readonly strings: ZipEntry | undefined;
  readonly styles: ZipEntry | undefined;
  /** Whether days are counted from 1904-01-01, as Excel once did on the Macintosh. */
  readonly from1904: boolean;
}

export interface WorkbookSheet {
  readonly name: string;
  readonly entry: ZipEntry;
}

/** Parts that only say where others are; they are held in memory. */
const maxBytes = 16 * 1024 * 1024;

/**
 * Finds the parts of a workbook by their relations (ECMA-376 part 2), whatever they are called; in the namespaces of
 * ECMA-376 and of ISO 29500 strict alike. Throws WorkbookDamage for a zip that is no workbook.
 */
export async function findWorkbookParts(zip: ZipReader): Promise<WorkbookParts> {
  const [workbook] = (await relationsOf(zip, "")).filter(({ type }) => type === "officeDocument");
  const entry = workbook === undefined ? undefined : zip.find(workbook.part);
  if (entry === undefined) throw noWorkbook(zip);
  if (entry.name.toLowerCase().endsWith(".bin")) {
    throw new WorkbookDamage("it is a binary workbook (.xlsb)");
  }
  const relations = await relationsOf(zip, entry.name);
  const { tabs, from1904 } = await readWorkbook(zip, entry);
  const sheets: WorkbookSheet[] = [];
  for (const { id, name } of tabs) {
    const relation = relations.find((one) => one.id === id);
    if (relation === undefined) throw new WorkbookDamage(`it does not say where the sheet ${name} is`);
    if (relation.type === "worksheet") sheets.push({ name, entry: demand(zip, relation.part) });
  }
  const partOf = (type: string): ZipEntry | undefined => {
    const part = relations.find((one) => one.type === type)?.part;
    return part === undefined ? undefined : demand(zip, part);
  };
  return { sheets, strings: partOf("sharedStrings"), styles: partOf("styles"), from1904 };
}

interface Tab {
  readonly id: string;
  readonly name: string;
}

async function readWorkbook(
  zip: ZipReader,
  entry: ZipEntry,
): Promise<{ readonly tabs: readonly Tab[]; readonly from1904: boolean }> {
  const tabs: Tab[] = [];
  let from1904 = false;
  let root: string | undefined;
  const open = (name: string, attributes: Readonly<Record<string, string>>): void => {
    root ??= name;
    if (name === "workbookPr") from1904 = /^(?:1|true|on)$/.test(attributes["date1904"]?.trim() ?? "");
    if (name !== "sheet") return;
    const id = Object.entries(attributes).find(([key]) => /:id$/.test(key))?.[1] ?? "";
    tabs.push({ id, name: attributes["name"] ?? "" });
  };
  await readPart(zip, entry, { maxBytes, events: { open } });
  if (root !== "workbook") throw noWorkbook(zip);
  return { tabs, from1904 };
}

interface Relation {
  readonly id: string;
  /** The last word of its type, which is the same in all versions of the format. */
  readonly type: string;
  readonly part: string;
}

/** What a part refers to inside the zip; `""` is the zip itself. */
async function relationsOf(zip: ZipReader, part: string): Promise<readonly Relation[]> {
  const folder = part === "" ? "" : path.posix.dirname(part.replaceAll("\\", "/"));
  const base = part === "" ? "" : path.posix.basename(part.replaceAll("\\", "/"));
  const entry = zip.find(path.posix.join(folder, "_rels", `${base}.rels`));
  if (entry === undefined) return [];
  const found: Relation[] = [];
  const open = (name: string, attributes: Readonly<Record<string, string>>): void => {
    const { Id: id = "", Type: type = "", Target: target = "" } = attributes;
    if (name !== "Relationship" || attributes["TargetMode"] === "External") return;
    const inside = target.startsWith("/") ? target.slice(1) : path.posix.join(folder, target);
    found.push({ id, type: type.slice(type.lastIndexOf("/") + 1), part: inside });
  };
  await readPart(zip, entry, { maxBytes, events: { open } });
  return found;
}

function demand(zip: ZipReader, part: string): ZipEntry {
  const entry = zip.find(part);
  if (entry === undefined) throw new WorkbookDamage(`its part ${part} is missing`);
  return entry;
}

/** Says what the zip is instead, where that can be seen. */
function noWorkbook(zip: ZipReader): WorkbookDamage {
  if (zip.find("mimetype") !== undefined && zip.find("content.xml") !== undefined) {
    return new WorkbookDamage("it is a document of OpenOffice or LibreOffice (.ods)");
  }
  if (zip.find("Index/Document.iwa") !== undefined) {
    return new WorkbookDamage("it is a document of Apple Numbers");
  }
  const names = zip.entries.slice(0, 3).map(({ name }) => name);
  return new WorkbookDamage(
    `it is a zip file, but no workbook; it begins with ${names.join(", ")}`,
    "Give the workbook or the CSV file itself, not a zip file that has it.",
  );
}
