import path from "node:path";
import { KeySet } from "../../entity/key-set.ts";
import { DmfpipeError } from "../../errors/dmfpipe-error.ts";
import { Mistakes } from "../../errors/mistakes.ts";
import { PickedRows } from "../../package/picked-rows.ts";
import type { Project } from "../../project/project.ts";
import { executionId } from "../../sequence/package-key.ts";
import { canaryLimits, PackageSplitter, type PackageFill } from "../../sequence/split.ts";
import { DocumentWatch } from "../reading/document-watch.ts";
import type { NewPackage } from "../ledger/ledger.ts";
import type { PlannedLoad } from "../load-plan.ts";
import { OpenPackage, type PackagedVerdict, type PackedEntity } from "./open-package.ts";
import { PackageWaves } from "./package-waves.ts";
import { packagingOf } from "./packaging.ts";
import type { StraightRows } from "../reading/straight-rows.ts";
import type { RunFolder } from "../run-folder.ts";
import type { LoadEvent } from "../run-log.ts";
import { assertWritable } from "../sending/writable-company.ts";

export interface PackageSetOptions {
  readonly project: Project;
  readonly run: string;
  readonly folder: RunFolder;
  /** Legal entities that may be written to; absent: all. */
  readonly writes: ReadonlySet<string> | undefined;
  /** false: judge only, write no packages (`check`). */
  readonly write: boolean;
  readonly log: (event: LoadEvent) => void;
  /** 2: packages of second passes. Absent: the first. */
  readonly pass?: 2;
  /** Packages the run has already: the next ones are counted from there. Default 0. */
  readonly packagesBefore?: number;
  /** How many records of each entity and legal entity go into a package of their own, ahead of the rest. */
  readonly canary?: number | undefined;
}

/**
 * Packages that may be on their way to the disk while the next ones are filled: of a full one the last pieces are
 * deflated, it is read back and synced, and nobody has to wait for that.
 */
const closingAtOnce = 2;

const noFill: PackageFill = { records: 0, dataSizeBytes: 0 };

/** The entity whose records are being added. */
interface CurrentEntity extends PackedEntity {
  readonly watch: DocumentWatch | undefined;
  /** By legal entity, as packages are. */
  readonly splitters: Map<string, PackageSplitter>;
}

/**
 * The packages of a run while they are written. Each is for one legal entity, and holds one entity, or by the
 * project's setting all of them in the order of loading; one package of each legal entity is open at a time. A full one
 * is closed and the next begun, in the middle of an entity where need be: packages of a legal entity are sent one after
 * the other, so the order of loading holds across them. Across legal entities it is package-waves.ts that sees to it.
 */
export class PackageSet {
  readonly options: PackageSetOptions;
  readonly #open = new Map<string, OpenPackage>();
  readonly #parts = new Map<string, number>();
  /** Full packages that are being completed, the oldest first. */
  readonly #closing: Promise<void>[] = [];
  readonly #built: {
    readonly wave: number;
    readonly part: number;
    readonly pack: Omit<NewPackage, "position">;
  }[] = [];
  #finished: NewPackage[] = [];
  #taken: number;
  /** Only where packages hold all entities. */
  readonly #waves: PackageWaves | undefined;
  /** Records by legal entity in the package that would be open, where none is written. */
  readonly #imagined = new Map<string, number>();
  readonly #mistakes = new Mistakes();
  #current: CurrentEntity | undefined;

  constructor(options: PackageSetOptions) {
    this.options = options;
    this.#taken = options.packagesBefore ?? 0;
    if (options.project.packages.entities === "all") this.#waves = new PackageWaves();
  }

  /** The next entity, in the order of loading. */
  beginEntity(planned: PlannedLoad): void {
    const packaging = packagingOf(this.options.project, planned);
    const { document } = packaging;
    // In a second pass there is nothing left to say about documents.
    const watch =
      document === undefined || planned.pass === 2
        ? undefined
        : new DocumentWatch({ planned, document, log: this.options.log });
    this.#current = { planned, packaging, watch, splitters: new Map() };
  }

  /** Adds a record to the package of its legal entity. Returns a promise where the caller has to wait. */
  add(verdict: PackagedVerdict, fileNumber: number): Promise<void> | undefined {
    const { legalEntity } = verdict;
    const current = this.#currentEntity();
    const fresh = this.#place(current, legalEntity, verdict);
    if (!this.options.write) {
      this.#imagine(legalEntity, fresh, 1);
      return undefined;
    }
    const open = this.#packageFor(current, legalEntity, fresh);
    if (!(open instanceof Promise)) return open.add(verdict, fileNumber);
    return open.then((fit) => fit.add(verdict, fileNumber));
  }

  /**
   * Adds records that went straight, from number `from` up to `to`; none of them is refused. They go where `add` would
   * put them, those of one legal entity at one go: the packages of another know nothing of them.
   */
  async addStraight(straight: StraightRows, from: number, to: number, fileNumber: number): Promise<void> {
    const current = this.#currentEntity();
    if (current.watch === undefined) {
      for (const [company, rows] of straight.byCompany(from, to)) {
        await this.#addRows(current, straight, {
          legalEntity: straight.companyNamed(company),
          rows,
          fileNumber,
        });
      }
      return;
    }
    for (let at = from; at < to; at++) {
      if (straight.isLeftOut(at)) continue;
      const record = { values: straight.valuesOf(at), position: straight.records.positionOf(at) };
      const rows = PickedRows.of(at);
      const legalEntity = straight.companyOf(at);
      await this.#addRows(current, straight, { legalEntity, rows, fileNumber, record });
    }
  }

  /** Adds rows of one legal entity. `record`: the only one, where documents are watched. */
  async #addRows(
    current: CurrentEntity,
    straight: StraightRows,
    added: {
      readonly legalEntity: string;
      readonly rows: PickedRows;
      readonly fileNumber: number;
      readonly record?: Pick<PackagedVerdict, "values" | "position">;
    },
  ): Promise<void> {
    const { legalEntity, fileNumber, record } = added;
    let part: PickedRows;
    for (let left = added.rows; left.count > 0; left = left.part(part.count)) {
      const fresh = this.#place(current, legalEntity, record);
      const room = record === undefined ? this.#roomFor(current, legalEntity, fresh) : 1;
      part = left.part(0, Math.min(left.count, Math.max(1, room)));
      if (!this.options.write) {
        this.#imagine(legalEntity, fresh, part.count);
        continue;
      }
      const found = this.#packageFor(current, legalEntity, fresh);
      const open = found instanceof Promise ? await found : found;
      part = part.part(0, open.fitting(straight, part));
      const wait = open.addRows(straight, part, fileNumber);
      if (wait !== undefined) await wait;
    }
  }

  /** No more records of the current entity. Says what is worth knowing about its documents. */
  async endEntity(): Promise<void> {
    const watch = this.#current?.watch;
    if (watch !== undefined)
      this.#mistakes.attempt(() => {
        watch.tell();
      });
    this.#current = undefined;
    if (this.options.project.packages.entities === "all") return;
    await this.#closeAll();
  }

  /** Takes packages that were built elsewhere: they are sent behind everything that was added before. */
  async insert(packages: readonly Omit<NewPackage, "position">[]): Promise<void> {
    await this.#closeAll();
    this.#finished.push(...packages.map((pack) => ({ ...pack, position: 0 })));
  }

  /**
   * Closes what is open; all packages in the order in which they are to be sent. Throws DMFP-DOCUMENT-TORN, for all
   * entities together.
   */
  async close(): Promise<readonly NewPackage[]> {
    await this.#closeAll();
    return this.take();
  }

  /** What was closed since this was last asked, in the order in which it is to be sent. Throws DMFP-DOCUMENT-TORN. */
  take(): readonly NewPackage[] {
    this.#mistakes.demandNone();
    const before = this.#taken;
    const packages = this.#finished.map((pack, index) => ({ ...pack, position: before + index + 1 }));
    this.#taken += packages.length;
    this.#finished = [];
    return packages;
  }

  async abort(): Promise<void> {
    await Promise.allSettled(this.#closing.splice(0));
    for (const open of this.#open.values()) await open.abort();
  }

  async #closeAll(): Promise<void> {
    for (const legalEntity of [...this.#open.keys()].sort()) await this.#closeOne(legalEntity);
    while (this.#closing.length > 0) await this.#closing.shift();
    this.#waves?.restart();
    // Not by key: a thousandth part would sort before the second.
    const order = this.#built
      .splice(0)
      .sort((a, b) => a.wave - b.wave || compare(a.pack.legalEntity, b.pack.legalEntity) || a.part - b.part);
    this.#finished.push(...order.map(({ pack }) => ({ ...pack, position: 0 })));
    // Numbers begin anew with each entity, and go on where packages hold all of them.
    if (this.options.project.packages.entities !== "all") this.#parts.clear();
  }

  /** Whether the next record of a legal entity goes into a new package. `record`: where documents are watched. */
  #place(
    current: CurrentEntity,
    legalEntity: string,
    record: Pick<PackagedVerdict, "values" | "position"> | undefined,
  ): boolean {
    assertWritable(this.options.writes, current.planned, legalEntity);
    const document = record === undefined ? undefined : current.watch?.documentOf(record.values);
    const wave = this.#waves?.begin(legalEntity, current.planned) === true;
    const fill = wave ? noFill : this.#fillOf(legalEntity);
    const { into, torn } = this.#splitter(current, legalEntity).place(fill, document);
    const fresh = wave || into === "a new one";
    if (record !== undefined) current.watch?.note(legalEntity, record, { torn, newPackage: fresh });
    return fresh;
  }

  /** How many records, the one that was placed included, may go where that goes, if they belong to no documents. */
  #roomFor(current: CurrentEntity, legalEntity: string, fresh: boolean): number {
    return this.#splitter(current, legalEntity).roomFor(fresh ? noFill : this.#fillOf(legalEntity));
  }

  #imagine(legalEntity: string, fresh: boolean, records: number): void {
    this.#imagined.set(legalEntity, (fresh ? 0 : (this.#imagined.get(legalEntity) ?? 0)) + records);
  }

  /** The open package of a legal entity, ready for records of the current entity. */
  #packageFor(
    current: CurrentEntity,
    legalEntity: string,
    fresh: boolean,
  ): OpenPackage | Promise<OpenPackage> {
    const open = this.#open.get(legalEntity);
    if (open === undefined || fresh) return this.#newPackage(current, legalEntity);
    return open.planned === current.planned ? open : this.#asNextEntity(open, current);
  }

  async #newPackage(current: CurrentEntity, legalEntity: string): Promise<OpenPackage> {
    await this.#closeOne(legalEntity);
    const part = (this.#parts.get(legalEntity) ?? 0) + 1;
    this.#parts.set(legalEntity, part);
    const wave = this.#waves?.of(legalEntity) ?? 0;
    const open = await OpenPackage.open(this.options, { legalEntity, part, wave }, current);
    this.#open.set(legalEntity, open);
    return open;
  }

  async #asNextEntity(open: OpenPackage, current: CurrentEntity): Promise<OpenPackage> {
    await open.nextEntity(current);
    return open;
  }

  /** What the open package holds. Without packages only records are counted: nothing knows what they take as bytes. */
  #fillOf(legalEntity: string): PackageFill {
    if (this.options.write) return this.#open.get(legalEntity)?.fill ?? noFill;
    return { records: this.#imagined.get(legalEntity) ?? 0, dataSizeBytes: 0 };
  }

  /** Begins to complete the open package of a legal entity. Throws what went wrong with one before it. */
  async #closeOne(legalEntity: string): Promise<void> {
    const open = this.#open.get(legalEntity);
    if (open === undefined) return;
    if (this.#closing.length >= closingAtOnce) await this.#closing.shift();
    this.#open.delete(legalEntity);
    const completed = this.#complete(open);
    // Heard by whoever waits for it.
    completed.catch(() => undefined);
    this.#closing.push(completed);
  }

  async #complete(open: OpenPackage): Promise<void> {
    const built = await open.close();
    const { key, dataProject } = open;
    const { legalEntity, part, wave } = open.place;
    const { run, pass, canary } = this.options;
    const pack = {
      key,
      ...(pass === undefined ? {} : { pass }),
      ...(pass === undefined && part === 1 && canary !== undefined ? { canary: true as const } : {}),
      legalEntity,
      dataProject,
      file: path.posix.join("packages", built.fileName),
      sha256: built.sha256,
      sizeBytes: built.sizeBytes,
      parts: built.entities.map(({ label, dataFile, records }) => ({ entity: label, dataFile, records })),
      executionId: executionId({ project: dataProject, run, packageKey: key, packageSha256: built.sha256 }),
    };
    this.#built.push({ wave, part, pack });
  }

  #splitter(current: CurrentEntity, legalEntity: string): PackageSplitter {
    let splitter = current.splitters.get(legalEntity);
    if (splitter === undefined) {
      const { limits } = current.packaging;
      const { canary, pass } = this.options;
      const first = pass === undefined ? canaryLimits(limits, canary) : limits;
      splitter = new PackageSplitter(limits, new KeySet(), first);
      current.splitters.set(legalEntity, splitter);
    }
    return splitter;
  }

  #currentEntity(): CurrentEntity {
    if (this.#current === undefined)
      throw new DmfpipeError("DMFP-BUG", "A record of no entity was to be packed.");
    return this.#current;
  }
}

function compare(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
