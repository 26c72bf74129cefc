import path from "node:path";
import type { EntityCatalogue } from "../../entity/catalogue.ts";
import type { EntitySchema } from "../../entity/entity-schema.ts";
import { DmfpipeError } from "../../errors/dmfpipe-error.ts";
import { didYouMean } from "../../errors/suggestion.ts";
import type { ManifestEntity, ManifestOptions } from "../../package/manifest.ts";
import type { ContractRemark } from "../../package/member-reader.ts";
import type { ProjectOutline } from "../../project/project-outline.ts";
import { slug } from "../../sequence/slug.ts";
import { attachmentsOf, resourceNames } from "./attached-resources.ts";
import { compositeParts, type CompositePart } from "./composite-parts.ts";
import { dataFileOutline, dataFileSource, type DataFileSource } from "./data-file-source.ts";
import { entityTemplate, type EntityTemplate } from "./entity-template.ts";
import { openPackageContents, type PackageContents } from "./package-contents.ts";

export interface PullPackageOptions {
  readonly project: ProjectOutline;
  readonly catalogue: EntityCatalogue;
  /** Absolute path of a zip, a Manifest.xml or a folder with one. */
  readonly file: string;
  /** The same for people. */
  readonly shownAs: string;
  /** Only this entity, by its label in any case; default: all. */
  readonly entity?: string;
  /** Legal entity the data belongs to. */
  readonly company?: string;
  /** Where data files of a zip are unpacked to, absolute. */
  readonly dataFolder: string;
  /** Look at no more records of a data file than this. */
  readonly records: number;
  readonly signal: AbortSignal;
  /** Called for every mapping before anything is written; throws where it may not be. */
  readonly demandFree: (label: string) => void;
  /** As demandFree, for the data files that are to be unpacked: absolute paths. */
  readonly demandFreeData: (files: readonly string[]) => void;
}

/** A mapping that a package gives, and what it was made of. */
export interface PulledMapping extends EntityTemplate {
  readonly label: string;
  readonly source: DataFileSource;
  /** The data project has the entity switched off. */
  readonly disabled: boolean;
  /** The composite entity its records are nested in. */
  readonly composite?: string;
}

/** An entity of a package that no mapping can be made for yet. */
export interface UnknownEntity {
  readonly label: string;
  /** Empty where the manifest does not say it. */
  readonly aotName: string;
}

/** A package as the template of mappings. */
export interface PulledPackage {
  readonly dataProject: string;
  readonly description: string;
  readonly version: ManifestOptions["packageVersion"];
  readonly category: "Project" | "Configuration";
  readonly entities: number;
  readonly remarks: readonly ContractRemark[];
  readonly mappings: readonly PulledMapping[];
  /** Entities the catalogue does not have. */
  readonly unknown: readonly UnknownEntity[];
  readonly composites: readonly { readonly label: string; readonly parts: readonly CompositePart[] }[];
  /** Files of the package that its manifest does not name. */
  readonly strangers: readonly string[];
}

/**
 * Takes a package that F&O exported (or anybody made) as the template of mappings, one for each entity. Data files of a
 * zip are unpacked into the data folder; nothing else is written.
 *
 * Throws DMFP-PACKAGE-UNREADABLE, DMFP-USAGE for an entity the package does not have, DMFP-MAPPING-ENTITY where the
 * catalogue has none of its entities, DMFP-PATH-OUTSIDE, DMFP-FILE-WRITE, DMFP-INTERRUPTED, and what demandFree throws.
 */
export async function pullPackage(options: PullPackageOptions): Promise<PulledPackage> {
  const contents = await openPackageContents(options.file);
  try {
    return await new PackagePull(options, contents).run();
  } finally {
    await contents.close();
  }
}

/** Entities of a manifest that share a data file: one, unless it is that of a composite entity. */
type FileEntities = readonly [ManifestEntity, ...ManifestEntity[]];

class PackagePull {
  readonly #options: PullPackageOptions;
  readonly #contents: PackageContents;
  readonly #mappings: PulledMapping[] = [];
  readonly #unknown: UnknownEntity[] = [];
  readonly #composites: { label: string; parts: readonly CompositePart[] }[] = [];

  constructor(options: PullPackageOptions, contents: PackageContents) {
    this.#options = options;
    this.#contents = contents;
  }

  async run(): Promise<PulledPackage> {
    const { manifest, remarks } = this.#contents;
    const wanted = this.#wanted();
    for (const { label } of wanted) {
      if (this.#options.catalogue.find(label) !== undefined) this.#options.demandFree(label);
    }
    const files = await this.#place(wanted);
    for (const entities of sharingFiles(wanted)) await this.#pullFile(entities, files);
    this.#demandSomething(wanted);
    return {
      dataProject: manifest.project,
      description: manifest.description,
      version: manifest.packageVersion,
      category: manifest.projectCategory === 1 ? "Configuration" : "Project",
      entities: manifest.entities.length,
      remarks,
      mappings: this.#mappings,
      unknown: this.#unknown,
      composites: this.#composites,
      strangers: this.#strangers(),
    };
  }

  #wanted(): readonly ManifestEntity[] {
    const { entities } = this.#contents.manifest;
    const { entity: label, shownAs } = this.#options;
    if (entities.length === 0) {
      throw new DmfpipeError("DMFP-PACKAGE-UNREADABLE", `The manifest of ${shownAs} names no entities.`, {
        at: { file: shownAs },
        next: "Export the data project again; it has to have at least one entity.",
      });
    }
    if (label === undefined) return entities;
    const lower = label.trim().toLowerCase();
    const found = entities.filter((entity) => entity.label.toLowerCase() === lower);
    if (found.length > 0) return found;
    const labels = entities.map((entity) => entity.label);
    const some = labels.slice(0, 12).join(", ") + (labels.length > 12 ? ", …" : "");
    throw new DmfpipeError("DMFP-USAGE", `${shownAs} has no entity "${label}".${didYouMean(label, labels)}`, {
      next: `It has ${some}.`,
    });
  }

  /** Data files and attachments of the entities, on disk. */
  async #place(wanted: readonly ManifestEntity[]): Promise<ReadonlyMap<string, string>> {
    const { names, isZip } = this.#contents;
    const { dataFolder, signal, demandFreeData, catalogue } = this.#options;
    const known = wanted.filter(
      (entity) => isZip && (catalogue.find(entity.label) !== undefined || /\.xml$/i.test(entity.fileName)),
    );
    const some = (isZip ? known : wanted).flatMap((entity) => [
      ...names.filter((name) => name.toLowerCase() === entity.fileName.toLowerCase()),
      ...resourceNames(entity.label, names),
    ]);
    const files = [...new Set(some)];
    if (isZip) demandFreeData(files.map((name) => path.join(dataFolder, ...name.split("/"))));
    return await this.#contents.place(files, { folder: dataFolder, signal });
  }

  async #pullFile(entities: FileEntities, files: ReadonlyMap<string, string>): Promise<void> {
    const [first] = entities;
    const file = [...files].find(([name]) => name.toLowerCase() === first.fileName.toLowerCase())?.[1];
    const parts = file === undefined ? [] : await this.#partsOf(file, entities);
    if (parts.length > 0) {
      const entry =
        entities.find(({ label }) => !parts.some(({ schema }) => schema.label === label)) ?? first;
      this.#composites.push({ label: entry.label, parts });
      for (const part of parts) {
        this.#options.demandFree(part.schema.label);
        const own = entities.find(({ label }) => label === part.schema.label);
        await this.#pullEntity({ ...entry, ...own, label: entry.label }, part.schema, { file, files, part });
      }
      return;
    }
    for (const entity of entities) {
      const schema = this.#options.catalogue.find(entity.label);
      if (schema === undefined) this.#unknown.push({ label: entity.label, aotName: entity.aotName ?? "" });
      else await this.#pullEntity(entity, schema, { file, files });
    }
  }

  /** The entities nested in a data file, where several are. A file that cannot be read shows none. */
  async #partsOf(file: string, [first]: FileEntities): Promise<readonly CompositePart[]> {
    if (!/\.xml$/i.test(file)) return [];
    try {
      return compositeParts(await dataFileOutline(file, first.fileName), this.#options.catalogue);
    } catch (thrown) {
      if (thrown instanceof DmfpipeError && thrown.code.startsWith("DMFP-SOURCE-")) return [];
      throw thrown;
    }
  }

  async #pullEntity(
    entity: ManifestEntity,
    schema: EntitySchema,
    from: {
      readonly file: string | undefined;
      readonly files: ReadonlyMap<string, string>;
      readonly part?: CompositePart;
    },
  ): Promise<void> {
    const { project, records, signal, company, shownAs } = this.#options;
    const { manifest } = this.#contents;
    const { file, files, part } = from;
    const source: DataFileSource =
      file === undefined
        ? {
            kind: "none",
            why: `${entity.fileName === "" ? "a data file" : entity.fileName} is not in ${shownAs}`,
          }
        : await dataFileSource({
            project,
            path: file,
            sourceFormat: entity.sourceFormat,
            aotName: schema.aotName,
            ...(part === undefined ? {} : { part }),
            records,
            signal,
          });
    const made = entityTemplate({
      project,
      entity,
      schema,
      source,
      expectedFile: `extracts/${slug(schema.label, "extract")}.csv`,
      origin: `${shownAs} (data project ${manifest.project})`,
      part: part !== undefined,
      ...(company === undefined ? {} : { company }),
    });
    const attached = attachmentsOf({ label: entity.label, files, project, source, template: made });
    this.#mappings.push({
      ...attached,
      label: schema.label,
      source,
      disabled: entity.disabled === true,
      ...(part === undefined ? {} : { composite: entity.label }),
    });
  }

  #demandSomething(wanted: readonly ManifestEntity[]): void {
    if (this.#mappings.length > 0) return;
    const labels = this.#unknown.map(({ label }) => label);
    const hint = labels.length === 1 ? didYouMean(labels[0] ?? "", this.#options.catalogue.labels()) : "";
    const what =
      wanted.length === 1 ? `the entity ${labels[0] ?? ""}` : `any of its ${wanted.length} entities`;
    throw new DmfpipeError("DMFP-MAPPING-ENTITY", `The catalogue does not have ${what}.${hint}`, {
      at: { file: this.#options.shownAs },
      next: `Fetch what your environment says of them with: dmfpipe schema pull ${labels
        .slice(0, 5)
        .map((label) => JSON.stringify(label))
        .join(" ")}`,
    });
  }

  #strangers(): readonly string[] {
    const { names, isZip, manifest } = this.#contents;
    // Beside a Manifest.xml on disk may lie anything.
    if (!isZip) return [];
    const known = new Set([
      "manifest.xml",
      "packageheader.xml",
      ...manifest.entities.map(({ fileName }) => fileName.toLowerCase()),
    ]);
    const resources = new Set(manifest.entities.flatMap(({ label }) => resourceNames(label, names)));
    return names.filter((name) => !known.has(name.toLowerCase()) && !resources.has(name));
  }
}

/** The entities in groups that name the same data file, in the order of the manifest. */
function sharingFiles(entities: readonly ManifestEntity[]): FileEntities[] {
  const groups = new Map<string, [ManifestEntity, ...ManifestEntity[]]>();
  for (const [index, entity] of entities.entries()) {
    const key = entity.fileName === "" ? `\0${index}` : entity.fileName.toLowerCase();
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [entity]);
    else group.push(entity);
  }
  return [...groups.values()];
}
