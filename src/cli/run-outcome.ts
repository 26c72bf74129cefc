import path from "node:path";
import { ExitCode } from "../errors/exit-code.ts";
import type { RunResult } from "../load/load-options.ts";
import { commandLine, type CommandContext } from "./command-context.ts";
import { errorText } from "./error-text.ts";
import { runText } from "./run-text.ts";

/**
 * Prints how a run ended and returns its exit code. With --json the summary goes to standard output as it is in
 * summary.json; with --quiet nothing is printed when all is well. The last line of anything else than success is
 * the next command to type.
 */
export function reportRun(context: CommandContext, result: RunResult): ExitCode {
  const { summary, folder, error } = result;
  const exitCode = summary.exitCode as ExitCode;
  const { options, print, tell } = context;
  if (options.json === true) print(`${JSON.stringify(summary, null, 2)}\n`);
  else if (exitCode !== ExitCode.ok || options.quiet !== true) {
    print(`${runText(result, path.relative(context.workingFolder, folder.path))}\n`);
  }
  const next = nextCommand(result);
  const command = next === undefined ? undefined : commandLine(next, context.variables);
  if (error !== undefined) tell(errorText(error, command));
  else if (command !== undefined) tell(`Next: ${command}\n`);
  return exitCode;
}

function nextCommand(result: RunResult): string | undefined {
  const { run, exitCode } = result.summary;
  if (result.resumable) return `resume ${run}`;
  switch (exitCode) {
    case ExitCode.rejections:
    case ExitCode.unbalanced:
    case ExitCode.errorBudget:
      return `rejections ${run}`;
    case ExitCode.refused:
      return `status ${run}`;
    default:
      return undefined;
  }
}
