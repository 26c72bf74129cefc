import { existsSync } from "node:fs";
import path from "node:path";
import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import { ExitCode } from "../errors/exit-code.ts";
import { diffMapping, type ComparedMapping } from "../load/schema/diff-mapping.ts";
import { readMapping } from "../project/mapping-file.ts";
import { readProject, type Project } from "../project/project.ts";
import { loadOptions, openProject, type CommandContext } from "./command-context.ts";
import { diffText } from "./diff-text.ts";

/** Options of `diff-mapping`, as they were typed. */
export interface DiffMappingOptions {
  readonly limit?: string;
  readonly oldProject?: string;
  readonly exitCode?: true;
}

/** `diff-mapping <old> <new>`: what a change of a mapping does to the records of its source. */
export async function diffMappings(
  context: CommandContext,
  files: readonly (string | undefined)[],
  options: DiffMappingOptions,
): Promise<ExitCode> {
  const [old = "", now = ""] = files;
  const project = openProject(context);
  const { catalogue } = loadOptions(context, project, () => undefined);
  const oldProject =
    options.oldProject === undefined ? project : readProject(options.oldProject, context.workingFolder);
  const diff = await diffMapping({
    old: compared(context, oldProject, old),
    new: compared(context, project, now),
    catalogue,
    limit: Number(options.limit),
    signal: context.signal,
  });
  if (context.options.json === true) context.print(`${JSON.stringify(diff, null, 2)}\n`);
  else if (diff.different > 0 || context.options.quiet !== true) {
    const columns = context.interactive ? context.columns : Number.POSITIVE_INFINITY;
    context.print(diffText(diff, columns));
  }
  return options.exitCode === true && diff.different > 0 ? ExitCode.rejections : ExitCode.ok;
}

/** A mapping file, looked for from the working folder, the project's root and its mappings. */
function compared(context: CommandContext, project: Project, file: string): ComparedMapping {
  const folders = [context.workingFolder, project.root, path.dirname(project.file)];
  const found = folders
    .map((folder) => path.resolve(folder, file))
    .find((candidate) => existsSync(candidate));
  if (found === undefined) {
    throw new DmfpipeError("DMFP-MAPPING-MISSING", `There is no mapping ${file}.`, {
      next: "Write the path of a mapping file, for example mappings/vendors.yaml.",
    });
  }
  const { root, limits } = project;
  return { project, definition: readMapping({ path: found, root, recordBytes: limits.recordBytes }) };
}
