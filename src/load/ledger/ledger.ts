import { chmodSync, mkdirSync } from "node:fs";
import path from "node:path";
import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import { z } from "zod";
import type { Clock } from "../../errors/clock.ts";
import { DmfpipeError } from "../../errors/dmfpipe-error.ts";
import { scrub } from "../../errors/redaction.ts";
import { LedgerAttempts } from "./ledger-attempts.ts";
import { LedgerMoves } from "./ledger-moves.ts";
import { LedgerLanes } from "./ledger-lanes.ts";
import { migrate } from "./ledger-schema.ts";
import { LedgerTimes } from "./ledger-times.ts";
import {
  countsRow,
  packageRow,
  partRow,
  runRow,
  type BuildCounts,
  type LedgerPackage,
  type LedgerPart,
  type LedgerRun,
  type PartCounts,
  type RunChoices,
} from "./ledger-rows.ts";
import { LedgerTrend, type TrendEntry } from "../trend/ledger-trend.ts";
import { isLegalTransition, type PackageState } from "./package-state.ts";
import { inTransaction } from "./transaction.ts";

/** A package as the build hands it over: nothing has happened to it yet. */
export type NewPackage = Omit<
  LedgerPackage,
  "state" | "environmentStatus" | "message" | "unattributed" | "parts"
> & { readonly parts: readonly Omit<LedgerPart, keyof PartCounts>[] };

/** What may be recorded together with a step of a package; what is absent stays as it was. */
export interface MoveDetails {
  readonly environmentStatus?: string;
  readonly message?: string;
  /** The id F&O gave it, where that is not the one it was sent with. */
  readonly executionId?: string;
  /** In the order of the package's entities. */
  readonly counts?: readonly PartCounts[];
  /** Messages that fit no record. */
  readonly unattributed?: number;
}

/**
 * What dmfpipe remembers of its runs: a SQLite file that survives any crash. Everything is written with
 * `synchronous=FULL`: when a method returns, it is on the disk.
 */
export class Ledger {
  readonly #database: DatabaseSync;
  readonly #clock: Clock;
  /** The steps of packages, for whoever follows them. */
  readonly moves: LedgerMoves;
  /** How long packages took in F&O. */
  readonly times: LedgerTimes;
  /** What waits for what. */
  readonly lanes: LedgerLanes;
  /** What was tried with records that were rejected. */
  readonly attempts: LedgerAttempts;
  /** Reasons of rejections over runs. */
  readonly trend: LedgerTrend;

  private constructor(database: DatabaseSync, clock: Clock) {
    this.#database = database;
    this.moves = new LedgerMoves(database);
    this.times = new LedgerTimes(database);
    this.lanes = new LedgerLanes(database);
    this.attempts = new LedgerAttempts(database);
    this.trend = new LedgerTrend(database);
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
    run: Pick<
      LedgerRun,
      "id" | "command" | "project" | "environment" | "fingerprint" | "fingerprintParts"
    > & {
      readonly choices?: RunChoices;
    },
  ): void {
    this.#run(
      `INSERT INTO runs (id, command, project, environment, phase, status, started_at, fingerprint, fingerprint_parts,
         choices)
       VALUES (?, ?, ?, ?, 'building', 'running', ?, ?, ?, ?)`,
      run.id,
      run.command,
      run.project,
      run.environment,
      this.#now(),
      run.fingerprint,
      run.fingerprintParts,
      JSON.stringify(run.choices ?? {}),
    );
  }

  /** A run that is taken up again; from here on it is running, and means what was chosen now. */
  takeUpRun(runId: string, choices: RunChoices): void {
    this.#run(
      "UPDATE runs SET status = 'running', exit_code = NULL, finished_at = NULL, choices = ? WHERE id = ?",
      JSON.stringify(choices),
      runId,
    );
  }

  /** Forgets what an interrupted build left: nothing of it was sent, so it is built anew. */
  restartBuild(runId: string): void {
    inTransaction(this.#database, () => {
      this.#run("DELETE FROM transitions WHERE run_id = ?", runId);
      this.#run("DELETE FROM package_parts WHERE run_id = ?", runId);
      this.#run("DELETE FROM packages WHERE run_id = ?", runId);
      this.#run("DELETE FROM counts WHERE run_id = ?", runId);
    });
  }

  /** Records the outcome of the build as a whole: packages, counts, and that loading may begin. */
  finishBuild(runId: string, packages: readonly NewPackage[], counts: readonly BuildCounts[]): void {
    inTransaction(this.#database, () => {
      this.#insertPackages(runId, packages);
      this.#insertCounts(runId, counts);
      this.#run("UPDATE runs SET phase = 'loading' WHERE id = ?", runId);
    });
  }

  /** Records packages and counts of entities that were read to their ends while the build goes on: all or none. */
  addEntities(runId: string, packages: readonly NewPackage[], counts: readonly BuildCounts[]): void {
    inTransaction(this.#database, () => {
      this.#insertPackages(runId, packages);
      this.#insertCounts(runId, counts);
    });
  }

  /** Adds the packages of the second pass, all or none: who finds one of them need not build them again. */
  addPackages(runId: string, packages: readonly NewPackage[]): void {
    inTransaction(this.#database, () => {
      this.#insertPackages(runId, packages);
    });
  }

  /** The run's last word. A run that can go on keeps its phase, so that `resume` finds it, and its rejections do not count yet. */
  endRun(
    runId: string,
    end: {
      readonly status: string;
      readonly exitCode: number;
      readonly resumable: boolean;
      readonly trend?: TrendEntry | undefined;
    },
  ): void {
    const { status, exitCode, resumable, trend } = end;
    inTransaction(this.#database, () => {
      const phase = "phase = CASE WHEN ? THEN phase ELSE 'finished' END";
      this.#run(
        `UPDATE runs SET status = ?, exit_code = ?, finished_at = ?, ${phase} WHERE id = ?`,
        ...[status, exitCode, this.#now(), resumable ? 1 : 0, runId],
      );
      if (trend !== undefined && !resumable) this.trend.enter(runId, trend);
    });
  }

  /** Notes that the folder of a run, or the packages in it, are about to be removed from the disk. */
  markPurged(runId: string, what: "run" | "packages"): void {
    const column = what === "run" ? "purged_at" : "packages_purged_at";
    this.#run(`UPDATE runs SET ${column} = coalesce(${column}, ?) WHERE id = ?`, this.#now(), runId);
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
    const parts = this.#partsOf(runId);
    return z
      .array(packageRow)
      .parse(rows)
      .map((pack) => ({ ...pack, parts: parts.get(pack.key) ?? [] }));
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
    inTransaction(this.#database, () => {
      const changed = this.#run(
        `UPDATE packages SET state = ?, environment_status = coalesce(?, environment_status),
           message = coalesce(?, message), execution_id = coalesce(?, execution_id),
           unattributed = coalesce(?, unattributed)
         WHERE run_id = ? AND key = ? AND state = ?`,
        to,
        set.environmentStatus ?? null,
        set.message === undefined ? null : scrub(set.message),
        set.executionId ?? null,
        set.unattributed ?? null,
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
      for (const [index, counts] of (set.counts ?? []).entries()) {
        this.#countPart({ runId, key: pack.key, place: index + 1 }, counts);
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
      if (to === "done") this.times.note(runId, pack.key);
    });
    const row = this.#database
      .prepare("SELECT * FROM packages WHERE run_id = ? AND key = ?")
      .get(runId, pack.key);
    return { ...packageRow.parse(row), parts: this.#partsOf(runId, pack.key).get(pack.key) ?? [] };
  }

  /** The entities of the run's packages, or of one of them, by package key. */
  #partsOf(runId: string, key?: string): ReadonlyMap<string, readonly LedgerPart[]> {
    const rows = this.#database
      .prepare(
        `SELECT * FROM package_parts WHERE run_id = ? AND package_key = coalesce(?, package_key)
         ORDER BY package_key, place`,
      )
      .all(runId, key ?? null);
    const parts = new Map<string, LedgerPart[]>();
    for (const row of rows) {
      const packageKey = String(row["package_key"]);
      const part = partRow.parse(row);
      const others = parts.get(packageKey);
      if (others === undefined) parts.set(packageKey, [part]);
      else others.push(part);
    }
    return parts;
  }

  #insertPackages(runId: string, packages: readonly NewPackage[]): void {
    for (const pack of packages) {
      this.#run(
        `INSERT INTO packages (run_id, key, position, legal_entity, data_project, file, sha256, size_bytes,
           execution_id, state, pass, canary)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'built', ?, ?)`,
        runId,
        pack.key,
        pack.position,
        pack.legalEntity,
        pack.dataProject,
        pack.file,
        pack.sha256,
        pack.sizeBytes,
        pack.executionId,
        pack.pass ?? 1,
        pack.canary === true ? 1 : 0,
      );
      for (const [index, part] of pack.parts.entries()) {
        this.#run(
          `INSERT INTO package_parts (run_id, package_key, place, entity, data_file, records)
           VALUES (?, ?, ?, ?, ?, ?)`,
          runId,
          pack.key,
          index + 1,
          part.entity,
          part.dataFile,
          part.records,
        );
      }
    }
  }

  #insertCounts(runId: string, counts: readonly BuildCounts[]): void {
    for (const count of counts) {
      this.#run(
        `INSERT INTO counts (run_id, position, entity, legal_entity, read, filtered, rejected_here, packaged,
           control_totals, second_pass)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        runId,
        count.position,
        count.entity,
        count.legalEntity,
        count.read,
        count.filtered,
        count.rejectedHere,
        count.packaged,
        JSON.stringify(count.controlTotals),
        count.secondPass ?? 0,
      );
    }
  }

  /** Remembers that the definition of a data project in an environment is dmfpipe's own. */
  noteDataProject(environment: string, name: string): void {
    this.#run("INSERT OR IGNORE INTO data_projects VALUES (?, ?, ?)", environment, name, this.#now());
  }

  hasDataProject(environment: string, name: string): boolean {
    const row = this.#database
      .prepare("SELECT 1 FROM data_projects WHERE environment = ? AND name = ?")
      .get(environment, name);
    return row !== undefined;
  }

  #countPart(
    part: { readonly runId: string; readonly key: string; readonly place: number },
    counts: PartCounts,
  ): void {
    this.#run(
      `UPDATE package_parts SET staged = ?, created = ?, updated = ?, rejected_staging = ?, rejected_target = ?,
         unprocessed = ? WHERE run_id = ? AND package_key = ? AND place = ?`,
      counts.staged,
      counts.created,
      counts.updated,
      counts.rejectedStaging,
      counts.rejectedTarget,
      counts.unprocessed,
      part.runId,
      part.key,
      part.place,
    );
  }

  #run(sql: string, ...values: SQLInputValue[]): number {
    return Number(this.#database.prepare(sql).run(...values).changes);
  }

  #now(): string {
    return new Date(this.#clock.now()).toISOString();
  }
}
