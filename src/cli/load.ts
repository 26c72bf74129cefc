import type { ExitCode } from "../errors/exit-code.ts";
import { runLoad } from "../load/run-load.ts";
import type { CommandContext } from "./command-context.ts";
import { connectionSource } from "./environment-session.ts";
import { runCommand } from "./run-command.ts";

/** `load`: the whole job. */
export async function load(context: CommandContext): Promise<ExitCode> {
  return await runCommand(context, (options) =>
    runLoad({ ...options, connection: connectionSource(options, context.variables) }),
  );
}
