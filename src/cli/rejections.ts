import { existsSync } from "node:fs";
import path from "node:path";
import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import { ExitCode } from "../errors/exit-code.ts";
import { RunFolder } from "../load/run-folder.ts";
import { readRejections } from "../rejection/rejection-ndjson.ts";
import type { Rejection } from "../rejection/rejection.ts";
import { openProject, type CommandContext } from "./command-context.ts";
import { findRun, withLedger } from "./runs.ts";

/** Which rejections to show; all that are given must fit. */
export interface RejectionFilter {
  readonly entity?: string;
  readonly company?: string;
  readonly stage?: string;
  readonly code?: string;
}

/** `rejections [run]`: prints the rejected records of a run, one line a reason, or as NDJSON with --json. */
export async function rejections(
  context: CommandContext,
  runId: string | undefined,
  filter: RejectionFilter,
): Promise<ExitCode> {
  const project = openProject(context);
  const run = withLedger(context, project, (ledger) => findRun(ledger, runId));
  const folder = new RunFolder(project.root, run.id);
  if (run.purgedAt !== null) {
    const day = run.purgedAt.slice(0, 10);
    throw new DmfpipeError("DMFP-RUN-PURGED", `The rejections of run ${run.id} were removed on ${day}.`);
  }
  if (!existsSync(folder.rejectionsFile)) {
    throw new DmfpipeError("DMFP-NOTHING-TO-DO", `Run ${run.id} has written no rejections.`);
  }
  let shown = 0;
  for await (const rejection of readRejections(folder.rejectionsFile)) {
    if (!fits(rejection, filter)) continue;
    shown++;
    context.print(context.options.json === true ? `${JSON.stringify(rejection)}\n` : `${lines(rejection)}\n`);
  }
  if (context.options.json !== true) {
    const report = path.relative(context.workingFolder, folder.reportFile);
    context.tell(
      shown === 0 ? `No rejection of run ${run.id} fits.\n` : `${shown} rejected. Report: ${report}\n`,
    );
  }
  return ExitCode.ok;
}

function fits(rejection: Rejection, filter: RejectionFilter): boolean {
  const same = (wanted: string | undefined, value: string): boolean =>
    wanted === undefined || wanted.toLowerCase() === value.toLowerCase();
  return (
    same(filter.entity, rejection.entity) &&
    same(filter.company, rejection.legalEntity ?? "") &&
    same(filter.stage, rejection.stage) &&
    (filter.code === undefined || rejection.reasons.some((reason) => same(filter.code, reason.code)))
  );
}

function lines(rejection: Rejection): string {
  const { position, entity, legalEntity, stage, key, reasons } = rejection;
  const where = `${position.file}:${position.line}`;
  const what = [entity, legalEntity, key?.join(", ")].filter((part) => part !== undefined).join(" ");
  return reasons.map((reason) => `${where}  ${what}  [${stage} ${reason.code}] ${reason.message}`).join("\n");
}
