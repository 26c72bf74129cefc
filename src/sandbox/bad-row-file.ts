import { createReadStream, createWriteStream, type WriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import { finished, pipeline } from "node:stream/promises";
import { ZipArchive } from "archiver";
import type { DelimitedFormat } from "./data-format.ts";
import type { ImportPlan } from "./import-plan.ts";
import { escapeXml, rowWriter, type RowWriter } from "./row-writer.ts";

/** What the failing rows look like; see SandboxSettings.stagingErrorFile. */
export type BadRowLayout = "as input" | "without header" | "csv utf-8";

/**
 * The failing rows of an entity. By default in the format of the input, field names included: the literal reading of
 * the documentation, which shows no sample; the layout is a setting.
 */
export class BadRowFile {
  readonly path: string;
  readonly #plan: ImportPlan;
  readonly #writer: RowWriter;
  #header: readonly string[] = [];
  #stream: WriteStream | undefined;
  #count = 0;

  constructor(path: string, plan: ImportPlan, layout: BadRowLayout) {
    this.path = path;
    this.#plan = layout === "csv utf-8" ? { ...plan, format: plainCsv } : plan;
    const writer = rowWriter(this.#plan);
    const headless = layout === "without header" && this.#plan.format.kind === "delimited";
    this.#writer = headless ? { ...writer, begin: () => Buffer.alloc(0) } : writer;
  }

  get count(): number {
    return this.#count;
  }

  begin(header: readonly string[]): void {
    this.#header = header;
  }

  async add(values: readonly string[]): Promise<void> {
    this.#count += 1;
    if (this.#stream === undefined) {
      this.#stream = createWriteStream(this.path);
      this.#stream.write(this.#writer.begin(this.#header));
    }
    const stream = this.#stream;
    if (stream.write(this.#writer.row(values))) return;
    await new Promise<void>((resolve) => stream.once("drain", resolve));
  }

  /** Ends the file; there is one only if a row was added. */
  async end(): Promise<void> {
    if (this.#stream === undefined) return;
    this.#stream.end(this.#writer.end());
    await finished(this.#stream);
    if (this.#plan.format.kind === "excel")
      await packSheet(this.path, this.#plan.sheetName.replace(/\$$/, ""));
  }

  async remove(): Promise<void> {
    await rm(this.path, { force: true });
  }
}

const plainCsv: DelimitedFormat = { kind: "delimited", name: "CSV", encoding: "utf-8", delimiter: "," };

const officeNamespace = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

/** Makes a workbook of a file that holds its sheet. */
async function packSheet(path: string, sheetName: string): Promise<void> {
  const sheet = `${path}.xlsx`;
  const archive = new ZipArchive();
  const relation = (type: string, target: string): string =>
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">' +
    `<Relationship Id="rId1" Type="${officeNamespace}/${type}" Target="${target}"/></Relationships>`;
  const parts: Readonly<Record<string, string>> = {
    "[Content_Types].xml":
      '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">' +
      '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>' +
      '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>' +
      '<Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>',
    "_rels/.rels": relation("officeDocument", "xl/workbook.xml"),
    "xl/_rels/workbook.xml.rels": relation("worksheet", "worksheets/sheet1.xml"),
    "xl/workbook.xml":
      `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="${officeNamespace}">` +
      `<sheets><sheet name="${escapeXml(sheetName || "Sheet1")}" sheetId="1" r:id="rId1"/></sheets></workbook>`,
  };
  for (const [name, text] of Object.entries(parts)) archive.append(text, { name });
  archive.append(createReadStream(path), { name: "xl/worksheets/sheet1.xml" });
  await Promise.all([archive.finalize(), pipeline(archive, createWriteStream(sheet))]);
  await pipeline(createReadStream(sheet), createWriteStream(path));
  await rm(sheet);
}
