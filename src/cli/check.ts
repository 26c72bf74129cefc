import type { ExitCode } from "../errors/exit-code.ts";
import { runOffline } from "../load/run-load.ts";
import type { CommandContext } from "./command-context.ts";
import { runCommand } from "./run-command.ts";

/** `check` and `build`: read, map and check every record; `build` also writes the packages. Nothing is sent. */
export async function check(context: CommandContext, command: "check" | "build"): Promise<ExitCode> {
  return await runCommand(context, (options) => runOffline(options, command));
}
