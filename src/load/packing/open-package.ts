import path from "node:path";
import {
  PackageWriter,
  type BuiltPackage,
  type PackageEntity,
  type PackageSettings,
} from "../../package/package-writer.ts";
import type { PickedRows } from "../../package/picked-rows.ts";
import type { Project } from "../../project/project.ts";
import { packageKey } from "../../sequence/package-key.ts";
import type { PackageFill } from "../../sequence/split.ts";
import type { PlannedLoad } from "../load-plan.ts";
import type { Verdict } from "../reading/read-entity.ts";
import { RowIndexWriter } from "../reading/row-index.ts";
import type { StraightRows } from "../reading/straight-rows.ts";
import type { RunFolder } from "../run-folder.ts";
import { packageProject } from "../sending/package-project.ts";
import { AttachedFiles } from "./attached-files.ts";
import type { Packaging } from "./packaging.ts";
import { passColumns, passFieldMappings } from "./pass-fields.ts";

/** A record that is to be packed. */
export type PackagedVerdict = Extract<Verdict, { kind: "packaged" }>;

/** An entity, and how it is packed. */
export interface PackedEntity {
  readonly planned: PlannedLoad;
  readonly packaging: Packaging;
}

/** Which of the packages of a run one is. */
export interface PackagePlace {
  readonly legalEntity: string;
  /** Of the packages of its legal entity, 1-based. */
  readonly part: number;
  /** See package-waves.ts. */
  readonly wave: number;
}

/** What all packages of a run have in common. */
interface PackageRun {
  readonly project: Project;
  readonly folder: RunFolder;
  /** 2: packages of second passes. Absent: the first. */
  readonly pass?: 2;
}

/** A package that is being written, and beside it where each of its rows comes from. */
export class OpenPackage {
  readonly place: PackagePlace;
  readonly key: string;
  readonly dataProject: string;
  readonly #run: PackageRun;
  readonly #writer: PackageWriter;
  #planned: PlannedLoad;
  #rows: RowIndexWriter;
  #attached: AttachedFiles | undefined;
  /** Positions of the values that go into the file; undefined: all. */
  #columns: readonly number[] | undefined;

  private constructor(
    run: PackageRun,
    about: {
      readonly place: PackagePlace;
      readonly key: string;
      readonly dataProject: string;
      readonly planned: PlannedLoad;
    },
    files: { readonly writer: PackageWriter; readonly rows: RowIndexWriter },
  ) {
    const { place, key, dataProject, planned } = about;
    this.#run = run;
    this.place = place;
    this.key = key;
    this.dataProject = dataProject;
    this.#writer = files.writer;
    this.#planned = planned;
    this.#rows = files.rows;
    this.#attached = attachedFiles(run.project, planned);
    this.#columns = passColumns(planned);
  }

  /** Begins a package with its first entity. Throws what PackageWriter and RowIndexWriter throw. */
  static async open(run: PackageRun, place: PackagePlace, entity: PackedEntity): Promise<OpenPackage> {
    const { project, folder, pass } = run;
    const { legalEntity, part } = place;
    const { planned } = entity;
    const { label } = planned.schema;
    const all = project.packages.entities === "all";
    const key = packageKey({
      position: all ? (pass ?? 1) : planned.position,
      entity: [all ? project.name : label, ...(pass === undefined ? [] : ["second pass"])].join(" "),
      legalEntity,
      part,
    });
    const dataProject = packageProject(project, { legalEntity, label, pass });
    const settings: PackageSettings = {
      folder: folder.packages,
      fileName: path.basename(folder.packageFile(key)),
      project: dataProject,
      description: [
        `${project.name}:`,
        ...(all ? [] : [label]),
        legalEntity,
        ...(pass === undefined ? [] : ["(second pass)"]),
      ].join(" "),
      packageVersion: project.packages.version,
      projectCategory: project.packages.category === "Configuration" ? 1 : 0,
    };
    const writer = await PackageWriter.open({ ...settings, ...packageEntity(entity) });
    const rows = await RowIndexWriter.open(folder.rowIndexFile(key, planned.position));
    return new OpenPackage(run, { place, key, dataProject, planned }, { writer, rows });
  }

  /** The entity whose records are being added. */
  get planned(): PlannedLoad {
    return this.#planned;
  }

  /** What it holds so far. */
  get fill(): PackageFill {
    return this.#writer;
  }

  /** Ends the entity before, and begins the next one. */
  async nextEntity(entity: PackedEntity): Promise<void> {
    const { planned } = entity;
    const { project, folder } = this.#run;
    await this.#endEntity();
    await this.#writer.nextEntity(packageEntity(entity));
    this.#planned = planned;
    this.#columns = passColumns(planned);
    this.#rows = await RowIndexWriter.open(folder.rowIndexFile(this.key, planned.position));
    this.#attached = attachedFiles(project, planned);
  }

  /** Adds a record. Returns a promise where the caller has to wait. */
  add({ values, position }: PackagedVerdict, fileNumber: number): Promise<void> | undefined {
    this.#attached?.note(values);
    const columns = this.#columns;
    const written = columns === undefined ? values : columns.map((column) => values[column] ?? "");
    return bothWaits(this.#rows.add(position, fileNumber), this.#writer.write(written));
  }

  /** How many of these records go in before `fill` has to be looked at again; see EntityFile. */
  fitting(straight: StraightRows, picked: PickedRows): number {
    return this.#writer.fitting(straight.rows, picked);
  }

  /** Adds records that went straight, no more than are fitting. Returns a promise where the caller has to wait. */
  addRows(straight: StraightRows, picked: PickedRows, fileNumber: number): Promise<void> | undefined {
    return bothWaits(
      this.#rows.addRecords(straight.records, picked, fileNumber),
      this.#writer.writeRows(straight.rows, picked),
    );
  }

  /** Completes the package. Throws what PackageWriter.close throws; what was begun is then removed. */
  async close(): Promise<BuiltPackage> {
    try {
      await this.#endEntity();
      return await this.#writer.close();
    } catch (thrown) {
      await this.abort();
      throw thrown;
    }
  }

  /** Gives up what was begun. */
  async abort(): Promise<void> {
    await this.#writer.abort();
    await this.#rows.abort();
  }

  /** The rows of the current entity are complete. */
  async #endEntity(): Promise<void> {
    await this.#rows.close();
    for (const file of this.#attached?.files() ?? []) await this.#writer.attach(file);
  }
}

function packageEntity({ planned, packaging }: PackedEntity): PackageEntity {
  const { schema, place } = planned;
  const { executionUnit, level, sequence } = place;
  const { format, settings } = packaging;
  const fields = passFieldMappings(planned, packaging.fields);
  return { schema, fields, format, executionUnit, level, sequence, ...settings };
}

/** Files go with the record itself, so with its first pass. */
function attachedFiles(project: Project, planned: PlannedLoad): AttachedFiles | undefined {
  return planned.pass === 2 ? undefined : AttachedFiles.of(project, planned);
}

function bothWaits(a: Promise<void> | undefined, b: Promise<void> | undefined): Promise<void> | undefined {
  if (a === undefined) return b;
  if (b === undefined) return a;
  return Promise.all([a, b]).then(() => undefined);
}
