import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import type { ExitCode } from "../errors/exit-code.ts";
import { runLoad } from "../load/run-load.ts";
import { demandConfirmed } from "../project/production.ts";
import { sendingShape, type SendingTime } from "../project/sending-time.ts";
import { commandAgain } from "./command-again.ts";
import { commandLine, type CommandContext } from "./command-context.ts";
import { connectionSource } from "./environment-session.ts";
import { runCommand } from "./run-command.ts";
import type { TimingOptions } from "./timings.ts";
import { deadlineOption } from "./until.ts";

export interface LoadCommandOptions extends TimingOptions {
  /** Metrics file, as the user named it. */
  readonly metrics?: string;
  /** When the load has to be over; see until.ts. */
  readonly until?: string;
  /** How many records of each entity go ahead of the rest. */
  readonly canary?: string;
  /** When packages are sent, as the user wrote it. */
  readonly sending?: string;
  /** Go no further than F&O's staging tables. */
  readonly dryRun?: true;
  /** Name of the environment, for one that is marked as production. */
  readonly confirm?: string;
}

/** `load`: the whole job. */
export async function load(context: CommandContext, flags: LoadCommandOptions): Promise<ExitCode> {
  const { until, canary, sending, dryRun } = flags;
  return await runCommand(context, { command: "load", ...flags }, (options) => {
    demandConfirmed(options.definition, options.environmentName, {
      confirmed: flags.confirm,
      command: commandLine(commandAgain(["load"], { ...flags }, options.environmentName), context.variables),
    });
    return runLoad({
      ...options,
      ...deadlineOption(until, options.clock),
      ...(canary === undefined ? {} : { canaryRecords: recordCount(canary) }),
      ...(sending === undefined ? {} : { sending: sendingTime(sending) }),
      ...(dryRun === undefined ? {} : { stagingOnly: dryRun }),
      connection: connectionSource(options, context.variables),
    });
  });
}

function sendingTime(text: string): SendingTime {
  const parsed = sendingShape.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new DmfpipeError("DMFP-USAGE", `--sending ${text} is no time to send packages.`, {
    next: `Say one of: ${sendingShape.options.join(", ")}.`,
  });
}

function recordCount(text: string): number {
  const records = Number(text);
  if (/^\d{1,9}$/.test(text) && records > 0) return records;
  throw new DmfpipeError("DMFP-USAGE", `--canary ${text} is no number of records.`, {
    next: "Say how many records of each entity are to go ahead of the rest: --canary 50",
  });
}
