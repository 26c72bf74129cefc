import { existsSync } from "node:fs";
import path from "node:path";
import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import { ExitCode } from "../errors/exit-code.ts";
import { RunFolder } from "../load/run-folder.ts";
import { readCauses } from "../rejection/causes/read-causes.ts";
import { ReasonGroups } from "../rejection/report/reason-groups.ts";
import { readRejections } from "../rejection/rejection-ndjson.ts";
import type { Rejection } from "../rejection/rejection.ts";
import { openProject, type CommandContext } from "./command-context.ts";
import { copyRejections, learnedRedactor } from "./copy-rejections.ts";
import { demandOwner, filterWords, fitsFilter, type RejectionFilter } from "./rejection-filter.ts";
import { causesText, classesText } from "./rejections-by.ts";
import { findRun, withLedger } from "./runs.ts";

export interface RejectionOptions extends RejectionFilter {
  /** Print what they go back to, or which kinds of problem they have, instead of the records. */
  readonly by?: string;
  /** Write a copy into this folder instead, as the user named it. */
  readonly to?: string;
  /** Show tokens instead of values. */
  readonly redact?: true;
  /** Replace a copy that is there. */
  readonly force?: true;
}

/**
 * `rejections [run]`: prints the rejected records of a run, one line a reason, or as NDJSON with --json; with `--by` the
 * causes, or the reasons by class.
 */
export async function rejections(
  context: CommandContext,
  runId: string | undefined,
  filter: RejectionOptions,
): Promise<ExitCode> {
  demandGrouping(filter);
  const project = openProject(context);
  demandOwner(filter, project.stewardship);
  const run = withLedger(context, project, (ledger) => findRun(ledger, runId));
  const folder = new RunFolder(project.root, run.id);
  if (run.purgedAt !== null) {
    const day = run.purgedAt.slice(0, 10);
    throw new DmfpipeError("DMFP-RUN-PURGED", `The rejections of run ${run.id} were removed on ${day}.`);
  }
  if (!existsSync(folder.rejectionsFile)) {
    throw new DmfpipeError("DMFP-NOTHING-TO-DO", `Run ${run.id} has written no rejections.`);
  }
  if (filter.to !== undefined) {
    await copyRejections(context, { project, run: folder, to: filter.to, filter });
    return ExitCode.ok;
  }
  const redactor = filter.redact === true ? await learnedRedactor(project.root, folder) : undefined;
  if (filter.by === "cause") {
    const causes = readCauses(folder.causesFile);
    context.print(
      `${context.options.json === true ? JSON.stringify(causes, null, 2) : causesText(causes)}\n`,
    );
    return ExitCode.ok;
  }
  const groups = new ReasonGroups();
  let shown = 0;
  for await (const original of readRejections(folder.rejectionsFile)) {
    if (!fitsFilter(original, filter, project.stewardship)) continue;
    shown++;
    const rejection = redactor?.rejection(original) ?? original;
    if (filter.by === "class") {
      groups.add(rejection);
      continue;
    }
    context.print(context.options.json === true ? `${JSON.stringify(rejection)}\n` : `${lines(rejection)}\n`);
  }
  if (filter.by === "class") {
    const classes = groups.classes();
    context.print(
      `${context.options.json === true ? JSON.stringify(classes, null, 2) : classesText(classes)}\n`,
    );
  }
  if (context.options.json !== true) {
    const report = path.relative(context.workingFolder, folder.reportFile);
    context.tell(
      shown === 0 ? `No rejection of run ${run.id} fits.\n` : `${shown} rejected. Report: ${report}\n`,
    );
  }
  return ExitCode.ok;
}

function demandGrouping({ by, to, redact, ...filter }: RejectionOptions): void {
  if (by === undefined) return;
  if (to !== undefined || (by === "cause" && redact === true)) {
    const message = `--by ${by} cannot be combined with ${to === undefined ? "--redact" : "--to"}.`;
    throw new DmfpipeError("DMFP-USAGE", message, { next: "Leave --by out, or the other." });
  }
  if (by !== "cause" && by !== "class") {
    throw new DmfpipeError("DMFP-USAGE", `--by ${by} is not known.`, {
      next: "Use --by cause or --by class.",
    });
  }
  if (by === "cause" && filterWords(filter) !== undefined) {
    const message = "--by cause is about all rejections of the run, and takes no filter.";
    throw new DmfpipeError("DMFP-USAGE", message, { next: "Leave the filter out, or use --by class." });
  }
}

function lines(rejection: Rejection): string {
  const { position, entity, legalEntity, stage, key, reasons } = rejection;
  const where = `${position.file}:${position.line}`;
  const what = [entity, legalEntity, key?.join(", ")].filter((part) => part !== undefined).join(" ");
  return reasons.map((reason) => `${where}  ${what}  [${stage} ${reason.code}] ${reason.message}`).join("\n");
}
