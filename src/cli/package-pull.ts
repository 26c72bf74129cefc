import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { EntityCatalogue } from "../entity/catalogue.ts";
import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import { ExitCode } from "../errors/exit-code.ts";
import { pullPackage, type PulledPackage } from "../load/template/pull-package.ts";
import { templateText } from "../mapping/propose/template-text.ts";
import { writeConfigFile } from "../project/config-file.ts";
import { withEntity } from "../project/entity-list.ts";
import { readProjectOutline, type ProjectOutline } from "../project/project-outline.ts";
import { resolveInside } from "../project/project-path.ts";
import { slug } from "../sequence/slug.ts";
import type { CommandContext } from "./command-context.ts";
import { refreshSchemas } from "./init.ts";
import { reportPull, type WrittenPull } from "./package-pull-report.ts";

/** The options of `package pull`, as the command line gives them. */
export interface PackagePullOptions {
  readonly entity?: string;
  readonly company?: string;
  readonly data?: string;
  readonly records: string;
  readonly out?: string;
  readonly add?: true;
  readonly force?: true;
}

/**
 * `package pull <package>`: takes a package that F&O exported as the template of mappings, one for each of its
 * entities. Exit code 2 when some of the entities are not in the catalogue (the others are written all the same).
 * Errors: DMFP-PACKAGE-UNREADABLE, DMFP-MAPPING-ENTITY, DMFP-FILE-EXISTS, DMFP-PATH-OUTSIDE, DMFP-USAGE.
 */
export async function packagePull(
  context: CommandContext,
  shownAs: string,
  options: PackagePullOptions,
): Promise<ExitCode> {
  const project = readProjectOutline(context.options.project, context.workingFolder);
  const targets = new MappingTargets(context, project, options);
  const dataFolder = dataFolderOf(context, { project, shownAs, wanted: options.data });
  const result = await pullPackage({
    project,
    catalogue: EntityCatalogue.of(project.root),
    file: path.resolve(context.workingFolder, shownAs),
    shownAs,
    dataFolder,
    records: whole(options.records),
    signal: context.signal,
    demandFree: (label) => {
      targets.fileFor(label);
    },
    demandFreeData: (files) => {
      for (const file of files) demandAbsent(project, file, options);
    },
    ...(options.entity === undefined ? {} : { entity: options.entity }),
    ...(options.company === undefined ? {} : { company: companyCode(options.company) }),
  });
  const written = write(context, project, { result, targets, options });
  reportPull(context, project, { shownAs, result, written });
  return result.unknown.length > 0 ? ExitCode.usage : ExitCode.ok;
}

function write(
  context: CommandContext,
  project: ProjectOutline,
  work: {
    readonly result: PulledPackage;
    readonly targets: MappingTargets;
    readonly options: PackagePullOptions;
  },
): readonly WrittenPull[] {
  const { result, targets, options } = work;
  const schema = path.join(project.root, ".dmfpipe", "schema", "mapping.schema.json");
  const rivals = listedEntities(project);
  const written: WrittenPull[] = [];
  for (const pulled of result.mappings) {
    const target = targets.fileFor(pulled.label);
    const folder = path.dirname(target ?? project.file);
    const text = templateText(pulled.template, path.relative(folder, schema).replaceAll(path.sep, "/"));
    if (target === undefined) {
      if (context.options.json !== true) context.print(text);
      written.push({ pulled, listed: false });
      continue;
    }
    writeConfigFile(target, text);
    const file = path.relative(project.root, target);
    const entry = path.relative(path.dirname(project.file), target).replaceAll(path.sep, "/");
    const rival = rivals.get(pulled.label);
    const there = project.entities.includes(entry);
    const other = rival !== undefined && rival !== entry ? rival : undefined;
    // What is switched off in F&O is not loaded unasked, and an entity has one mapping.
    const add = options.add === true && !pulled.disabled && other === undefined && !there;
    if (add) writeConfigFile(project.file, withEntity(readFileSync(project.file, "utf8"), entry));
    written.push({
      pulled,
      file,
      entry,
      listed: there || add,
      ...(other === undefined ? {} : { rival: other }),
    });
  }
  if (written.some(({ file }) => file !== undefined)) refreshSchemas(project.root);
  return written;
}

/** Entity → the mapping of it that project.yaml lists. A mapping that cannot be read is none; `check` says why. */
function listedEntities(project: ProjectOutline): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const entry of project.entities) {
    try {
      const content: unknown = parse(readFileSync(path.join(path.dirname(project.file), entry), "utf8"));
      if (typeof content === "object" && content !== null && "entity" in content) {
        found.set(String(content.entity), entry);
      }
    } catch {
      continue;
    }
  }
  return found;
}

/** Where the mappings go: `mappings/vendors.yaml` for Vendors V2, unless `--out` says otherwise. */
class MappingTargets {
  readonly #context: CommandContext;
  readonly #project: ProjectOutline;
  readonly #options: PackagePullOptions;
  readonly #files = new Map<string, string>();

  constructor(context: CommandContext, project: ProjectOutline, options: PackagePullOptions) {
    this.#context = context;
    this.#project = project;
    this.#options = options;
  }

  /**
   * The file for the mapping of an entity; undefined where it is printed only. The same entity gets the same file each
   * time. Throws DMFP-FILE-EXISTS unless --force is given, and DMFP-USAGE where --out would be for several mappings.
   */
  fileFor(label: string): string | undefined {
    const { out } = this.#options;
    if (out === "-") return undefined;
    const known = this.#files.get(label);
    if (known !== undefined) return known;
    if (out !== undefined && this.#files.size > 0) {
      throw new DmfpipeError(
        "DMFP-USAGE",
        "--out is for one mapping, and the package has several entities.",
        {
          next: "Name one of them with --entity, or leave --out away.",
        },
      );
    }
    const target = out === undefined ? this.#ownName(label) : this.#named(out);
    demandAbsent(this.#project, target, this.#options);
    this.#files.set(label, target);
    return target;
  }

  /** Which version of an entity it is, the mapping itself says, unless the package has several of them. */
  #ownName(label: string): string {
    const folder = path.dirname(this.#project.file);
    const short = path.join(folder, `${slug(label.replace(/ V\d+$/, ""), "mapping")}.yaml`);
    const taken = [...this.#files.values()].includes(short);
    return taken ? path.join(folder, `${slug(label, "mapping")}.yaml`) : short;
  }

  #named(out: string): string {
    const { root } = this.#project;
    return resolveInside({
      root,
      configured: path.resolve(this.#context.workingFolder, out),
      at: { file: out },
    });
  }
}

function demandAbsent(project: ProjectOutline, file: string, options: PackagePullOptions): void {
  if (!existsSync(file) || options.force === true) return;
  const shown = path.relative(project.root, file);
  throw new DmfpipeError("DMFP-FILE-EXISTS", `${shown} is there already.`, {
    at: { file: shown },
    next: "Overwrite it with --force, choose one entity with --entity, or look at the mappings with --out -",
  });
}

/** Where the data files of a zip go: a folder for each package, so that files of the same name do not meet. */
function dataFolderOf(
  context: CommandContext,
  named: { readonly project: ProjectOutline; readonly shownAs: string; readonly wanted: string | undefined },
): string {
  const { project, shownAs, wanted } = named;
  const { root, sourceRoots } = project;
  const own = path.join(root, "extracts", slug(path.basename(shownAs).replace(/\.zip$/i, ""), "package"));
  if (wanted === undefined) return own;
  const configured = path.resolve(context.workingFolder, wanted);
  return resolveInside({ root, sourceRoots, configured, at: { file: wanted } });
}

function companyCode(text: string): string {
  if (/^[A-Za-z0-9]{1,4}$/.test(text)) return text.toUpperCase();
  throw new DmfpipeError("DMFP-USAGE", `${text} is no legal entity: it has one to four letters or digits.`, {
    next: "Give the company's code, such as --company USMF",
  });
}

function whole(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new DmfpipeError("DMFP-USAGE", `--records wants a number of records, not ${text}.`, {
    next: "Leave it out, or give a number such as --records 5000",
  });
}
