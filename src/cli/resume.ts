import type { ExitCode } from "../errors/exit-code.ts";
import { resumeLoad } from "../load/run-load.ts";
import type { CommandContext } from "./command-context.ts";
import { connectionSource } from "./environment-session.ts";
import { runCommand } from "./run-command.ts";

/** `resume [run]`: goes on with the named run, or with the latest that did not come to its end. */
export async function resume(context: CommandContext, runId: string | undefined): Promise<ExitCode> {
  return await runCommand(context, (options) =>
    resumeLoad({ ...options, connection: connectionSource(options, context.variables) }, runId),
  );
}
