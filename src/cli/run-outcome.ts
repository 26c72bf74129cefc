import path from "node:path";
import { ExitCode } from "../errors/exit-code.ts";
import { isSending } from "../load/ledger/ledger-rows.ts";
import type { RunResult } from "../load/load-options.ts";
import { commandAfter } from "./command-after.ts";
import { commandLine, type CommandContext } from "./command-context.ts";
import { errorEntry, errorText } from "./error-text.ts";
import { runText } from "./run-text.ts";

/**
 * Prints how a run ended and returns its exit code. With --json the summary goes to standard output as it is in
 * summary.json; with --quiet nothing is printed when all is well. The last line of anything else than success is
 * the next command to type. With --log-json there is a line for machines instead of the tables.
 *
 * @param confirmed the environment's name, where it was said once more
 */
export function reportRun(context: CommandContext, result: RunResult, confirmed?: string): ExitCode {
  const { summary, folder, error } = result;
  const exitCode = summary.exitCode as ExitCode;
  const { options, print, tell } = context;
  const silent = exitCode === ExitCode.ok && options.quiet === true;
  if (options.json === true) print(`${JSON.stringify(summary, null, 2)}\n`);
  else if (!silent && context.log === undefined) {
    print(`${runText(result, path.relative(context.workingFolder, folder.path))}\n`);
  }
  const command = nextCommand(context, result, confirmed);
  if (context.log !== undefined) {
    if (error !== undefined) context.log.entry(errorEntry(error));
    if (!silent) context.log.entry(resultEntry(result, command));
  } else if (error !== undefined) tell(errorText(error, command));
  else if (command !== undefined) tell(`Next: ${command}\n`);
  return exitCode;
}

/** How a run ended as one entry of the log: the counts by entity, without the packages. */
function resultEntry({ summary, folder }: RunResult, next: string | undefined): Record<string, unknown> {
  const { status, exitCode, balanced, entities, rejections } = summary;
  const report = folder.reportFile;
  return { kind: "result", status, exitCode, balanced, entities, rejections, report, next };
}

/**
 * The command to type now, as it is typed here; undefined where all is well, or there is none that would help.
 *
 * @param confirmed the environment's name, where it was said once more: who meant this run means it to be gone on with
 */
export function nextCommand(
  context: CommandContext,
  result: RunResult,
  confirmed?: string,
): string | undefined {
  const { error, summary } = result;
  const given = { command: summary.command, environment: context.options.env };
  const next =
    nextArguments(context, result, confirmed) ??
    (error === undefined ? undefined : commandAfter(error, given));
  return next === undefined ? undefined : commandLine(next, context.variables);
}

function nextArguments(
  context: CommandContext,
  result: RunResult,
  confirmed: string | undefined,
): string | undefined {
  // The environment that was named; without one, that of the run is the project's default.
  const { env } = context.options;
  const where = `${env === undefined ? "" : ` --env ${env}`}${confirmed === undefined ? "" : ` --confirm ${confirmed}`}`;
  const { run, exitCode, command, rejections } = result.summary;
  // It can be resumed, but not before somebody read what was rejected.
  if (exitCode === ExitCode.errorBudget) return `rejections ${run}`;
  if (result.resumable) return `resume ${run}${where}`;
  switch (exitCode) {
    case ExitCode.rejections:
      // What was sent can be corrected and sent again by itself; after a dry run there is nothing but the source.
      if (isSending({ command }) && rejections.total > 0 && result.summary.stagingOnly === undefined)
        return `resubmit --from ${shownFile(context, result, "*.rejected.csv")}${where}`;
      return `rejections ${run}`;
    case ExitCode.unbalanced:
      return `rejections ${run}`;
    case ExitCode.refused:
      return `status ${run}`;
    default:
      return undefined;
  }
}

/** Files of rejected records, as they are typed here. */
function shownFile({ workingFolder }: CommandContext, { folder }: RunResult, name: string): string {
  return path.join(path.relative(workingFolder, folder.rejections), name);
}
