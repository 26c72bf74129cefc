import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { EntityCatalogue } from "../src/entity/catalogue.ts";
import { planLoad, type PlannedLoad } from "../src/load/load-plan.ts";
import { packagingOf } from "../src/load/packing/packaging.ts";
import { EntityReader } from "../src/load/reading/read-entity.ts";
import { fileColumns } from "../src/package/field-map.ts";
import { EntityFile } from "../src/package/entity-file.ts";
import { PickedRows } from "../src/package/picked-rows.ts";
import { readProject, type Project } from "../src/project/project.ts";
import { csvDialect } from "../src/source/csv-dialect.ts";
import { csvHeader } from "../src/source/csv-header.ts";
import { CsvScanner, type ScannedItem } from "../src/source/csv-scanner.ts";
import { parsedWindow } from "../src/source/parsed-window.ts";
import { SourceFile } from "../src/source/source-file.ts";
import { windowReader } from "../src/source/window-reader.ts";
import type { SourceItem } from "../src/source/source-record.ts";
import type { WindowReader } from "../src/source/window-records.ts";
import { writeVendorProject } from "./vendor-project.ts";

/**
 * What staying on bytes gains, stage by stage: reading, mapping with checks and duplicates, writing. Each stage includes
 * those before it, once as csv-parse and the encoders of texts do it, once on bytes; all in turn, several times.
 * `node bench/csv-read.ts [--vendors N] [--rounds N] [--project FOLDER]`; of a project the first entity is read. The
 * numbers are MB of the source a second of this thread's own processor time, so that neighbours do not count.
 */
const { values: given } = parseArgs({
  options: {
    vendors: { type: "string", default: "100000" },
    rounds: { type: "string", default: "5" },
    project: { type: "string" },
  },
});
const scannedBytes = 32 * 1024;

interface Stage {
  readonly name: string;
  readonly run: () => Promise<unknown>;
  readonly speeds: number[];
}

const folder = given.project ?? (await mkdtemp(path.join(tmpdir(), "dmfpipe-bench-")));
try {
  if (given.project === undefined) await writeVendorProject(folder, Number(given.vendors));
  const project = readProject(path.join(folder, "mappings", "project.yaml"), folder);
  const [planned] = (await planLoad(project, EntityCatalogue.builtIn())).toSorted(
    (a, b) => b.mapping.targetFields.length - a.mapping.targetFields.length,
  );
  if (planned === undefined) throw new Error("The project has no entity.");
  const [source] = planned.sources;
  if (source === undefined) throw new Error("The entity has no source.");
  const file = await SourceFile.open(source.path, source.name);
  const stages = stagesOf(project, planned, file);
  for (let round = 0; round <= Number(given.rounds); round++) {
    for (const { run, speeds } of stages) {
      const before = process.threadCpuUsage();
      await run();
      const { user, system } = process.threadCpuUsage(before);
      // The first round is for the compiler.
      if (round > 0) speeds.push(file.sizeBytes / (user + system));
    }
  }
  for (const { name, speeds } of stages) {
    const sorted = speeds.toSorted((a, b) => a - b);
    const shown = [sorted[sorted.length >> 1], sorted[0], sorted.at(-1)].map((speed = 0) => speed.toFixed(0));
    process.stdout.write(
      `${name.padEnd(52)}${(shown[0] ?? "").padStart(6)} MB/s   (${shown[1] ?? ""} to ${shown[2] ?? ""})\n`,
    );
  }
} finally {
  if (given.project === undefined) await rm(folder, { recursive: true, force: true });
}

function stagesOf(project: Project, planned: PlannedLoad, file: SourceFile): Stage[] {
  const parsed = (dialect: Parameters<typeof parsedWindow>[1]) => (window: Buffer) =>
    parsedWindow(window, dialect);
  const touch = (item: ScannedItem): number => {
    if (item.kind === "record") return item.values.length;
    let values = 0;
    if (item.kind === "records") {
      for (let at = 0; at < item.count; at++) values += item.item(at).values.length;
    }
    return values;
  };
  const stage = (name: string, run: Stage["run"]): Stage => ({ name, run, speeds: [] });
  return [
    stage("file, chunks of 1 MiB", async () => {
      for await (const chunk of file.chunks(0)) if (chunk.length === 0) break;
    }),
    stage("read: places of all fields", () => read(file, planned, onBytes, () => 0)),
    stage("read: and their texts", () => read(file, planned, onBytes, touch)),
    stage("read: csv-parse", () => read(file, planned, parsed, touch)),
    stage("read, mapped, checked: on bytes", () =>
      judge(project, planned, { file, straight: true, write: false }),
    ),
    stage("read, mapped, checked: csv-parse, texts", () =>
      judge(project, planned, { file, straight: false, write: false }),
    ),
    stage("read, mapped, checked, written: on bytes", () =>
      judge(project, planned, { file, straight: true, write: true }),
    ),
    stage("read, mapped, checked, written: csv-parse, texts", () =>
      judge(project, planned, { file, straight: false, write: true }),
    ),
  ];
}

function onBytes(dialect: Parameters<typeof windowReader>[0]): WindowReader {
  return windowReader(dialect, true);
}

async function read(
  file: SourceFile,
  planned: PlannedLoad,
  readerOf: (dialect: Parameters<typeof parsedWindow>[1]) => WindowReader,
  use: (item: ScannedItem) => number,
): Promise<number> {
  const head = await file.head(1024 * 1024);
  const dialect = csvDialect(head, planned.definition.sourceFormat, file.name);
  const { columns, endByte, endLine } = csvHeader(head, dialect, file.name);
  const scanner = new CsvScanner({
    file: file.name,
    dialect,
    columns,
    fromByte: endByte,
    fromLine: endLine,
    reader: readerOf(dialect),
  });
  let used = 0;
  for await (const chunk of file.chunks(endByte, { passing: true })) {
    for (let at = 0; at < chunk.length; at += scannedBytes) {
      for (const items of scanner.windows(chunk.subarray(at, at + scannedBytes))) {
        for (const item of items) used += use(item);
      }
    }
  }
  for (const item of scanner.end()) used += use(item);
  return used;
}

async function judge(
  project: Project,
  planned: PlannedLoad,
  how: { readonly file: SourceFile; readonly straight: boolean; readonly write: boolean },
): Promise<number> {
  const [source] = planned.sources;
  if (source === undefined) return 0;
  const { format, fields } = packagingOf(project, planned);
  const reader = new EntityReader(planned, how.straight ? { rows: { format, wanted: [] } } : {});
  const data = new EntityFile(format, planned.schema, fileColumns(fields));
  const readerOf = how.straight
    ? onBytes
    : (dialect: Parameters<typeof parsedWindow>[1]) => (window: Buffer) => parsedWindow(window, dialect);
  const single = (item: SourceItem): number => {
    const verdict = reader.judge(source, item);
    if (verdict.kind !== "packaged" || !how.write) return 0;
    return data.add(verdict.values)?.length ?? 0;
  };
  return read(how.file, planned, readerOf, (item) => {
    if (item.kind !== "records") return single(item);
    let bytes = 0;
    for (let at = 0; at < item.count;) {
      const straight = reader.judgeStraight(source, item, at);
      const to = straight?.to ?? at + 1;
      for (; at < to; at++) {
        if (straight === undefined || straight.isRefused(at)) bytes += single(item.item(at));
        else if (how.write && straight.isGood(at)) {
          bytes += data.addRows(straight.rows, PickedRows.of(at))?.length ?? 0;
        }
      }
    }
    return bytes;
  });
}
