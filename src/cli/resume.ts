import type { ExitCode } from "../errors/exit-code.ts";
import { resumeLoad } from "../load/run-load.ts";
import { loadOptions, openProject, type CommandContext } from "./command-context.ts";
import { connectionSource } from "./environment-session.ts";
import { showProgress } from "./progress.ts";
import { reportRun } from "./run-outcome.ts";

/** `resume [run]`: goes on with the named run, or with the latest that did not come to its end. */
export async function resume(context: CommandContext, runId: string | undefined): Promise<ExitCode> {
  const project = openProject(context);
  const progress = showProgress({ ...context, quiet: context.options.quiet === true });
  const options = loadOptions(context, project, progress.listener);
  const { definition, environmentName: name } = options;
  const connection = connectionSource({ project, name, definition, variables: context.variables });
  const result = await resumeLoad({ ...options, connection }, runId);
  progress.end();
  return reportRun(context, result);
}
