import { existsSync } from "node:fs";
import path from "node:path";
import type { Clock } from "../../errors/clock.ts";
import type { Reason } from "../../errors/reason.ts";
import type { Project } from "../../project/project.ts";
import { findRejections } from "../../rejection/rejection-ndjson.ts";
import type { RejectionStage } from "../../rejection/rejection.ts";
import type { SourcePosition } from "../../source/source-record.ts";
import type { Attempt, AttemptOutcome } from "../ledger/ledger-attempts.ts";
import type { LedgerPackage, LedgerRun } from "../ledger/ledger-rows.ts";
import { Ledger } from "../ledger/ledger.ts";
import { sourceFiles } from "../load-plan.ts";
import { RowIndex } from "../reading/row-index.ts";
import { ResubmissionStore } from "../resubmit/resubmission-store.ts";
import type { CorrectedPlace } from "../resubmit/stored-record.ts";
import type { ValueChange } from "../resubmit/value-change.ts";
import { ledgerFile, RunFolder } from "../run-folder.ts";

/** Most runs that are looked through, the latest first. */
const runsLookedAt = 20;

/** What one run made of a source record. A record that was left out, or that a dry run accepted, leaves no trace. */
export interface RecordInRun {
  readonly run: string;
  readonly command: string;
  /** The load was to go no further than F&O's staging tables. */
  readonly stagingOnly?: true;
  readonly environment: string;
  readonly startedAt: string;
  readonly status: string;
  /** The package it was put into. */
  readonly package?: {
    readonly key: string;
    /** Its row in there, from 1, the header not counted. */
    readonly row: number;
    readonly state: LedgerPackage["state"];
    readonly executionId: string;
    readonly message?: string;
  };
  readonly rejection?: { readonly stage: RejectionStage; readonly reasons: readonly Reason[] };
  /** Of a run that loaded rejected records once more: the load that rejected them first, and what was corrected. */
  readonly resubmission?: {
    readonly of: string;
    readonly corrected?: CorrectedPlace;
    readonly changes: readonly ValueChange[];
  };
  /** What became of it, where it was rejected once and loaded again. */
  readonly outcome?: AttemptOutcome;
  /** Of a run whose files are gone: codes and fields of the reasons. */
  readonly reasonMarks?: readonly string[];
  /** The line had another text then: the story is that of what stood there at the time. */
  readonly changed: boolean;
}

/** What earlier runs made of a record. */
export interface RecordHistory {
  /** The latest first. */
  readonly runs: readonly RecordInRun[];
  readonly runsLookedAt: number;
  /** Of those looked at: their files were removed, so that nothing can be found in them. */
  readonly runsPurged: number;
  readonly runsInAll: number;
}

/** A record as its history is looked for. */
export interface PastRecord {
  /** DMF label. */
  readonly entity: string;
  readonly position: SourcePosition;
  readonly raw: string;
}

/**
 * Looks through the latest runs of the project for a record of a source: its rejections, and the package it went
 * into. Reads what runs leave behind and changes nothing. Throws DMFP-RUN-FILE for files of a run that are broken.
 */
export async function recordHistory(
  project: Project,
  record: PastRecord,
  clock: Clock,
): Promise<RecordHistory> {
  if (!existsSync(ledgerFile(project.root)))
    return { runs: [], runsLookedAt: 0, runsPurged: 0, runsInAll: 0 };
  const ledger = Ledger.open(ledgerFile(project.root), clock);
  try {
    const all = ledger.runs();
    const { entity, position } = record;
    const attempts = ledger.attempts.ofRecord({ entity, file: position.file, record: position.record });
    const tried = new Map(attempts.map((attempt) => [attempt.run, attempt]));
    const looked = all.slice(0, runsLookedAt);
    const runs: RecordInRun[] = [];
    // Whatever was tried with a record belongs to its story, however long ago.
    for (const run of all.filter((candidate, index) => index < runsLookedAt || tried.has(candidate.id))) {
      const found = await inRun(project, record, { run, ledger, attempt: tried.get(run.id) });
      if (found !== undefined) runs.push(found);
    }
    const runsPurged = looked.filter(({ packagesPurgedAt }) => packagesPurgedAt !== null).length;
    return { runs, runsLookedAt: looked.length, runsPurged, runsInAll: all.length };
  } finally {
    ledger.close();
  }
}

async function inRun(
  project: Project,
  record: PastRecord,
  where: { readonly run: LedgerRun; readonly ledger: Ledger; readonly attempt: Attempt | undefined },
): Promise<RecordInRun | undefined> {
  const { run, ledger, attempt } = where;
  const folder = new RunFolder(project.root, run.id);
  const rejected = await rejectionOf(folder, record);
  const packed = await packageOf(project, record, { run, ledger, folder });
  const resubmission = resubmissionOf(folder, record, run);
  if (rejected === undefined && packed === undefined && attempt === undefined) return undefined;
  const marks = rejected === undefined ? (attempt?.reasons ?? []) : [];
  return {
    run: run.id,
    command: run.command,
    ...(run.choices.stagingOnly === undefined ? {} : { stagingOnly: run.choices.stagingOnly }),
    environment: run.environment,
    startedAt: run.startedAt,
    status: run.status,
    ...(packed === undefined ? {} : { package: packed.package }),
    ...(rejected === undefined ? {} : { rejection: { stage: rejected.stage, reasons: rejected.reasons } }),
    ...(resubmission === undefined ? {} : { resubmission }),
    ...(attempt === undefined ? {} : { outcome: attempt.outcome }),
    ...(marks.length === 0 ? {} : { reasonMarks: marks }),
    changed: rejected?.changed ?? packed?.changed ?? false,
  };
}

function resubmissionOf(
  folder: RunFolder,
  { entity, position }: PastRecord,
  run: LedgerRun,
): RecordInRun["resubmission"] {
  const { resubmissionOf: of } = run.choices;
  if (of === undefined || !existsSync(folder.resubmissionFile)) return undefined;
  const store = ResubmissionStore.open(folder.resubmissionFile);
  try {
    const record = store.find(entity, position.file, position.record);
    if (record === undefined) return undefined;
    const { corrected, changes } = record;
    return { of, changes, ...(corrected === undefined ? {} : { corrected }) };
  } finally {
    store.close();
  }
}

async function rejectionOf(
  folder: RunFolder,
  { entity, position, raw }: PastRecord,
): Promise<{ stage: RejectionStage; reasons: readonly Reason[]; changed: boolean } | undefined> {
  if (!existsSync(folder.rejectionsFile)) return undefined;
  for await (const rejection of findRejections(folder.rejectionsFile, position)) {
    const { stage, reasons } = rejection;
    // Several XML records may begin on one line.
    if (rejection.entity === entity && rejection.position.record === position.record)
      return { stage, reasons, changed: rejection.raw !== raw };
  }
  return undefined;
}

async function packageOf(
  project: Project,
  record: PastRecord,
  where: { readonly run: LedgerRun; readonly ledger: Ledger; readonly folder: RunFolder },
): Promise<{ package: NonNullable<RecordInRun["package"]>; changed: boolean } | undefined> {
  const { run, ledger, folder } = where;
  const position = ledger.counts(run.id).find((counts) => counts.entity === record.entity)?.position;
  const fileNumber = fileNumberOf(project, record, { run, folder });
  if (position === undefined || fileNumber === -1) return undefined;
  for (const pack of ledger.packages(run.id)) {
    const part = pack.parts.find((candidate) => candidate.entity === record.entity);
    const file = folder.rowIndexFile(pack.key, position);
    if (part === undefined || !existsSync(file)) continue;
    const index = await RowIndex.open(file);
    try {
      const found = await rowOf(index, part.records, { fileNumber, record: record.position.record });
      if (found === undefined) continue;
      const { key, state, executionId, message } = pack;
      const place = { key, row: found.row, state, executionId };
      const { byteOffset, byteLength } = record.position;
      return {
        package: message === null ? place : { ...place, message },
        changed: found.byteOffset !== byteOffset || found.byteLength !== byteLength,
      };
    } finally {
      await index.close();
    }
  }
  return undefined;
}

/** The sources of a resubmission are those of its records. */
function fileNumberOf(
  project: Project,
  { entity, position }: PastRecord,
  { run, folder }: { readonly run: LedgerRun; readonly folder: RunFolder },
): number {
  if (run.choices.resubmissionOf !== undefined) {
    if (!existsSync(folder.resubmissionFile)) return -1;
    const store = ResubmissionStore.open(folder.resubmissionFile);
    try {
      return store.files(entity).indexOf(position.file);
    } finally {
      store.close();
    }
  }
  const definition = project.mappings.find((candidate) => candidate.entity.value === entity);
  if (definition === undefined) return -1;
  const names = sourceFiles(project, definition).map((file) => path.relative(project.root, file));
  return names.indexOf(position.file);
}

/** Rows stand in the order of the sources, so the one of a record is found by halving. */
async function rowOf(
  index: RowIndex,
  rows: number,
  wanted: { readonly fileNumber: number; readonly record: number },
): Promise<{ row: number; byteOffset: number; byteLength: number } | undefined> {
  let least = 1;
  let most = rows;
  while (least <= most) {
    const row = Math.floor((least + most) / 2);
    const { position, fileNumber } = await index.find(row);
    const order = fileNumber - wanted.fileNumber || position.record - wanted.record;
    if (order === 0) return { row, byteOffset: position.byteOffset, byteLength: position.byteLength };
    if (order < 0) least = row + 1;
    else most = row - 1;
  }
  return undefined;
}
