import path from "node:path";
import { SaxesParser, type SaxesTagPlain } from "saxes";
import unzipper from "unzipper";

/** What is known of the header of a sheet; or why it cannot be read, in the middle of a sentence. */
export type ExcelHeader =
  | { readonly header: readonly string[]; readonly hasRecords: boolean; readonly trouble?: undefined }
  | { readonly trouble: string };

/** More than any real sheet has in front of its second row. */
const maxPartBytes = 64 * 1024 * 1024;
const maxColumns = 16_384;

/**
 * The texts of row 1 of a sheet (the first one where no name is given), and whether any row comes after it. Throws
 * what unzipper and zlib throw about damaged bytes (see isZipError).
 */
export async function readExcelHeader(workbook: Buffer, sheetName: string): Promise<ExcelHeader> {
  const { files } = await unzipper.Open.buffer(workbook);
  const parts = new Map(files.map((file) => [file.path, file]));
  const sheet = await findSheet(parts, sheetName);
  if (sheet.trouble !== undefined) return sheet;
  const cells: { readonly text: string; readonly shared: boolean }[] = [];
  let rows = 0;
  let cell = { column: 0, shared: false, text: "" };
  let collecting = false;
  const trouble = await readPart(parts, sheet.part, {
    open(name, attributes) {
      if (name === "row") rows = Math.max(rows + 1, Number(attributes["r"] ?? 0));
      if (name === "c") {
        const column = columnOf(attributes["r"]) ?? cell.column + 1;
        cell = { column, shared: attributes["t"] === "s", text: "" };
      }
      collecting = rows === 1 && (name === "v" || name === "t");
      // The second row is all there is to know.
      return rows <= 1;
    },
    close(name) {
      collecting = false;
      if (name !== "c" || rows !== 1 || cell.text === "" || cell.column > maxColumns) return;
      cells[cell.column - 1] = { text: cell.text, shared: cell.shared };
    },
    text(text) {
      if (collecting) cell.text += text;
    },
  });
  if (trouble !== undefined) return { trouble };
  const strings = await sharedStrings(parts, cells);
  const header = Array.from(cells, (found) => {
    const text = found as (typeof cells)[number] | undefined;
    if (text === undefined) return "";
    return (text.shared ? (strings.get(Number(text.text)) ?? "") : text.text).trim();
  });
  return { header, hasRecords: rows > 1 };
}

type Parts = ReadonlyMap<string, unzipper.File>;

interface PartEvents {
  /** Returns false when the rest of the part is of no interest. */
  open(name: string, attributes: Readonly<Record<string, string>>): boolean;
  close?(name: string): void;
  text?(text: string): void;
}

async function findSheet(
  parts: Parts,
  wanted: string,
): Promise<{ readonly part: string; readonly trouble?: undefined } | { readonly trouble: string }> {
  const targets = new Map<string, string>();
  const noRelations = await readPart(parts, "xl/_rels/workbook.xml.rels", {
    open(name, { Id: id = "", Target: target = "" }) {
      const inside = target.startsWith("/") ? target.slice(1) : path.posix.join("xl", target);
      if (name === "Relationship") targets.set(id, inside);
      return true;
    },
  });
  const sheets: { readonly name: string; readonly part: string }[] = [];
  const noSheets = await readPart(parts, "xl/workbook.xml", {
    open(name, attributes) {
      const id = Object.entries(attributes).find(([key]) => /:id$/.test(key))?.[1] ?? "";
      if (name === "sheet") sheets.push({ name: attributes["name"] ?? "", part: targets.get(id) ?? "" });
      return true;
    },
  });
  const sheet = sheets.find(({ name }) => wanted === "" || name.toLowerCase() === wanted.toLowerCase());
  if (sheet !== undefined) return sheet;
  const names = sheets.map(({ name }) => name).join(", ");
  return { trouble: noRelations ?? noSheets ?? `it has no sheet ${wanted}, only ${names}.` };
}

/** Texts of the shared strings that cells refer to, by number; read no further than needed. */
async function sharedStrings(
  parts: Parts,
  cells: readonly { readonly text: string; readonly shared: boolean }[],
): Promise<ReadonlyMap<number, string>> {
  const wanted = new Set(cells.filter(({ shared }) => shared).map(({ text }) => Number(text)));
  const found = new Map<number, string>();
  if (wanted.size === 0) return found;
  const last = Math.max(...wanted);
  let number = -1;
  let collecting = false;
  await readPart(parts, "xl/sharedStrings.xml", {
    open(name) {
      if (name === "si") number++;
      collecting = name === "t" && wanted.has(number);
      return number <= last;
    },
    close() {
      collecting = false;
    },
    text(text) {
      if (collecting) found.set(number, (found.get(number) ?? "") + text);
    },
  });
  return found;
}

/** Feeds a part to `events`; returns why it cannot be read, or undefined when all is well. */
async function readPart(parts: Parts, name: string, events: PartEvents): Promise<string | undefined> {
  const part = parts.get(name);
  if (part === undefined) return `its part ${name} is missing.`;
  const parser = new SaxesParser();
  const state: { wanted: boolean; trouble?: string } = { wanted: true };
  parser.on("error", (error) => {
    state.trouble ??= error.message;
  });
  parser.on("doctype", () => {
    state.trouble ??= "a document type is not allowed.";
  });
  parser.on("opentag", (tag: SaxesTagPlain) => {
    if (state.wanted) state.wanted = events.open(localName(tag.name), tag.attributes);
  });
  parser.on("closetag", (tag) => {
    if (state.wanted) events.close?.(localName(tag.name));
  });
  parser.on("text", (text) => {
    if (state.wanted) events.text?.(text);
  });
  const decoder = new TextDecoder();
  let sizeBytes = 0;
  for await (const chunk of part.stream() as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes > maxPartBytes) return `its part ${name} is too large.`;
    parser.write(decoder.decode(chunk, { stream: true }));
    if (!state.wanted || state.trouble !== undefined) break;
  }
  return state.trouble === undefined ? undefined : `its part ${name} is damaged: ${state.trouble}`;
}

/** What zlib and unzipper say about bytes that are no sound zip; anything else is a defect of ours. */
export function isZipError(thrown: unknown): boolean {
  if (!(thrown instanceof Error)) return false;
  if ("code" in thrown && String(thrown.code).startsWith("Z_")) return true;
  return /FILE_ENDED|invalid signature|offset|out of range/i.test(thrown.message);
}

function localName(name: string): string {
  return name.slice(name.indexOf(":") + 1);
}

/** `AB12` → 28; undefined without a reference. */
function columnOf(reference: string | undefined): number | undefined {
  const letters = /^[A-Z]{1,3}(?=\d)/.exec(reference ?? "")?.[0];
  if (letters === undefined) return undefined;
  let column = 0;
  for (const letter of letters) column = column * 26 + letter.charCodeAt(0) - 64;
  return column;
}
