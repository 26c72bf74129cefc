import path from "node:path";
import { EntityCatalogue } from "../entity/catalogue.ts";
import { redactionKey } from "../load/reporting/redaction-key.ts";
import { shareRejections } from "../load/reporting/share-rejections.ts";
import type { RunFolder } from "../load/run-folder.ts";
import type { Project } from "../project/project.ts";
import { Redactor } from "../rejection/redact/redactor.ts";
import { readRejections } from "../rejection/rejection-ndjson.ts";
import type { CommandContext } from "./command-context.ts";
import { filterWords, fitsFilter, type RejectionFilter } from "./rejection-filter.ts";
import { formatCount } from "./number-text.ts";

/** What to copy, and where to. */
export interface CopyOptions {
  readonly project: Project;
  readonly run: RunFolder;
  /** As the user named it. */
  readonly to: string;
  readonly filter: RejectionFilter & { readonly redact?: true; readonly force?: true };
}

/**
 * `rejections [run] --to <folder>`: writes the rejections that fit as report, workbook, CSV and NDJSON files that can be
 * handed on, with `--redact` without their values. Errors as shareRejections.
 */
export async function copyRejections(context: CommandContext, options: CopyOptions): Promise<void> {
  const { project, run, to, filter } = options;
  const redactor = filter.redact === true ? new Redactor(await redactionKey(project.root)) : undefined;
  const { company } = filter;
  const shownFilter =
    company === undefined ? filter : { ...filter, company: redactor?.value(company) ?? company };
  const called = filterWords(shownFilter);
  const fits = (rejection: Parameters<typeof fitsFilter>[0]): boolean =>
    fitsFilter(rejection, filter, project.stewardship);
  const shared = await shareRejections({
    project,
    catalogue: EntityCatalogue.of(project.root),
    run,
    to: path.resolve(context.workingFolder, to),
    force: filter.force === true,
    ...(called === undefined ? {} : { only: { fits, called } }),
    ...(redactor === undefined ? {} : { redactor }),
  });
  const folder = path.relative(context.workingFolder, path.resolve(context.workingFolder, to)) || ".";
  if (context.options.json === true) context.print(`${JSON.stringify({ folder, ...shared }, null, 2)}\n`);
  else context.print(shared.files.map((file) => `${path.join(folder, file)}\n`).join(""));
  const tokens = redactor === undefined ? "" : ", all values replaced by tokens";
  context.tell(`${formatCount(shared.records)} rejected records copied${tokens}.\n`);
}

/** A redactor that has seen all rejections of the run. */
export async function learnedRedactor(projectRoot: string, run: RunFolder): Promise<Redactor> {
  const redactor = new Redactor(await redactionKey(projectRoot));
  for await (const rejection of readRejections(run.rejectionsFile)) redactor.learn(rejection);
  return redactor;
}
