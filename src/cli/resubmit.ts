import { existsSync } from "node:fs";
import path from "node:path";
import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import type { ExitCode } from "../errors/exit-code.ts";
import type { DoubtfulChoice } from "../load/resubmit/match-corrections.ts";
import type { ResubmitRequest } from "../load/resubmit/prepare-resubmission.ts";
import { resubmitRejected } from "../load/run-load.ts";
import { demandConfirmed } from "../project/production.ts";
import { commandAgain } from "./command-again.ts";
import { commandLine, type CommandContext } from "./command-context.ts";
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
  /** Name of the environment, for one that is marked as production. */
  readonly confirm?: string;
}

/** `resubmit [run]`: loads what a run rejected once more, as it is or from corrected files. */
export async function resubmit(
  context: CommandContext,
  runId: string | undefined,
  flags: ResubmitCommandOptions,
): Promise<ExitCode> {
  const { metrics, until, dryRun, confirm } = flags;
  const request: ResubmitRequest = {
    run: runId,
    corrected: (flags.from ?? []).map((name) => ({ path: path.resolve(context.workingFolder, name), name })),
    entity: flags.entity,
    code: flags.code,
    only: flags.only,
    doubtful: doubtfulChoice(flags.doubtful),
  };
  const run = {
    command: dryRun === true ? "check" : "resubmit",
    ...(metrics === undefined ? {} : { metrics }),
    ...(confirm === undefined ? {} : { confirm }),
  } as const;
  return await runCommand(context, run, (options) => {
    if (dryRun !== true) {
      const again = commandAgain(["resubmit", runId], { ...flags }, options.environmentName);
      demandConfirmed(options.definition, options.environmentName, {
        confirmed: confirm,
        command: commandLine(again, context.variables),
      });
    }
    demandFiles(request.corrected);
    if (dryRun === true) return resubmitRejected(options, request);
    return resubmitRejected(
      {
        ...options,
        ...deadlineOption(until, options.clock),
        connection: connectionSource(options, context.variables),
      },
      request,
    );
  });
}

/** A name that is misspelt is no extract that is missing. Throws DMFP-SOURCE-MISSING. */
function demandFiles(files: ResubmitRequest["corrected"]): void {
  const missing = files.find(({ path: file }) => !existsSync(file));
  if (missing === undefined) return;
  throw new DmfpipeError("DMFP-SOURCE-MISSING", `There is no file ${missing.name}.`, {
    at: { file: missing.name },
    next: "Say where the corrected file is. What a run rejected is in its folder: .dmfpipe/runs/<run>/rejections/",
  });
}

function doubtfulChoice(text: string | undefined): DoubtfulChoice {
  if (text === undefined) return "refuse";
  if (text === "accept" || text === "repair") return text;
  throw new DmfpipeError("DMFP-USAGE", `--doubtful ${text} is neither accept nor repair.`, {
    next: "accept takes what the file says, repair what was rejected.",
  });
}
