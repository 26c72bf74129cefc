import type { ExitCode } from "../errors/exit-code.ts";
import type { LoadOptions, RunResult } from "../load/load-options.ts";
import { loadOptions, openProject, type CommandContext } from "./command-context.ts";
import { showProgress } from "./progress.ts";
import { reportRun } from "./run-outcome.ts";

/** Makes a run with its progress shown, and reports how it ended: what `load`, `resume`, `check` and `build` share. */
export async function runCommand(
  context: CommandContext,
  run: (options: LoadOptions) => Promise<RunResult>,
): Promise<ExitCode> {
  const project = openProject(context);
  const progress = showProgress({ ...context, quiet: context.options.quiet === true });
  let result: RunResult;
  try {
    result = await run(loadOptions(context, project, progress.listener));
  } finally {
    // An error, too, is printed on a line of its own.
    progress.end();
  }
  return reportRun(context, result);
}
