import path from "node:path";
import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import type { ExitCode } from "../errors/exit-code.ts";
import type { DoubtfulChoice } from "../load/resubmit/match-corrections.ts";
import type { ResubmitRequest } from "../load/resubmit/prepare-resubmission.ts";
import { resubmitRejected } from "../load/run-load.ts";
import type { CommandContext } from "./command-context.ts";
import { connectionSource } from "./environment-session.ts";
import { runCommand } from "./run-command.ts";
import { deadlineOption } from "./until.ts";

export interface ResubmitCommandOptions {
  /** Corrected files, as the user named them. */
  readonly from?: readonly string[];
  readonly entity?: string;
  readonly code?: string;
  readonly only?: true;
  readonly doubtful?: string;
  readonly dryRun?: true;
  readonly metrics?: string;
  readonly until?: string;
}

/** `resubmit [run]`: loads what a run rejected once more, as it is or from corrected files. */
export async function resubmit(
  context: CommandContext,
  runId: string | undefined,
  flags: ResubmitCommandOptions,
): Promise<ExitCode> {
  const { metrics, until, dryRun } = flags;
  const request: ResubmitRequest = {
    run: runId,
    corrected: (flags.from ?? []).map((name) => ({ path: path.resolve(context.workingFolder, name), name })),
    entity: flags.entity,
    code: flags.code,
    only: flags.only,
    doubtful: doubtfulChoice(flags.doubtful),
  };
  const command = dryRun === true ? "check" : "resubmit";
  return await runCommand(context, { command, ...(metrics === undefined ? {} : { metrics }) }, (options) =>
    resubmitRejected(
      dryRun === true
        ? options
        : {
            ...options,
            ...deadlineOption(until, options.clock),
            connection: connectionSource(options, context.variables),
          },
      request,
    ),
  );
}

function doubtfulChoice(text: string | undefined): DoubtfulChoice {
  if (text === undefined) return "refuse";
  if (text === "accept" || text === "repair") return text;
  throw new DmfpipeError("DMFP-USAGE", `--doubtful ${text} is neither accept nor repair.`, {
    next: "accept takes what the file says, repair what was rejected.",
  });
}
