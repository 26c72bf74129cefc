import { existsSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { z } from "zod";
import type { ExitCode } from "../errors/exit-code.ts";
import { publishText } from "../package/partial-file.ts";
import { KeptRejections } from "../rejection/kept-rejections.ts";
import { readTogether } from "../rejection/read-together.ts";
import { readRejections, RejectionNdjsonWriter } from "../rejection/rejection-ndjson.ts";
import { RejectionCsvWriter } from "../rejection/rejection-csv.ts";
import { teeSink } from "../rejection/rejection-sink.ts";
import { RejectionTally } from "../rejection/rejection-tally.ts";
import type { Rejection, UnattributedMessage } from "../rejection/rejection.ts";
import type { TrendSummary } from "../rejection/trend/trend-summary.ts";
import { readUnattributed, UnattributedWriter } from "../rejection/unattributed-file.ts";
import { RowSurvey } from "../rejection/report/row-survey.ts";
import { writeReport } from "../rejection/report/write-report.ts";
import type {
  EntitySummary,
  PackageSummary,
  RunObjection,
  RunStatus,
  RunSummary,
  SnapshotSummary,
} from "../rejection/summary.ts";
import type { Project } from "../project/project.ts";
import type { SourceProfile } from "../source/source-profile.ts";
import { CauseFinder } from "../rejection/causes/cause-finder.ts";
import { loadedEntity, summarizedCausesOf, type EntityOfRun } from "./causes.ts";
import type { LedgerPackage, LedgerRun } from "./ledger/ledger-rows.ts";
import type { SecondPass } from "./packing/second-pass.ts";
import { HandedOnReports } from "./reporting/handed-on-reports.ts";
import { rejectionOrigin, type OriginEntity } from "./reporting/rejection-origin.ts";
import type { RunFolder } from "./run-folder.ts";
import { packageSummary } from "./summarize.ts";

/** What the reports need to know of an entity of the run. */
export interface ReportedEntity extends OriginEntity {
  readonly position: number;
  readonly schema: EntityOfRun;
  readonly secondPass?: Pick<SecondPass, "position">;
}

export interface FinishOptions {
  readonly run: LedgerRun;
  readonly folder: RunFolder;
  /** Which reports there are, and whose the rejections are. */
  readonly project: Pick<Project, "reports" | "stewardship">;
  readonly planned: readonly ReportedEntity[];
  readonly entities: readonly EntitySummary[];
  readonly packages: readonly LedgerPackage[];
  readonly status: RunStatus;
  readonly exitCode: ExitCode;
  readonly finishedAt: string;
  /** What stopped a load, or would stop one. */
  readonly objections?: readonly RunObjection[];
  /** What a dry run held references against. */
  readonly snapshots?: readonly SnapshotSummary[];
  /** Entities the mappings refer to of which there is no snapshot. */
  readonly withoutSnapshot?: readonly string[];
  /** What a dry run found in the sources. */
  readonly profiles?: readonly SourceProfile[];
  /** Compares the rejections with those of earlier runs; absent where there is nothing to compare with. */
  readonly trend?: {
    note(rejection: Rejection): Rejection;
    close(): Promise<TrendSummary>;
    discard(): void;
  };
}

const errorFilesShape = z.array(
  z.object({
    channel: z.enum(["staging error file", "target error keys", "execution errors"]),
    entity: z.string().optional(),
    file: z.string(),
    layout: z.string(),
  }),
);

/**
 * Writes everything people and scripts read after a run: rejections.ndjson, one CSV per entity, report.xlsx, the
 * packs of the stewards, report.html and summary.json last, so that who finds the summary finds the rest. All of it is made from the parts that the run
 * left on disk, streaming; it may be repeated and gives the same files.
 */
export async function finishRun(options: FinishOptions): Promise<RunSummary> {
  const { folder, planned, packages } = options;
  const tally = new RejectionTally();
  const finder = new CauseFinder(planned.map(({ schema }) => loadedEntity(schema)));
  const survey = new RowSurvey();
  const kept = new KeptRejections(rejectedOf(options.entities));
  const origin = rejectionOrigin(planned);
  const csv = new RejectionCsvWriter({
    folder: folder.rejections,
    layoutOf: origin.layoutOf,
    corrected: options.run.choices.resubmissionOf !== undefined,
  });
  const handedOn = new HandedOnReports(folder, origin, options.project);
  const sink = teeSink([new RejectionNdjsonWriter(folder.rejectionsFile), csv, handedOn]);
  try {
    for (const part of partFiles(options)) {
      for await (const found of readRejections(part)) {
        const rejection = options.trend?.note(found) ?? found;
        tally.add(rejection);
        finder.note(rejection);
        survey.add(rejection);
        kept.add(rejection);
        await sink.write(rejection);
      }
    }
    await sink.close();
  } catch (thrown) {
    await sink.abort();
    options.trend?.discard();
    throw thrown;
  }
  const trend = await options.trend?.close();
  const { unattributed, noise } = await writeUnattributed(folder, packages);
  if (finder.needsCounting) {
    for await (const rejection of readRejections(folder.rejectionsFile)) finder.count(rejection);
  }
  const causes = finder.overview();
  await publishText(folder.causesFile, `${JSON.stringify(causes, null, 2)}\n`);
  const summarized = summarizedCausesOf(causes);
  const stewards = handedOn.stewards();
  const { run } = options;
  const summary: RunSummary = {
    run: run.id,
    project: run.project,
    environment: run.environment,
    command: run.command,
    ...(run.choices.resubmissionOf === undefined ? {} : { resubmissionOf: run.choices.resubmissionOf }),
    ...(run.choices.stagingOnly === undefined ? {} : { stagingOnly: run.choices.stagingOnly }),
    status: options.status,
    exitCode: options.exitCode,
    startedAt: run.startedAt,
    finishedAt: options.finishedAt,
    balanced: options.entities.every((entity) => entity.balanced),
    entities: options.entities,
    packages: await packageSummaries(folder, packages),
    rejections: {
      total: tally.total,
      byStage: tally.byStage,
      byCode: tally.byCode,
      ...(summarized === undefined ? {} : { causes: summarized }),
      unattributed,
      ...(noise === 0 ? {} : { noise }),
      ...(trend === undefined ? {} : { trend }),
    },
    ...(stewards.length === 0 ? {} : { stewards }),
    ...(handedOn.excelLeftOut === undefined ? {} : { excelLeftOut: handedOn.excelLeftOut }),
    ...(options.snapshots === undefined ? {} : { snapshots: options.snapshots }),
    ...(options.withoutSnapshot === undefined ? {} : { withoutSnapshot: options.withoutSnapshot }),
    ...(options.objections === undefined ? {} : { objections: options.objections }),
  };
  const { profiles } = options;
  if (profiles !== undefined) {
    await publishText(folder.profileFile, `${JSON.stringify({ run: run.id, sources: profiles }, null, 2)}\n`);
  }
  const { workbook } = handedOn;
  const report = {
    file: folder.reportFile,
    ...(workbook === undefined ? {} : { workbook }),
    summary,
    causes,
    survey,
    unattributed: unattributedMessages(folder, packages),
    messageFiles: {
      ...(unattributed === 0 ? {} : { unattributed: "rejections/unattributed.ndjson" }),
      ...(noise === 0 ? {} : { noise: "rejections/noise.ndjson" }),
    },
    ...(profiles === undefined ? {} : { profiles }),
    files: csv.files().map(({ entity, name, records }) => ({ entity, records, href: `rejections/${name}` })),
  };
  await readTogether(kept.all(folder.rejectionsFile), [
    (rejections) => handedOn.publish(summary, rejections, unattributedMessages(folder, packages)),
    (rejections) => writeReport({ ...report, rejections: () => rejections }),
  ]);
  await publishText(folder.summaryFile, `${JSON.stringify(summary, null, 2)}\n`);
  return summary;
}

/** How many records of a run were rejected. */
export function rejectedOf(entities: readonly EntitySummary[]): number {
  return entities.reduce(
    (sum, { rejectedHere, rejectedStaging, rejectedTarget }) =>
      sum + rejectedHere + rejectedStaging + rejectedTarget,
    0,
  );
}

/** The parts in the order of loading: for each entity our own rejections, then those of its packages. */
function* partFiles(options: FinishOptions): Generator<string> {
  const { folder, planned, packages } = options;
  for (const { position, schema, secondPass } of planned) {
    const positionIn = (pass: 2 | undefined): number => (pass === 2 ? (secondPass?.position ?? 0) : position);
    const files = [
      folder.ownRejections(position),
      ...(secondPass === undefined ? [] : [folder.ownRejections(secondPass.position)]),
      ...packages
        .flatMap((pack) => pack.parts.map((part) => ({ pack, part })))
        .filter(({ part }) => part.entity === schema.label)
        .map(({ pack }) => folder.packageRejections(pack.key, positionIn(pack.pass))),
    ];
    yield* files.filter((file) => existsSync(file));
  }
}

/** Messages that fit no record, of all packages, in their order. */
async function* unattributedMessages(
  folder: RunFolder,
  packages: readonly LedgerPackage[],
): AsyncGenerator<UnattributedMessage> {
  for await (const message of packageMessages(folder, packages))
    if (message.noise === undefined) yield message;
}

/** The same, with those that are noise, whether or not they fit a record. */
async function* packageMessages(
  folder: RunFolder,
  packages: readonly LedgerPackage[],
): AsyncGenerator<UnattributedMessage> {
  for (const pack of packages) {
    const file = folder.unattributedMessages(pack.key);
    if (existsSync(file)) yield* readUnattributed(file);
  }
}

/** Puts them into one file, and what is noise into another, where there are any; returns how many there are. */
async function writeUnattributed(
  folder: RunFolder,
  packages: readonly LedgerPackage[],
): Promise<{ readonly unattributed: number; readonly noise: number }> {
  const messages = await UnattributedWriter.open(folder.unattributedFile);
  const noise = await UnattributedWriter.open(folder.noiseFile);
  try {
    for await (const message of packageMessages(folder, packages)) {
      await (message.noise === undefined ? messages : noise).add(message);
    }
    await publishOrRemove(messages, messages.count, folder.unattributedFile);
    await publishOrRemove(noise, noise.noise, folder.noiseFile);
  } catch (thrown) {
    await messages.abort();
    await noise.abort();
    throw thrown;
  }
  return { unattributed: messages.count, noise: noise.noise };
}

async function publishOrRemove(writer: UnattributedWriter, count: number, file: string): Promise<void> {
  if (count > 0) await writer.publish();
  else {
    await writer.abort();
    await rm(file, { force: true });
  }
}

async function packageSummaries(
  folder: RunFolder,
  packages: readonly LedgerPackage[],
): Promise<PackageSummary[]> {
  const summaries: PackageSummary[] = [];
  for (const pack of packages) {
    summaries.push({ ...packageSummary(pack), ...(await errorFilesOf(folder, pack)) });
  }
  return summaries;
}

/** Absent where F&O was not asked. */
async function errorFilesOf(
  folder: RunFolder,
  pack: LedgerPackage,
): Promise<Pick<PackageSummary, "errorFiles">> {
  const file = folder.errorFileList(pack.key);
  if (!existsSync(file)) return {};
  const errorFiles = errorFilesShape
    .parse(JSON.parse(await readFile(file, "utf8")))
    .map(({ entity, ...rest }) => ({ ...rest, ...(entity === undefined ? {} : { entity }) }));
  return errorFiles.length === 0 ? {} : { errorFiles };
}
