import { z } from "zod";
import { packageStates } from "./package-state.ts";

/* The rows of the ledger's tables, checked and renamed as they are read. */

export type RunPhase = "building" | "loading" | "finished";

/** What was said on the command line and holds for the run until its end, however often it is resumed. */
export const runChoices = z.object({
  canary: z.object({ records: z.number(), rejections: z.union([z.number(), z.string()]) }).optional(),
  /** Packages are sent while later entities are read. */
  sending: z.literal("whileBuilding").optional(),
  /** The load goes no further than F&O's staging tables. */
  stagingOnly: z.literal(true).optional(),
  /** What F&O rejects stops the run no more. */
  despiteRejections: z.literal(true).optional(),
  /** The load whose rejected records are loaded again. */
  resubmissionOf: z.string().optional(),
});

export type RunChoices = z.infer<typeof runChoices>;

export const runRow = z
  .object({
    id: z.string(),
    command: z.string(),
    project: z.string(),
    environment: z.string(),
    phase: z.enum(["building", "loading", "finished"]),
    status: z.string(),
    exit_code: z.number().nullable(),
    started_at: z.string(),
    finished_at: z.string().nullable(),
    fingerprint: z.string(),
    fingerprint_parts: z.string(),
    purged_at: z.string().nullable(),
    packages_purged_at: z.string().nullable(),
    choices: z.string(),
  })
  .transform((row) => ({
    id: row.id,
    command: row.command,
    project: row.project,
    environment: row.environment,
    phase: row.phase,
    status: row.status,
    exitCode: row.exit_code,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    fingerprint: row.fingerprint,
    fingerprintParts: row.fingerprint_parts,
    /** When the run's folder was removed. */
    purgedAt: row.purged_at,
    /** When its packages were removed. */
    packagesPurgedAt: row.packages_purged_at ?? row.purged_at,
    choices: runChoices.parse(JSON.parse(row.choices)),
  }));

/** One run, as the ledger knows it. */
export type LedgerRun = z.infer<typeof runRow>;

/** Whether a run sends something, so that it can be resumed, given up, and measured. */
export function isSending({ command }: Pick<LedgerRun, "command">): boolean {
  return command === "load" || command === "resubmit";
}

/** The counts of one entity in one package once that is over. */
const partCounts = {
  staged: z.number(),
  created: z.number(),
  updated: z.number(),
  rejected_staging: z.number(),
  rejected_target: z.number(),
  unprocessed: z.number(),
};

export const partRow = z
  .object({ entity: z.string(), data_file: z.string(), records: z.number(), ...partCounts })
  .transform((row) => ({
    entity: row.entity,
    dataFile: row.data_file,
    records: row.records,
    staged: row.staged,
    created: row.created,
    updated: row.updated,
    rejectedStaging: row.rejected_staging,
    rejectedTarget: row.rejected_target,
    unprocessed: row.unprocessed,
  }));

/** One entity of a package: its data file and what became of its records. */
export type LedgerPart = z.infer<typeof partRow>;

export const packageRow = z
  .object({
    key: z.string(),
    position: z.number(),
    legal_entity: z.string(),
    data_project: z.string(),
    file: z.string(),
    sha256: z.string(),
    size_bytes: z.number(),
    execution_id: z.string(),
    state: z.enum(packageStates),
    environment_status: z.string().nullable(),
    message: z.string().nullable(),
    unattributed: z.number(),
    pass: z.number(),
    canary: z.number(),
  })
  .transform((row) => ({
    ...(row.pass === 2 ? { pass: 2 as const } : {}),
    ...(row.canary === 1 ? { canary: true as const } : {}),
    key: row.key,
    position: row.position,
    legalEntity: row.legal_entity,
    dataProject: row.data_project,
    file: row.file,
    sha256: row.sha256,
    sizeBytes: row.size_bytes,
    executionId: row.execution_id,
    state: row.state,
    environmentStatus: row.environment_status,
    message: row.message,
    unattributed: row.unattributed,
  }));

/** What becomes of the records of one entity of a package. */
export type PartCounts = Omit<LedgerPart, "entity" | "dataFile" | "records">;

/** One package, as the ledger knows it: its entities in the order in which they stand in it, at least one. */
export type LedgerPackage = z.infer<typeof packageRow> & { readonly parts: readonly LedgerPart[] };

/** Labels of the entities in a package, for people. */
export function entitiesOf(pack: Pick<LedgerPackage, "parts">): string {
  return pack.parts.map((part) => part.entity).join(", ");
}

/** A count, or the number of records, over all entities of a package. */
export function sumOf(
  pack: Pick<LedgerPackage, "parts">,
  count: Exclude<keyof LedgerPart, "entity" | "dataFile">,
): number {
  return pack.parts.reduce((sum, part) => sum + part[count], 0);
}

export const countsRow = z
  .object({
    position: z.number(),
    entity: z.string(),
    legal_entity: z.string(),
    read: z.number(),
    filtered: z.number(),
    rejected_here: z.number(),
    packaged: z.number(),
    control_totals: z.string(),
    second_pass: z.number(),
  })
  .transform((row) => ({
    position: row.position,
    entity: row.entity,
    legalEntity: row.legal_entity,
    read: row.read,
    filtered: row.filtered,
    rejectedHere: row.rejected_here,
    packaged: row.packaged,
    controlTotals: z.record(z.string(), z.string()).parse(JSON.parse(row.control_totals)),
    ...(row.second_pass === 0 ? {} : { secondPass: row.second_pass }),
  }));

/** What was counted for one entity and legal entity while packages were built. */
export type BuildCounts = z.infer<typeof countsRow>;
