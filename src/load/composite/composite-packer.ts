import path from "node:path";
import { interrupted } from "../../errors/interruption.ts";
import { fileColumns } from "../../package/field-map.ts";
import { recordElement } from "../../package/xml-format.ts";
import {
  CompositePackageWriter,
  type CompositePackageOptions,
  type CompositePackagePart,
} from "../../package/composite-package.ts";
import type { Project } from "../../project/project.ts";
import { executionId, packageKey } from "../../sequence/package-key.ts";
import { canaryLimits, defaultPackageLimits, isFull, type PackageLimits } from "../../sequence/split.ts";
import type { PlannedComposite } from "./composite-plan.ts";
import type { CompositeSpool, SpooledRecord } from "./composite-spool.ts";
import type { NewPackage } from "../ledger/ledger.ts";
import type { PlannedLoad } from "../load-plan.ts";
import { packageProject } from "../sending/package-project.ts";
import { packagingOf } from "../packing/packaging.ts";
import { RowIndexWriter } from "../reading/row-index.ts";
import type { RunFolder } from "../run-folder.ts";

export interface PackerOptions {
  readonly project: Project;
  readonly run: string;
  readonly folder: RunFolder;
  readonly signal: AbortSignal | undefined;
  /** How many records of each legal entity go into a package of their own, ahead of the rest. */
  readonly canary?: number | undefined;
  readonly composite: PlannedComposite;
  /** By the label of a part: its place in the load. */
  readonly planned: ReadonlyMap<string, PlannedLoad>;
}

interface OpenPackage {
  readonly key: string;
  readonly dataProject: string;
  readonly legalEntity: string;
  readonly canary: boolean;
  readonly writer: CompositePackageWriter;
  /** By the number of the part; undefined for one that nothing is loaded into. */
  readonly rows: readonly (RowIndexWriter | undefined)[];
}

/**
 * Packs the documents of a composite entity from its spool: packages of one legal entity each, which end between
 * documents. Each record's position goes into the row index of its part, in the order in which the records stand in the
 * file.
 */
export class CompositePacker {
  readonly #options: PackerOptions;
  readonly #limits: PackageLimits;
  readonly #below: readonly (readonly number[])[];
  #open: OpenPackage | undefined;

  constructor(options: PackerOptions) {
    const { composite, project } = options;
    const { definition, parts } = composite;
    const { records = project.packages.records, megabytes = project.packages.megabytes } = definition;
    this.#options = options;
    this.#limits = {
      records: records ?? defaultPackageLimits.records,
      dataSizeBytes: megabytes === undefined ? defaultPackageLimits.dataSizeBytes : megabytes * 1_000_000,
    };
    this.#below = parts.map((_, index) =>
      parts.flatMap(({ parent, empty }, child) => (parent === index && !empty ? [child] : [])),
    );
  }

  /** All packages, in the order in which they are to be sent. Throws DMFP-FILE-WRITE and DMFP-INTERRUPTED. */
  async pack(spool: CompositeSpool): Promise<Omit<NewPackage, "position">[]> {
    const packages: Omit<NewPackage, "position">[] = [];
    try {
      for (const legalEntity of spool.companies()) {
        let number = 0;
        for (const document of spool.documents(legalEntity)) {
          if (this.#options.signal?.aborted === true) throw interrupted();
          const limits = number === 1 ? canaryLimits(this.#limits, this.#options.canary) : this.#limits;
          if (this.#open !== undefined && isFull(this.#open.writer, limits))
            packages.push(await this.#close());
          this.#open ??= await this.#openPackage(legalEntity, ++number);
          await this.#write(this.#open, spool, { part: 0, record: document });
        }
        if (this.#open !== undefined) packages.push(await this.#close());
      }
      return packages;
    } catch (thrown) {
      await this.#abort();
      throw thrown;
    }
  }

  async #write(
    open: OpenPackage,
    spool: CompositeSpool,
    { part, record }: { readonly part: number; readonly record: SpooledRecord },
  ): Promise<void> {
    await open.rows[part]?.add(record.position, record.fileNumber);
    open.writer.begin(part, record.values);
    for (const child of this.#below[part] ?? []) {
      for (const inside of spool.inside(record.id, child)) {
        await this.#write(open, spool, { part: child, record: inside });
      }
    }
    await open.writer.end();
  }

  async #openPackage(legalEntity: string, number: number): Promise<OpenPackage> {
    const { project, folder, composite, planned } = this.#options;
    const { label } = composite;
    // Behind all its parts: that is when it is packed, and where it is sent.
    const position = Math.max(...[...planned.values()].map((entity) => entity.position));
    const key = packageKey({ position, entity: label, legalEntity, part: number });
    const dataProject = compositeProject(project, label, legalEntity);
    const writer = await CompositePackageWriter.open({
      folder: folder.packages,
      fileName: path.basename(folder.packageFile(key)),
      project: dataProject,
      description: compositeDescription(project, label, legalEntity),
      packageVersion: project.packages.version,
      projectCategory: project.packages.category === "Configuration" ? 1 : 0,
      ...this.#content(),
    });
    const rows: (RowIndexWriter | undefined)[] = [];
    const canary = number === 1 && this.#options.canary !== undefined;
    this.#open = { key, dataProject, legalEntity, canary, writer, rows };
    for (const part of composite.parts) {
      const at = planned.get(part.label)?.position;
      rows.push(at === undefined ? undefined : await RowIndexWriter.open(folder.rowIndexFile(key, at)));
    }
    return this.#open;
  }

  #content(): Pick<
    CompositePackageOptions,
    "label" | "aotName" | "format" | "manifest" | "parts" | "executionUnit" | "level" | "sequence"
  > {
    const { project, composite, planned } = this.#options;
    const { label, format, definition } = composite;
    const [root] = composite.parts;
    const { executionUnit = 1, level = 1, sequence = 1 } = planned.get(root?.label ?? "")?.place ?? {};
    const place = { executionUnit, level, sequence };
    return {
      label,
      aotName: definition.target ?? null,
      format,
      manifest: definition.manifest,
      ...place,
      ...definition.flags,
      parts: composite.parts.map((part, index): CompositePackagePart => {
        const own = planned.get(part.label);
        const packaging = own === undefined ? undefined : packagingOf(project, own);
        const fields = packaging?.fields ?? [];
        return {
          element: {
            label: part.label,
            element: elementName(project, part.aotName),
            parent: part.parent,
            columns: fileColumns(fields),
          },
          entity: {
            ...packaging?.settings,
            label: part.label,
            aotName: part.aotName,
            fields,
            ...place,
            sequence: sequence + 1 + index,
          },
        };
      }),
    };
  }

  async #close(): Promise<Omit<NewPackage, "position">> {
    const open = this.#open;
    if (open === undefined) throw interrupted();
    for (const rows of open.rows) await rows?.close();
    const built = await open.writer.close();
    this.#open = undefined;
    const { key, dataProject, legalEntity, canary } = open;
    const { run, composite } = this.#options;
    return {
      key,
      ...(canary ? { canary } : {}),
      legalEntity,
      dataProject,
      file: path.posix.join("packages", built.fileName),
      sha256: built.sha256,
      sizeBytes: built.sizeBytes,
      parts: composite.parts.flatMap(({ label, empty }, index) =>
        empty ? [] : [{ entity: label, dataFile: built.dataFile, records: built.records[index] ?? 0 }],
      ),
      executionId: executionId({ project: dataProject, run, packageKey: key, packageSha256: built.sha256 }),
    };
  }

  async #abort(): Promise<void> {
    for (const rows of this.#open?.rows ?? []) await rows?.abort();
    await this.#open?.writer.abort();
    this.#open = undefined;
  }
}

/** Name of the element of a record of an entity with this technical name. */
export function elementName(project: Project, aotName: string): string {
  return recordElement({ aotName }, project.packages.xmlEntityNames ?? "upper");
}

/** Name of the data project of a composite entity in a legal entity. */
export function compositeProject(project: Project, label: string, legalEntity: string): string {
  return packageProject(
    { ...project, packages: { ...project.packages, entities: "one" } },
    { legalEntity, label, pass: undefined },
  );
}

/** What the data project says of itself. */
export function compositeDescription(project: Project, label: string, legalEntity: string): string {
  return `${project.name}: ${label} ${legalEntity}`;
}
