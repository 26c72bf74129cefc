import path from "node:path";
import type { ExitCode } from "../errors/exit-code.ts";
import type { LoadOptions, RunResult } from "../load/load-options.ts";
import { LoadWatch } from "../load/load-watch.ts";
import { readUnattendedSettings } from "../project/unattended-settings.ts";
import { loadOptions, openProject, version, type CommandContext } from "./command-context.ts";
import { showProgress, type Progress } from "./progress.ts";
import { nextCommand, reportRun } from "./run-outcome.ts";
import { beginTiming, type TimingOptions } from "./timings.ts";

export interface RunCommandOptions extends TimingOptions {
  /** Name of the command, for those who are told of the run. */
  readonly command: "load" | "resume" | "check" | "build" | "resubmit";
  /** Metrics file, as the user named it. */
  readonly metrics?: string;
  /** Name of the environment, where it was said once more. */
  readonly confirm?: string;
}

/**
 * Makes a run with its progress shown, tells those who want to know, and reports how it ended: what `load`, `resume`,
 * `check` and `build` share.
 */
export async function runCommand(
  context: CommandContext,
  options: RunCommandOptions,
  run: (options: LoadOptions) => Promise<RunResult>,
): Promise<ExitCode> {
  const timing = await beginTiming(context, options);
  const watch = await beginWatch(context, options);
  const progress = progressOf(context);
  let result: RunResult;
  try {
    const project = openProject(context);
    result = await run({
      ...loadOptions(context, project, (event) => {
        progress.listener(event);
        watch.listener(event);
      }),
      onCall: (call) => {
        context.log?.onCall(call);
        watch.onCall(call);
      },
    });
    progress.end();
    await watch.ended(result, { next: nextCommand(context, result, options.confirm), keep: project.keep });
  } catch (thrown) {
    // An error, too, is printed on a line of its own.
    progress.end();
    await watch.failed(thrown);
    await timing.end(undefined);
    throw thrown;
  }
  await timing.end(watch.times);
  return reportRun(context, result, options.confirm);
}

function progressOf(context: CommandContext): Progress {
  const quiet = context.options.quiet === true;
  if (context.log === undefined || quiet) return showProgress({ ...context, quiet });
  return { listener: context.log.listener, end: () => undefined };
}

async function beginWatch(context: CommandContext, options: RunCommandOptions): Promise<LoadWatch> {
  const { workingFolder, clock, variables, tell } = context;
  const settings = readUnattendedSettings(context.options.project, workingFolder);
  return await LoadWatch.begin({
    settings,
    environment: context.options.env ?? settings.defaultEnvironment,
    command: options.command,
    version: version(),
    clock,
    variables,
    ...(options.metrics === undefined ? {} : { metricsFile: path.resolve(workingFolder, options.metrics) }),
    warn: (text) => {
      tell(`warning: ${text}\n`);
    },
    inform: (text) => {
      if (context.options.quiet !== true) tell(`${text}\n`);
    },
  });
}
