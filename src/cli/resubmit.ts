import { existsSync } from "node:fs";
import path from "node:path";
import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import type { ExitCode } from "../errors/exit-code.ts";
import type { DoubtfulChoice } from "../load/resubmit/match-corrections.ts";
import type { ResubmitRequest } from "../load/resubmit/prepare-resubmission.ts";
import { resubmitRejected } from "../load/run-load.ts";
import { demandConfirmed } from "../project/production.ts";
import { commandLine, type CommandContext } from "./command-context.ts";
import { connectionSource } from "./environment-session.ts";
import { quotedForShell } from "./quoted-for-shell.ts";
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
  return await runCommand(context, { command, ...(metrics === undefined ? {} : { metrics }) }, (options) => {
    if (dryRun !== true) {
      demandConfirmed(options.definition, options.environmentName, {
        confirmed: flags.confirm,
        command: commandLine(resubmitArguments(runId, flags, options.environmentName), context.variables),
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

/** The command as it was given, to be typed once more: without its files it would load something else. */
function resubmitArguments(
  runId: string | undefined,
  { from = [], entity, code, only, doubtful }: ResubmitCommandOptions,
  environment: string,
): string {
  return [
    "resubmit",
    ...(runId === undefined ? [] : [runId]),
    ...(entity === undefined ? [] : ["--entity", quotedForShell(entity)]),
    ...(code === undefined ? [] : ["--code", quotedForShell(code)]),
    ...(only === undefined ? [] : ["--only"]),
    ...(doubtful === undefined ? [] : ["--doubtful", quotedForShell(doubtful)]),
    ...(from.length === 0 ? [] : ["--from", ...from.map(quotedForShell)]),
    "--env",
    quotedForShell(environment),
  ].join(" ");
}

function doubtfulChoice(text: string | undefined): DoubtfulChoice {
  if (text === undefined) return "refuse";
  if (text === "accept" || text === "repair") return text;
  throw new DmfpipeError("DMFP-USAGE", `--doubtful ${text} is neither accept nor repair.`, {
    next: "accept takes what the file says, repair what was rejected.",
  });
}
