import { existsSync } from "node:fs";
import { mkdir, readdir, rm } from "node:fs/promises";
import path from "node:path";
import type { EntityCatalogue } from "../../entity/catalogue.ts";
import { asDmfpipeError, DmfpipeError } from "../../errors/dmfpipe-error.ts";
import { ExitCode } from "../../errors/exit-code.ts";
import type { Project } from "../../project/project.ts";
import { partSummary } from "../../rejection/pack/part-summary.ts";
import { writePack, type RejectionOrigin } from "../../rejection/pack/write-pack.ts";
import { readSummary } from "../../rejection/read-summary.ts";
import { Redactor } from "../../rejection/redact/redactor.ts";
import { readRejections, RejectionNdjsonWriter } from "../../rejection/rejection-ndjson.ts";
import { RejectionTally } from "../../rejection/rejection-tally.ts";
import type { Rejection, UnattributedMessage } from "../../rejection/rejection.ts";
import type { RunSummary } from "../../rejection/summary.ts";
import { readUnattributed } from "../../rejection/unattributed-file.ts";
import { WorkbookCensus } from "../../rejection/workbook/workbook-census.ts";
import { compileMappings } from "../load-plan.ts";
import type { RunFolder } from "../run-folder.ts";
import { rejectionOrigin } from "./rejection-origin.ts";

/** Messages that fit no record and go into shared files. */
const greatestUnattributed = 500;

export interface ShareOptions {
  readonly project: Project;
  readonly catalogue: EntityCatalogue;
  readonly run: RunFolder;
  /** Where the copy goes, absolute. */
  readonly to: string;
  /** Which rejections, and how to call them; absent: all. */
  readonly only?: { readonly fits: (rejection: Rejection) => boolean; readonly called: string };
  /** Makes tokens of all values; absent: they stay. */
  readonly redactor?: Redactor;
  /** Whether files that are in the folder already may be replaced. */
  readonly force: boolean;
}

/** What was written. */
export interface SharedRejections {
  readonly records: number;
  /** Names of the files in the folder, sorted. */
  readonly files: readonly string[];
}

/**
 * Writes a copy of a run's rejections, or of some of them, that can be handed on: report.html, report.xlsx, a CSV file for
 * each entity, and rejections.ndjson. Holds none of the records.
 *
 * Throws DMFP-FILE-EXISTS for a folder that holds something, DMFP-NOTHING-TO-DO where nothing fits or nothing was
 * written yet, DMFP-RUN-FILE and DMFP-FILE-WRITE.
 */
export async function shareRejections(options: ShareOptions): Promise<SharedRejections> {
  const { run, to, redactor, force } = options;
  await demandEmpty(to, force);
  const selected = async function* (): AsyncGenerator<Rejection> {
    for await (const rejection of readRejections(run.rejectionsFile)) {
      if (options.only?.fits(rejection) !== false) yield rejection;
    }
  };
  const columns = await firstLook(options);
  const origin = await originOf(options, columns);
  await mkdir(to, { recursive: true, mode: 0o700 });
  const file = path.join(to, "rejections.ndjson");
  const tally = new RejectionTally();
  const census = new WorkbookCensus({ layoutOf: origin.layoutOf });
  const writer = new RejectionNdjsonWriter(file);
  try {
    for await (const original of selected()) {
      const rejection = redactor?.rejection(original) ?? original;
      tally.add(rejection);
      census.add(rejection);
      await writer.write(rejection);
    }
    await writer.close();
  } catch (thrown) {
    await writer.abort();
    throw thrown;
  }
  const summary = sharedSummary(options, { tally, census });
  await writePack({
    folder: to,
    ...words(summary, options),
    summary,
    census,
    rejections: () => readRejections(file),
    origin,
    excel: true,
    unattributed: options.only === undefined ? await unattributed(run, redactor) : [],
  });
  return { records: tally.total, files: (await readdir(to)).sort() };
}

async function demandEmpty(folder: string, force: boolean): Promise<void> {
  const there = existsSync(folder) ? await readdir(folder) : [];
  if (there.length === 0) return;
  if (!force) {
    throw new DmfpipeError("DMFP-FILE-EXISTS", `The folder ${folder} is not empty.`, {
      next: "Name another folder, or replace an earlier copy in it with --force.",
    });
  }
  // Only what this writes: the folder may be somebody's home.
  const own = there.filter((name) =>
    /^(?:report\.(?:html|xlsx)|rejections\.ndjson|.+\.rejected\.csv)$/.test(name),
  );
  for (const name of own) await rm(path.join(folder, name));
}

/** The columns of each entity, for records that have none; the redactor sees every value, also of those that do not fit. */
async function firstLook({
  run,
  only,
  redactor,
}: ShareOptions): Promise<ReadonlyMap<string, readonly string[]>> {
  const columns = new Map<string, readonly string[]>();
  let records = 0;
  for await (const rejection of readRejections(run.rejectionsFile)) {
    redactor?.learn(rejection);
    if (only?.fits(rejection) === false) continue;
    records++;
    const { entity } = rejection;
    if (rejection.columns.length > 0 && !columns.has(entity)) columns.set(entity, rejection.columns);
  }
  if (records === 0) throw new DmfpipeError("DMFP-NOTHING-TO-DO", "No rejection fits.");
  return columns;
}

/** As the mappings are now. Where they cannot be used any more, rejected cells are not marked, and all else stays. */
async function originOf(
  { project, catalogue }: ShareOptions,
  columns: ReadonlyMap<string, readonly string[]>,
): Promise<RejectionOrigin> {
  const compiled = await compileMappings(project, catalogue).catch((thrown: unknown) => {
    const error = asDmfpipeError(thrown);
    const { exitCode } = error.entry;
    if (exitCode === ExitCode.usage || exitCode === ExitCode.source) return { compiled: [] };
    throw error;
  });
  const origin = rejectionOrigin(compiled.compiled);
  return {
    ...origin,
    layoutOf: (entity) => ({ ...origin.layoutOf(entity), columns: columns.get(entity) ?? [] }),
  };
}

function sharedSummary(
  { run, only, redactor }: ShareOptions,
  { tally, census }: { readonly tally: RejectionTally; readonly census: WorkbookCensus },
): RunSummary {
  const summary = readSummary(run.summaryFile);
  const whole = redactor?.summary(summary) ?? withoutPacks(summary);
  return only === undefined ? whole : partSummary(whole, only.called, { tally, entities: census.entities() });
}

/** The packs of the owners are no part of the copy. */
function withoutPacks(summary: RunSummary): RunSummary {
  return Object.fromEntries(
    Object.entries(summary).filter(([name]) => name !== "stewards"),
  ) as unknown as RunSummary;
}

function words(summary: RunSummary, { redactor }: ShareOptions): { title: string; notice: string } {
  const { run, part } = summary;
  const which = part === undefined ? `Rejections of run ${run}` : `${part.name}: part of run ${run}`;
  if (redactor === undefined) return { title: which, notice: `A copy of rejections of run ${run}.` };
  return {
    title: `${which}, values replaced by tokens`,
    notice:
      "All values were replaced by tokens; the same token stands for the same value. These rows cannot be loaded again.",
  };
}

async function unattributed(run: RunFolder, redactor: Redactor | undefined): Promise<UnattributedMessage[]> {
  const messages: UnattributedMessage[] = [];
  if (!existsSync(run.unattributedFile)) return messages;
  for await (const message of readUnattributed(run.unattributedFile)) {
    messages.push(redactor?.message(message) ?? message);
    if (messages.length === greatestUnattributed) break;
  }
  return messages;
}
