import { chmodSync, mkdirSync } from "node:fs";
import path from "node:path";
import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import { z } from "zod";
import type { Clock } from "../errors/clock.ts";
import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import { scrub } from "../errors/redaction.ts";
import { migrate } from "./ledger-schema.ts";
import { isLegalTransition, packageStates, type PackageState } from "./package-state.ts";

export type RunPhase = "building" | "loading" | "finished";

const runRow = z
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
  }));

/** One run, as the ledger knows it. */
export type LedgerRun = z.infer<typeof runRow>;

const packageRow = z
  .object({
    key: z.string(),
    position: z.number(),
    entity: z.string(),
    legal_entity: z.string(),
    data_project: z.string(),
    file: z.string(),
    data_file: z.string(),
    sha256: z.string(),
    size_bytes: z.number(),
    records: z.number(),
    execution_id: z.string(),
    state: z.enum(packageStates),
    environment_status: z.string().nullable(),
    message: z.string().nullable(),
    staged: z.number(),
    created: z.number(),
    updated: z.number(),
    rejected_staging: z.number(),
    rejected_target: z.number(),
    unprocessed: z.number(),
    unattributed: z.number(),
  })
  .transform((row) => ({
    key: row.key,
    position: row.position,
    entity: row.entity,
    legalEntity: row.legal_entity,
    dataProject: row.data_project,
    file: row.file,
    dataFile: row.data_file,
    sha256: row.sha256,
    sizeBytes: row.size_bytes,
    records: row.records,
    executionId: row.execution_id,
    state: row.state,
    environmentStatus: row.environment_status,
    message: row.message,
    staged: row.staged,
    created: row.created,
    updated: row.updated,
    rejectedStaging: row.rejected_staging,
    rejectedTarget: row.rejected_target,
    unprocessed: row.unprocessed,
    unattributed: row.unattributed,
  }));

/** One package, as the ledger knows it. */
export type LedgerPackage = z.infer<typeof packageRow>;

/** The counts of one package once it is over. */
export type PackageCounts = Pick<
  LedgerPackage,
  "staged" | "created" | "updated" | "rejectedStaging" | "rejectedTarget" | "unprocessed" | "unattributed"
>;

/** What may be recorded together with a step of a package; what is absent stays as it was. */
export interface MoveDetails {
  readonly environmentStatus?: string;
  readonly message?: string;
  /** The id F&O gave it, where that is not the one it was sent with. */
  readonly executionId?: string;
  readonly counts?: PackageCounts;
}

const countsRow = z
  .object({
    position: z.number(),
    entity: z.string(),
    legal_entity: z.string(),
    read: z.number(),
    filtered: z.number(),
    rejected_here: z.number(),
    packaged: z.number(),
    control_totals: z.string(),
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
  }));

/** What was counted for one entity and legal entity while packages were built. */
export type BuildCounts = z.infer<typeof countsRow>;

/**
 * What dmfpipe remembers of its runs: a SQLite file that survives any crash. Everything is written with
 * `synchronous=FULL`: when a method returns, it is on the disk.
 */
export class Ledger {
  readonly #database: DatabaseSync;
  readonly #clock: Clock;

  private constructor(database: DatabaseSync, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  /** Opens the ledger, made where there is none. Throws DMFP-LEDGER-NEWER. */
  static open(file: string, clock: Clock): Ledger {
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    const database = new DatabaseSync(file, { timeout: 10_000 });
    chmodSync(file, 0o600);
    database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON");
    try {
      migrate(database, file);
    } catch (thrown) {
      database.close();
      throw thrown;
    }
    return new Ledger(database, clock);
  }

  close(): void {
    this.#database.close();
  }

  startRun(
    run: Pick<LedgerRun, "id" | "command" | "project" | "environment" | "fingerprint" | "fingerprintParts">,
  ): void {
    this.#run(
      `INSERT INTO runs (id, command, project, environment, phase, status, started_at, fingerprint, fingerprint_parts)
       VALUES (?, ?, ?, ?, 'building', 'running', ?, ?, ?)`,
      run.id,
      run.command,
      run.project,
      run.environment,
      this.#now(),
      run.fingerprint,
      run.fingerprintParts,
    );
  }

  /** Forgets what an interrupted build left: nothing of it was sent, so it is built anew. */
  restartBuild(runId: string): void {
    this.#inTransaction(() => {
      this.#run("DELETE FROM transitions WHERE run_id = ?", runId);
      this.#run("DELETE FROM packages WHERE run_id = ?", runId);
      this.#run("DELETE FROM counts WHERE run_id = ?", runId);
    });
  }

  /** Records the outcome of the build as a whole: packages, counts, and that loading may begin. */
  finishBuild(
    runId: string,
    packages: readonly Omit<LedgerPackage, keyof PackageCounts | "state" | "environmentStatus" | "message">[],
    counts: readonly BuildCounts[],
  ): void {
    this.#inTransaction(() => {
      for (const pack of packages) {
        this.#run(
          `INSERT INTO packages (run_id, key, position, entity, legal_entity, data_project, file, data_file,
             sha256, size_bytes, records, execution_id, state)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'built')`,
          runId,
          pack.key,
          pack.position,
          pack.entity,
          pack.legalEntity,
          pack.dataProject,
          pack.file,
          pack.dataFile,
          pack.sha256,
          pack.sizeBytes,
          pack.records,
          pack.executionId,
        );
      }
      for (const count of counts) {
        this.#run(
          `INSERT INTO counts (run_id, position, entity, legal_entity, read, filtered, rejected_here, packaged, control_totals)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
          runId,
          count.position,
          count.entity,
          count.legalEntity,
          count.read,
          count.filtered,
          count.rejectedHere,
          count.packaged,
          JSON.stringify(count.controlTotals),
        );
      }
      this.#run("UPDATE runs SET phase = 'loading' WHERE id = ?", runId);
    });
  }

  /** The run's last word. A run that can go on keeps its phase, so that `resume` finds it. */
  endRun(
    runId: string,
    end: { readonly status: string; readonly exitCode: number; readonly resumable: boolean },
  ): void {
    this.#run(
      `UPDATE runs SET status = ?, exit_code = ?, finished_at = ?,
         phase = CASE WHEN ? THEN phase ELSE 'finished' END WHERE id = ?`,
      end.status,
      end.exitCode,
      this.#now(),
      end.resumable ? 1 : 0,
      runId,
    );
  }

  run(runId: string): LedgerRun | undefined {
    const row = this.#database.prepare("SELECT * FROM runs WHERE id = ?").get(runId);
    return row === undefined ? undefined : runRow.parse(row);
  }

  /** All runs, the latest first. */
  runs(): LedgerRun[] {
    return z
      .array(runRow)
      .parse(this.#database.prepare("SELECT * FROM runs ORDER BY started_at DESC, id DESC").all());
  }

  packages(runId: string): LedgerPackage[] {
    const rows = this.#database
      .prepare("SELECT * FROM packages WHERE run_id = ? ORDER BY position")
      .all(runId);
    return z.array(packageRow).parse(rows);
  }

  counts(runId: string): BuildCounts[] {
    const rows = this.#database
      .prepare("SELECT * FROM counts WHERE run_id = ? ORDER BY position, legal_entity")
      .all(runId);
    return z.array(countsRow).parse(rows);
  }

  /**
   * Moves a package on. The state it is thought to be in is part of the statement, so that a process that
   * lost its place cannot overwrite one that took over. Throws DMFP-BUG for a step that is not legal.
   */
  move(
    runId: string,
    pack: { readonly key: string; readonly state: PackageState },
    to: PackageState,
    why: string,
    set: MoveDetails = {},
  ): LedgerPackage {
    if (!isLegalTransition(pack.state, to)) {
      throw new DmfpipeError("DMFP-BUG", `Package ${pack.key} cannot go from ${pack.state} to ${to}.`);
    }
    this.#inTransaction(() => {
      const { counts } = set;
      const changed = this.#run(
        `UPDATE packages SET state = ?, environment_status = coalesce(?, environment_status),
           message = coalesce(?, message), execution_id = coalesce(?, execution_id), staged = coalesce(?, staged), created = coalesce(?, created),
           updated = coalesce(?, updated), rejected_staging = coalesce(?, rejected_staging),
           rejected_target = coalesce(?, rejected_target), unprocessed = coalesce(?, unprocessed),
           unattributed = coalesce(?, unattributed)
         WHERE run_id = ? AND key = ? AND state = ?`,
        to,
        set.environmentStatus ?? null,
        set.message === undefined ? null : scrub(set.message),
        set.executionId ?? null,
        counts?.staged ?? null,
        counts?.created ?? null,
        counts?.updated ?? null,
        counts?.rejectedStaging ?? null,
        counts?.rejectedTarget ?? null,
        counts?.unprocessed ?? null,
        counts?.unattributed ?? null,
        runId,
        pack.key,
        pack.state,
      );
      if (changed !== 1) {
        throw new DmfpipeError(
          "DMFP-BUG",
          `Package ${pack.key} is no longer ${pack.state}: another process moved it.`,
        );
      }
      this.#run(
        "INSERT INTO transitions (run_id, package_key, from_state, to_state, at, reason) VALUES (?, ?, ?, ?, ?, ?)",
        runId,
        pack.key,
        pack.state,
        to,
        this.#now(),
        scrub(why),
      );
    });
    return packageRow.parse(
      this.#database.prepare("SELECT * FROM packages WHERE run_id = ? AND key = ?").get(runId, pack.key),
    );
  }

  #run(sql: string, ...values: SQLInputValue[]): number {
    return Number(this.#database.prepare(sql).run(...values).changes);
  }

  #inTransaction(work: () => void): void {
    this.#database.exec("BEGIN IMMEDIATE");
    try {
      work();
      this.#database.exec("COMMIT");
    } catch (thrown) {
      this.#database.exec("ROLLBACK");
      throw thrown;
    }
  }

  #now(): string {
    return new Date(this.#clock.now()).toISOString();
  }
}
