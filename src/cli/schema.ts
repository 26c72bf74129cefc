import path from "node:path";
import { PulledSchema, pulledSchemaPath } from "../entity/pulled-schema.ts";
import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import { ExitCode } from "../errors/exit-code.ts";
import { diffSchemas } from "../load/schema/diff-schemas.ts";
import { pullSchema } from "../load/schema/pull-schema.ts";
import { schemaBreaks } from "../load/reading/schema-breaks.ts";
import type { Project } from "../project/project.ts";
import { commandLine, loadOptions, openProject, type CommandContext } from "./command-context.ts";
import { connectionSource } from "./environment-session.ts";
import { formatCount } from "./number-text.ts";
import { breaksText, changesText, counted, mappedAt, pullText } from "./schema-text.ts";

/** Changes a pull shows of itself; `schema diff` shows all. */
const shownChanges = 40;

export interface SchemaPullOptions {
  readonly all?: true;
  readonly language: string;
}

/**
 * `schema pull`: fetches entity schemas into mappings/schema.json. Exit code 6 when a mapping is for an entity that
 * the environment does not have.
 */
export async function schemaPull(
  context: CommandContext,
  labels: readonly string[],
  { all, language }: SchemaPullOptions,
): Promise<ExitCode> {
  if (all === true && labels.length > 0) {
    throw new DmfpipeError("DMFP-USAGE", "--all pulls every entity; it goes without labels.");
  }
  const { json, quiet } = context.options;
  const project = openProject(context);
  const before = PulledSchema.ofProject(project.root);
  const options = loadOptions(context, project, () => undefined);
  const connection = connectionSource(options, context.variables);
  const result = await pullSchema({ ...options, connection, labels, all: all === true, language }, (pull) => {
    if (json !== true && quiet !== true) context.tell(pullText(pull));
  });
  const after = PulledSchema.ofProject(project.root);
  const breaks = await schemaBreaks(project, before, after);
  const mapped = new Set(project.mappings.map((mapping) => mapping.entity.value));
  const missing = result.entities.filter(
    ({ outcome, entity }) => outcome === "unknown" && mapped.has(entity),
  );
  if (json === true) {
    const broken = breaks.broken.map(mistakeValue);
    context.print(`${JSON.stringify({ ...result, broken }, null, 2)}\n`);
  } else if (quiet !== true) {
    context.print(changesText(result.changes, project, shownChanges));
    context.print(breaksText(breaks));
    const pulled = result.entities.filter(({ outcome }) => outcome === "pulled").length;
    const count = `${formatCount(pulled)} ${pulled === 1 ? "entity" : "entities"}`;
    const from = result.application === undefined ? "" : ` (application ${result.application})`;
    context.tell(
      result.written
        ? `${result.file}: ${count} of ${result.environment}${from}. Commit it with the project.\n`
        : `${result.file} is up to date: nothing changed in ${result.environment} since ${before?.head.pulledAt ?? ""}.\n`,
    );
    context.tell(`Next: ${commandLine("check", context.variables)}\n`);
  }
  return missing.length > 0 ? ExitCode.refused : ExitCode.ok;
}

/**
 * `schema diff [old] [new]`: what changed, and which mappings it breaks. Two files: from the first to the second. One:
 * from the project's schemas to the file. None: from the catalogue that comes with dmfpipe to the project's schemas.
 * Exit code 2 when a mapping that was right is wrong with the new schemas.
 */
export async function schemaDiff(
  context: CommandContext,
  old: string | undefined,
  now: string | undefined,
): Promise<ExitCode> {
  const { json, quiet } = context.options;
  const project = openProject(context);
  const { before, after } = filesToCompare(context, project, old, now);
  const changes = diffSchemas(before, after);
  const breaks = await schemaBreaks(project, before, after);
  if (json === true) {
    const placed = changes.map((change) => ({ ...change, mappedAt: mappedAt(project, change) }));
    const [broken, already] = [breaks.broken.map(mistakeValue), breaks.already.map(mistakeValue)];
    const heads = { before: before?.head, after: after.head };
    context.print(`${JSON.stringify({ ...heads, changes: placed, broken, already }, null, 2)}\n`);
  } else {
    if (quiet !== true || breaks.broken.length > 0) {
      context.print(changesText(changes, project));
      context.print(breaksText(breaks));
    }
    if (quiet !== true) {
      const verdict =
        breaks.broken.length === 0
          ? "no mapping breaks"
          : `${counted(breaks.broken.length, "mistake")} in mappings to correct`;
      context.tell(
        `${changes.length === 0 ? "Nothing changed" : counted(changes.length, "change")}; ${verdict}.\n`,
      );
    }
    if (breaks.broken.length > 0) context.tell(`Next: ${commandLine("check", context.variables)}\n`);
  }
  return breaks.broken.length > 0 ? ExitCode.usage : ExitCode.ok;
}

function mistakeValue({ code, message, at, next }: DmfpipeError): object {
  return { code, message, at, next };
}

function filesToCompare(
  context: CommandContext,
  project: Project,
  old: string | undefined,
  now: string | undefined,
): { before: PulledSchema | undefined; after: PulledSchema } {
  const read = (file: string): PulledSchema =>
    PulledSchema.read(path.resolve(context.workingFolder, file), file);
  if (old !== undefined && now !== undefined) return { before: read(old), after: read(now) };
  const own = PulledSchema.ofProject(project.root);
  if (old !== undefined) return { before: own, after: read(old) };
  if (own !== undefined) return { before: undefined, after: own };
  const file = path.relative(project.root, pulledSchemaPath(project.root));
  throw new DmfpipeError("DMFP-USAGE", `There is no ${file} to compare yet.`, {
    next: `Fetch the schemas of an environment with: ${commandLine("schema pull", context.variables)}`,
  });
}
