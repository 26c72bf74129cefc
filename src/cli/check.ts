import type { ExitCode } from "../errors/exit-code.ts";
import { runOffline } from "../load/run-load.ts";
import { loadOptions, openProject, type CommandContext } from "./command-context.ts";
import { showProgress } from "./progress.ts";
import { reportRun } from "./run-outcome.ts";

/** `check` and `build`: read, map and check every record; `build` also writes the packages. Nothing is sent. */
export async function check(context: CommandContext, command: "check" | "build"): Promise<ExitCode> {
  const project = openProject(context);
  const progress = showProgress({ ...context, quiet: context.options.quiet === true });
  const result = await runOffline(loadOptions(context, project, progress.listener), command);
  progress.end();
  return reportRun(context, result);
}
