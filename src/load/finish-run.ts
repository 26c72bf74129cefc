import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { z } from "zod";
import type { ExitCode } from "../errors/exit-code.ts";
import { publishText } from "../package/partial-file.ts";
import { readRejections, RejectionNdjsonWriter } from "../rejection/rejection-ndjson.ts";
import { RejectionCsvWriter } from "../rejection/rejection-csv.ts";
import { teeSink } from "../rejection/rejection-sink.ts";
import type { Rejection, RejectionStage, UnattributedMessage } from "../rejection/rejection.ts";
import { writeReport } from "../rejection/report/write-report.ts";
import type {
  EntitySummary,
  RunObjection,
  RunStatus,
  RunSummary,
  SnapshotSummary,
} from "../rejection/summary.ts";
import type { SourceProfile } from "../source/source-profile.ts";
import type { LedgerPackage, LedgerRun } from "./ledger/ledger-rows.ts";
import type { PlannedLoad } from "./load-plan.ts";
import type { RunFolder } from "./run-folder.ts";
import { packageSummary } from "./summarize.ts";

export interface FinishOptions {
  readonly run: LedgerRun;
  readonly folder: RunFolder;
  readonly planned: readonly PlannedLoad[];
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
}

const unattributedShape = z.array(
  z.object({
    entity: z.string(),
    legalEntity: z.string(),
    executionId: z.string(),
    channel: z.enum(["staging error file", "target error keys", "execution errors"]),
    recordId: z.string(),
    message: z.string(),
  }),
);

/**
 * Writes everything people and scripts read after a run: rejections.ndjson, one CSV per entity, report.html and
 * summary.json last, so that who finds the summary finds the rest. All of it is made from the parts that the run
 * left on disk, streaming; it may be repeated and gives the same files.
 */
export async function finishRun(options: FinishOptions): Promise<RunSummary> {
  const { folder, planned, packages } = options;
  const tally = new RejectionTally();
  const csv = new RejectionCsvWriter({
    folder: folder.rejections,
    layoutOf: (entity) => layoutOf(planned, entity),
  });
  const sink = teeSink([new RejectionNdjsonWriter(folder.rejectionsFile), csv]);
  try {
    for (const part of partFiles(options)) {
      for await (const rejection of readRejections(part)) {
        tally.add(rejection);
        await sink.write(rejection);
      }
    }
    await sink.close();
  } catch (thrown) {
    await sink.abort();
    throw thrown;
  }
  const unattributed = await unattributedMessages(folder, packages);
  const { run } = options;
  const summary: RunSummary = {
    run: run.id,
    project: run.project,
    environment: run.environment,
    command: run.command,
    status: options.status,
    exitCode: options.exitCode,
    startedAt: run.startedAt,
    finishedAt: options.finishedAt,
    balanced: options.entities.every((entity) => entity.balanced),
    entities: options.entities,
    packages: packages.map(packageSummary),
    rejections: {
      total: tally.total,
      byStage: tally.byStage,
      byCode: tally.byCode,
      unattributed: unattributed.length,
    },
    ...(options.snapshots === undefined ? {} : { snapshots: options.snapshots }),
    ...(options.withoutSnapshot === undefined ? {} : { withoutSnapshot: options.withoutSnapshot }),
    ...(options.objections === undefined ? {} : { objections: options.objections }),
  };
  const { profiles } = options;
  if (profiles !== undefined) {
    await publishText(folder.profileFile, `${JSON.stringify({ run: run.id, sources: profiles }, null, 2)}\n`);
  }
  await writeReport({
    file: folder.reportFile,
    summary,
    rejections: () => readRejections(folder.rejectionsFile),
    unattributed,
    ...(profiles === undefined ? {} : { profiles }),
    files: csv.files().map(({ entity, name, records }) => ({ entity, records, href: `rejections/${name}` })),
  });
  await publishText(folder.summaryFile, `${JSON.stringify(summary, null, 2)}\n`);
  return summary;
}

/** The parts in the order of loading: for each entity our own rejections, then those of its packages. */
function* partFiles(options: FinishOptions): Generator<string> {
  const { folder, planned, packages } = options;
  for (const { position, schema, secondPass } of planned) {
    const positionIn = (pass: 2 | undefined): number => (pass === 2 ? (secondPass?.position ?? 0) : position);
    const files = [
      folder.ownRejections(position),
      ...packages
        .flatMap((pack) => pack.parts.map((part) => ({ pack, part })))
        .filter(({ part }) => part.entity === schema.label)
        .map(({ pack }) => folder.packageRejections(pack.key, positionIn(pack.pass))),
    ];
    yield* files.filter((file) => existsSync(file));
  }
}

function layoutOf(
  planned: readonly PlannedLoad[],
  entity: string,
): { columns: readonly string[]; delimiter: string } {
  const found = planned.find((candidate) => candidate.schema.label === entity);
  return {
    columns: found?.sources[0]?.source.columns ?? [],
    delimiter: found?.definition.sourceFormat.delimiter ?? ",",
  };
}

async function unattributedMessages(
  folder: RunFolder,
  packages: readonly LedgerPackage[],
): Promise<UnattributedMessage[]> {
  const messages: UnattributedMessage[] = [];
  for (const pack of packages) {
    const file = folder.unattributedMessages(pack.key);
    if (existsSync(file)) messages.push(...unattributedShape.parse(JSON.parse(await readFile(file, "utf8"))));
  }
  return messages;
}

class RejectionTally {
  total = 0;
  readonly byStage: Record<RejectionStage, number> = {
    source: 0,
    mapping: 0,
    validation: 0,
    staging: 0,
    target: 0,
  };
  readonly byCode: Record<string, number> = {};

  add(rejection: Rejection): void {
    this.total++;
    this.byStage[rejection.stage]++;
    for (const code of new Set(rejection.reasons.map((reason) => reason.code))) {
      this.byCode[code] = (this.byCode[code] ?? 0) + 1;
    }
  }
}
