import path from "node:path";
import { SaxesParser, type SaxesTagPlain } from "saxes";
import { DataFileUnreadable } from "./data-file-unreadable.ts";
import type { PackageArchive } from "./package-archive.ts";

/** Parts other than sheets and strings are small in every real workbook. */
const partLimitBytes = 16 * 1024 * 1024;

/** Events of one part of a workbook; names come without their prefix. */
export interface PartEvents {
  open(name: string, attributes: Readonly<Record<string, string>>): void;
  close?(name: string): void;
  text?(text: string): void;
}

/** A reader to be fed with the text of a part. Throws DataFileUnreadable where that is not well-formed. */
export function partParser(events: PartEvents): SaxesParser {
  const parser = new SaxesParser();
  parser.on("error", (error) => {
    throw excelUnreadable(error.message);
  });
  parser.on("doctype", () => {
    throw excelUnreadable("DTD is not supported.");
  });
  parser.on("opentag", (tag: SaxesTagPlain) => {
    events.open(localName(tag.name), tag.attributes);
  });
  parser.on("closetag", (tag) => events.close?.(localName(tag.name)));
  parser.on("text", (text) => events.text?.(text));
  parser.on("cdata", (text) => events.text?.(text));
  return parser;
}

/** DMF040: "The system can't retrieve the column names or the worksheet name" (documented). */
export function excelUnreadable(text: string): DataFileUnreadable {
  return new DataFileUnreadable("DMF040", `Excel query failed. ${text}`);
}

/** Where the parts of a workbook are that matter here. */
export interface WorkbookParts {
  readonly sheets: readonly { readonly name: string; readonly part: string }[];
  readonly strings: string | undefined;
  readonly styles: string | undefined;
  /** Whether dates count from 1904. */
  readonly from1904: boolean;
}

/** Reads what a workbook says of itself. Throws DataFileUnreadable for an archive that is no workbook. */
export async function readWorkbook(archive: PackageArchive): Promise<WorkbookParts> {
  const [workbook] = (await relations(archive, "")).filter(({ type }) => type === "officeDocument");
  if (workbook === undefined) throw excelUnreadable("The file is no workbook.");
  const related = await relations(archive, workbook.part);
  const sheets: { name: string; part: string }[] = [];
  let from1904 = false;
  await readPart(archive, workbook.part, {
    open(name, attributes) {
      if (name === "workbookPr") from1904 = /^(1|true)$/.test(attributes["date1904"] ?? "");
      if (name !== "sheet") return;
      const id = Object.entries(attributes).find(([key]) => localName(key) === "id" && key !== "id")?.[1];
      const part = related.find((relation) => relation.id === id)?.part;
      if (part !== undefined) sheets.push({ name: attributes["name"] ?? "", part });
    },
  });
  const partOf = (type: string): string | undefined =>
    related.find((relation) => relation.type === type)?.part;
  return { sheets, strings: partOf("sharedStrings"), styles: partOf("styles"), from1904 };
}

/** Feeds a small part to `events`. */
export async function readPart(archive: PackageArchive, part: string, events: PartEvents): Promise<void> {
  const parser = partParser(events);
  const decoder = new TextDecoder();
  let sizeBytes = 0;
  for await (const chunk of archive.stream(part)) {
    sizeBytes += (chunk as Buffer).length;
    if (sizeBytes > partLimitBytes) throw excelUnreadable(`The part ${part} is too large.`);
    parser.write(decoder.decode(chunk as Buffer, { stream: true }));
  }
  parser.write(decoder.decode()).close();
}

interface Relation {
  readonly id: string;
  /** Last word of the relation's type. */
  readonly type: string;
  readonly part: string;
}

/** What a part ('' for the package itself) refers to. */
async function relations(archive: PackageArchive, part: string): Promise<Relation[]> {
  const folder = part === "" ? "" : path.posix.dirname(part);
  const file = path.posix.join(folder, "_rels", `${path.posix.basename(part)}.rels`);
  if (!archive.has(file)) return [];
  const found: Relation[] = [];
  await readPart(archive, file, {
    open(name, attributes) {
      const { Id: id = "", Type: type = "", Target: target = "" } = attributes;
      if (name !== "Relationship" || attributes["TargetMode"] === "External") return;
      const inside = target.startsWith("/") ? target.slice(1) : path.posix.join(folder, target);
      found.push({ id, type: type.slice(type.lastIndexOf("/") + 1), part: inside });
    },
  });
  return found;
}

function localName(name: string): string {
  return name.slice(name.indexOf(":") + 1);
}
