import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { EntityCatalogue } from "../entity/catalogue.ts";
import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import { ExitCode } from "../errors/exit-code.ts";
import { findEntity, proposeFromSource, type SourceProposal } from "../load/schema/propose-from-source.ts";
import { mappingText } from "../mapping/propose/mapping-text.ts";
import { writeConfigFile } from "../project/config-file.ts";
import { withEntity } from "../project/entity-list.ts";
import { readProjectOutline, type ProjectOutline } from "../project/project-outline.ts";
import { resolveInside } from "../project/project-path.ts";
import { sourceEncodings, type SourceEncoding } from "../project/source-format.ts";
import { slug } from "../sequence/slug.ts";
import type { CommandContext } from "./command-context.ts";
import { proposalHead, reportProposal, type WrittenMapping } from "./init-mapping-report.ts";
import { refreshSchemas } from "./init.ts";

/** The options of `init mapping`, as the command line gives them. */
export interface InitMappingOptions {
  readonly encoding?: string;
  readonly delimiter?: string;
  readonly record?: string;
  readonly records: string;
  readonly out?: string;
  readonly force?: boolean;
  readonly add?: boolean;
}

/**
 * `init mapping <entity> <source>`: looks through an extract, proposes a mapping to the entity and writes it to
 * `mappings/<entity>.yaml` (or `--out`; `--out -` prints it). Errors beside those of the source: DMFP-FILE-EXISTS,
 * DMFP-MAPPING-ENTITY, DMFP-PATH-OUTSIDE, DMFP-USAGE.
 */
export async function initMapping(
  context: CommandContext,
  wanted: { readonly entity: string; readonly source: string },
  options: InitMappingOptions,
): Promise<ExitCode> {
  const project = readProjectOutline(context.options.project, context.workingFolder);
  const { encoding, delimiter } = sourceOptions(options);
  const schema = findEntity(EntityCatalogue.of(project.root), wanted.entity);
  // Before the source is read: that may take a while.
  const target =
    options.out === "-" ? undefined : freeFile(context, { project, label: schema.label, options });
  const found = await proposeFromSource({
    project,
    schema,
    source: path.resolve(context.workingFolder, wanted.source),
    ...(encoding === undefined ? {} : { encoding }),
    ...(delimiter === undefined ? {} : { delimiter }),
    ...(options.record === undefined ? {} : { record: options.record }),
    records: recordLimit(options.records),
    signal: context.signal,
  });
  const text = textOf(project, found, target);
  if (target === undefined) {
    if (context.options.json !== true) context.print(text);
    reportProposal(context, found, { listed: false });
    return ExitCode.ok;
  }
  writeConfigFile(target, text);
  refreshSchemas(project.root);
  reportProposal(context, found, list(project, target, options.add === true));
  return ExitCode.ok;
}

function textOf(project: ProjectOutline, found: SourceProposal, target: string | undefined): string {
  const schema = path.join(project.root, ".dmfpipe", "schema", "mapping.schema.json");
  const folder = path.dirname(target ?? project.file);
  const schemaPath = path.relative(folder, schema).replaceAll(path.sep, "/");
  return mappingText({
    proposal: found.proposal,
    source: found.settings,
    schemaPath,
    head: proposalHead(found),
  });
}

/** Sees to it that project.yaml lists the mapping, where that is wanted. */
function list(project: ProjectOutline, target: string, add: boolean): WrittenMapping {
  const file = path.relative(project.root, target);
  const entry = path.relative(path.dirname(project.file), target).replaceAll(path.sep, "/");
  if (project.entities.includes(entry)) return { file, entry, listed: true };
  if (!add) return { file, entry, listed: false };
  writeConfigFile(project.file, withEntity(readFileSync(project.file, "utf8"), entry));
  return { file, entry, listed: true };
}

/**
 * Where the mapping goes: `mappings/vendors.yaml` for Vendors V2 unless `--out` says otherwise (which version of an
 * entity it is, the mapping itself says). Throws DMFP-FILE-EXISTS, unless `--force` is given.
 */
function freeFile(
  context: CommandContext,
  wanted: {
    readonly project: ProjectOutline;
    readonly label: string;
    readonly options: InitMappingOptions;
  },
): string {
  const { project, label, options } = wanted;
  const name = `${slug(label.replace(/ V\d+$/, ""), "mapping")}.yaml`;
  const target =
    options.out === undefined
      ? path.join(path.dirname(project.file), name)
      : resolveInside({
          root: project.root,
          configured: path.resolve(context.workingFolder, options.out),
          at: { file: options.out },
        });
  const file = path.relative(project.root, target);
  if (existsSync(target) && options.force !== true) {
    throw new DmfpipeError("DMFP-FILE-EXISTS", `${file} is there already.`, {
      at: { file },
      next: "Name another file with --out, overwrite this one with --force, or look at the proposal with --out -",
    });
  }
  return target;
}

function sourceOptions(options: InitMappingOptions): {
  readonly encoding: SourceEncoding | undefined;
  readonly delimiter: string | undefined;
} {
  const { encoding, delimiter } = options;
  const known = sourceEncodings.find((name) => name === encoding?.toLowerCase());
  if (encoding !== undefined && known === undefined) {
    throw new DmfpipeError("DMFP-USAGE", `dmfpipe does not read the encoding ${encoding}.`, {
      next: `Use one of: ${sourceEncodings.join(", ")}.`,
    });
  }
  return { encoding: known, delimiter: /^(tab|\\t)$/i.test(delimiter ?? "") ? "\t" : delimiter };
}

function recordLimit(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new DmfpipeError("DMFP-USAGE", `--records wants a number of records, not ${text}.`, {
    next: "Leave it out, or give a number such as --records 5000",
  });
}
