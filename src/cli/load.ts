import type { ExitCode } from "../errors/exit-code.ts";
import { runLoad } from "../load/run-load.ts";
import { loadOptions, openProject, type CommandContext } from "./command-context.ts";
import { connectionSource } from "./environment-session.ts";
import { showProgress } from "./progress.ts";
import { reportRun } from "./run-outcome.ts";

/** `load`: the whole job. */
export async function load(context: CommandContext): Promise<ExitCode> {
  const project = openProject(context);
  const progress = showProgress({ ...context, quiet: context.options.quiet === true });
  const options = loadOptions(context, project, progress.listener);
  const { definition, environmentName: name } = options;
  const connection = connectionSource({ project, name, definition, variables: context.variables });
  const result = await runLoad({ ...options, connection });
  progress.end();
  return reportRun(context, result);
}
