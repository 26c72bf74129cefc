import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import type { ExitCode } from "../errors/exit-code.ts";
import { runLoad } from "../load/run-load.ts";
import type { CommandContext } from "./command-context.ts";
import { connectionSource } from "./environment-session.ts";
import { runCommand } from "./run-command.ts";
import { deadlineOption } from "./until.ts";

export interface LoadCommandOptions {
  /** Metrics file, as the user named it. */
  readonly metrics?: string;
  /** When the load has to be over; see until.ts. */
  readonly until?: string;
  /** How many records of each entity go ahead of the rest. */
  readonly canary?: string;
}

/** `load`: the whole job. */
export async function load(context: CommandContext, flags: LoadCommandOptions): Promise<ExitCode> {
  const { until, canary } = flags;
  return await runCommand(context, { command: "load", ...flags }, (options) =>
    runLoad({
      ...options,
      ...deadlineOption(until, options.clock),
      ...(canary === undefined ? {} : { canaryRecords: recordCount(canary) }),
      connection: connectionSource(options, context.variables),
    }),
  );
}

function recordCount(text: string): number {
  const records = Number(text);
  if (/^\d{1,9}$/.test(text) && records > 0) return records;
  throw new DmfpipeError("DMFP-USAGE", `--canary ${text} is no number of records.`, {
    next: "Say how many records of each entity are to go ahead of the rest: --canary 50",
  });
}
