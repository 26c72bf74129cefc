import type { ExitCode } from "../errors/exit-code.ts";
import { resumeLoad } from "../load/run-load.ts";
import { demandConfirmed } from "../project/production.ts";
import { commandAgain } from "./command-again.ts";
import { commandLine, type CommandContext } from "./command-context.ts";
import { connectionSource } from "./environment-session.ts";
import type { LoadCommandOptions } from "./load.ts";
import { runCommand } from "./run-command.ts";
import { deadlineOption } from "./until.ts";

export interface ResumeCommandOptions extends Omit<LoadCommandOptions, "canary" | "sending" | "dryRun"> {
  /** What F&O rejected stops the run no more. */
  readonly despiteRejections?: true;
}

/** `resume [run]`: goes on with the named run, or with the latest that did not come to its end. */
export async function resume(
  context: CommandContext,
  runId: string | undefined,
  flags: ResumeCommandOptions,
): Promise<ExitCode> {
  const { until, despiteRejections } = flags;
  return await runCommand(context, { command: "resume", ...flags }, (options) => {
    const again = commandAgain(["resume", runId], { ...flags }, options.environmentName);
    demandConfirmed(options.definition, options.environmentName, {
      confirmed: flags.confirm,
      command: commandLine(again, context.variables),
    });
    return resumeLoad(
      {
        ...options,
        ...deadlineOption(until, options.clock),
        ...(despiteRejections === undefined ? {} : { despiteRejections }),
        connection: connectionSource(options, context.variables),
      },
      runId,
    );
  });
}
