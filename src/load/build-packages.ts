import path from "node:path";
import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import { interrupted } from "../errors/interruption.ts";
import { dataFileName, dataProjectName } from "../package/file-name.ts";
import { PackageWriter } from "../package/package-writer.ts";
import { executionId, packageKey } from "../sequence/package-key.ts";
import { defaultPackageLimits, isFull } from "../sequence/split.ts";
import type { BuildCounts, LedgerPackage, PackageCounts } from "./ledger.ts";
import type { PlannedLoad } from "./load-plan.ts";
import { OwnRejections } from "./own-rejections.ts";
import { EntityReader, type Verdict } from "./read-entity.ts";
import type { ReferenceCheck } from "./reference-check.ts";
import { RowIndexWriter } from "./row-index.ts";
import type { RunFolder } from "./run-folder.ts";
import type { LoadEvent } from "./run-log.ts";

export type NewPackage = Omit<LedgerPackage, keyof PackageCounts | "state" | "environmentStatus" | "message">;

export interface BuildOptions {
  readonly planned: PlannedLoad;
  readonly run: string;
  /** Name of the project in project.yaml; data projects in F&O are named after it. */
  readonly project: string;
  readonly folder: RunFolder;
  readonly recordsPerPackage: number;
  /** Legal entities that may be written to; absent: all. */
  readonly writes: ReadonlySet<string> | undefined;
  readonly signal: AbortSignal | undefined;
  readonly log: (event: LoadEvent) => void;
  /** Checks references between records and to the environment (`check`). */
  readonly references?: ReferenceCheck;
  /** false: judge only, write no packages (`check`). */
  readonly write: boolean;
}

export interface BuiltEntity {
  readonly packages: readonly NewPackage[];
  readonly counts: readonly BuildCounts[];
}

const progressEvery = 2_000;

/**
 * Reads all sources of one entity and writes its packages: one legal entity each, split by size. Records that
 * dmfpipe refuses itself go to the entity's own rejections.
 *
 * Throws DMFP-SOURCE-* when a source turns out to be invalid as a whole, DMFP-COMPANY-NOT-WRITABLE,
 * DMFP-FILE-WRITE and DMFP-INTERRUPTED. Packages that were begun are then removed again.
 */
export async function buildEntity(options: BuildOptions): Promise<BuiltEntity> {
  const { planned, folder, log, signal } = options;
  const reader = new EntityReader(planned, options.references);
  const own = new OwnRejections(planned, folder.ownRejections(planned.position));
  const packages = new PackageSet(options);
  let records = 0;
  let rejected = 0;
  const report = (bytes: number, finished: boolean): void => {
    log({ kind: "reading", entity: planned.schema.label, records, rejected, bytes, finished });
  };
  try {
    let bytes = 0;
    for (const [fileNumber, source] of planned.sources.entries()) {
      let fileBytes = 0;
      for await (const items of source.source.batches()) {
        if (signal?.aborted === true) throw interrupted();
        for (const item of items) {
          const verdict = reader.judge(source, item);
          records++;
          fileBytes = item.position.byteOffset + item.position.byteLength;
          if (verdict.kind === "packaged") {
            const wait = packages.add(verdict, fileNumber);
            if (wait !== undefined) await wait;
          } else if (verdict.kind === "rejected") {
            rejected++;
            await own.write(source, verdict.rejection);
          }
          if (records % progressEvery === 0) report(bytes + fileBytes, false);
        }
      }
      bytes += fileBytes;
    }
    await own.close();
    const built = await packages.close();
    report(bytes, true);
    warnOfUnseenPaths(planned, log);
    return { packages: built, counts: countsOf(planned, reader) };
  } catch (thrown) {
    await own.abort();
    await packages.abort();
    throw thrown;
  }
}

/** A path no record has is most likely misspelt, but a nightly extract may also just lack an optional element. */
function warnOfUnseenPaths(planned: PlannedLoad, log: (event: LoadEvent) => void): void {
  for (const { name, source } of planned.sources) {
    for (const column of source.neverSeen()) {
      log({
        kind: "warning",
        text: `no record of ${name} has ${column}, which ${planned.definition.file} reads`,
      });
    }
  }
}

function countsOf(planned: PlannedLoad, reader: EntityReader): BuildCounts[] {
  const companies = [...reader.counts].sort(([a], [b]) => (a < b ? -1 : 1));
  // A source without records is counted too: who looks for the entity must find it, with zeros.
  if (companies.length === 0) {
    companies.push([
      planned.mapping.onlyLegalEntity ?? "",
      { read: 0, filtered: 0, rejectedHere: 0, packaged: 0 },
    ]);
  }
  return companies.map(([legalEntity, counts], index) => ({
    position: planned.position,
    entity: planned.schema.label,
    legalEntity,
    ...counts,
    // The sums are of the whole extract, so they stand once, with the first row of the entity.
    controlTotals: index === 0 ? reader.controlTotals.texts() : {},
  }));
}

interface OpenPackage {
  readonly key: string;
  readonly writer: PackageWriter;
  readonly rows: RowIndexWriter;
}

/** The packages of one entity that are being written: one open package per legal entity. */
class PackageSet {
  readonly #options: BuildOptions;
  readonly #open = new Map<string, OpenPackage>();
  readonly #parts = new Map<string, number>();
  readonly #built: { readonly part: number; readonly pack: Omit<NewPackage, "position"> }[] = [];

  constructor(options: BuildOptions) {
    this.#options = options;
  }

  /** Adds a record to the package of its legal entity. Returns a promise where the caller has to wait. */
  add(verdict: Extract<Verdict, { kind: "packaged" }>, fileNumber: number): Promise<void> | undefined {
    const { legalEntity } = verdict;
    this.#assertWritable(legalEntity);
    if (!this.#options.write) return undefined;
    const open = this.#open.get(legalEntity);
    const limits = { ...defaultPackageLimits, records: this.#options.recordsPerPackage };
    if (open === undefined || isFull(open.writer, limits)) return this.#addToNew(verdict, fileNumber);
    return bothWaits(open.rows.add(verdict.position, fileNumber), open.writer.write(verdict.values));
  }

  async close(): Promise<readonly NewPackage[]> {
    for (const legalEntity of [...this.#open.keys()].sort()) await this.#closeOne(legalEntity);
    // Not by key: a thousandth part would sort before the second.
    this.#built.sort((a, b) =>
      a.pack.legalEntity === b.pack.legalEntity
        ? a.part - b.part
        : a.pack.legalEntity < b.pack.legalEntity
          ? -1
          : 1,
    );
    const first = this.#options.planned.position * 1_000_000;
    return this.#built.map(({ pack }, index) => ({ ...pack, position: first + index }));
  }

  async abort(): Promise<void> {
    for (const { writer, rows } of this.#open.values()) {
      await writer.abort();
      await rows.abort();
    }
  }

  async #addToNew(verdict: Extract<Verdict, { kind: "packaged" }>, fileNumber: number): Promise<void> {
    const { planned, folder, project } = this.#options;
    const { schema, mapping, place, position } = planned;
    const { legalEntity } = verdict;
    await this.#closeOne(legalEntity);
    const part = (this.#parts.get(legalEntity) ?? 0) + 1;
    this.#parts.set(legalEntity, part);
    const key = packageKey({ position, entity: schema.label, legalEntity, part });
    const writer = await PackageWriter.open({
      folder: folder.packages,
      fileName: path.basename(folder.packageFile(key)),
      project: dataProject(project, schema.label, legalEntity),
      description: `${project}: ${schema.label} ${legalEntity}`,
      schema,
      fields: mapping.targetFields,
      executionUnit: place.executionUnit,
      level: place.level,
      sequence: place.sequence,
    });
    const open = { key, writer, rows: await RowIndexWriter.open(folder.rowIndexFile(key)) };
    this.#open.set(legalEntity, open);
    await bothWaits(open.rows.add(verdict.position, fileNumber), writer.write(verdict.values));
  }

  async #closeOne(legalEntity: string): Promise<void> {
    const open = this.#open.get(legalEntity);
    if (open === undefined) return;
    const { planned, run, project } = this.#options;
    const { schema } = planned;
    await open.rows.close();
    const built = await open.writer.close();
    this.#open.delete(legalEntity);
    const name = dataProject(project, schema.label, legalEntity);
    const pack = {
      key: open.key,
      entity: schema.label,
      legalEntity,
      dataProject: name,
      file: path.posix.join("packages", built.fileName),
      dataFile: dataFileName(schema.label, ".csv"),
      sha256: built.sha256,
      sizeBytes: built.sizeBytes,
      records: built.records,
      executionId: executionId({ project: name, run, packageKey: open.key, packageSha256: built.sha256 }),
    };
    this.#built.push({ part: this.#parts.get(legalEntity) ?? 1, pack });
  }

  #assertWritable(legalEntity: string): void {
    const { writes, planned } = this.#options;
    if (writes === undefined || writes.has(legalEntity)) return;
    throw new DmfpipeError(
      "DMFP-COMPANY-NOT-WRITABLE",
      `${planned.definition.file} makes records for ${legalEntity}; only ${[...writes].join(", ")} may be written here.`,
      { at: { file: planned.definition.file } },
    );
  }
}

/** One data project per entity and company: stable, so that F&O does not fill up with projects. */
function dataProject(project: string, entity: string, legalEntity: string): string {
  return dataProjectName(`${project}-${legalEntity}-${entity}`);
}

function bothWaits(a: Promise<void> | undefined, b: Promise<void> | undefined): Promise<void> | undefined {
  if (a === undefined) return b;
  if (b === undefined) return a;
  return Promise.all([a, b]).then(() => undefined);
}
