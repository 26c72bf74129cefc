import type { DatabaseSync } from "node:sqlite";
import { DmfpipeError } from "../errors/dmfpipe-error.ts";

/**
 * The tables of the ledger, one entry per version, each run once inside a transaction. An entry that has been
 * released is never edited; a change is a new entry.
 */
const migrations: readonly string[] = [
  `
  CREATE TABLE runs (
    id TEXT PRIMARY KEY,
    command TEXT NOT NULL,
    project TEXT NOT NULL,
    environment TEXT NOT NULL,
    phase TEXT NOT NULL CHECK (phase IN ('building', 'loading', 'finished')),
    status TEXT NOT NULL,
    exit_code INTEGER,
    started_at TEXT NOT NULL,
    finished_at TEXT,
    fingerprint TEXT NOT NULL,
    fingerprint_parts TEXT NOT NULL
  ) STRICT;

  -- What was counted while the packages were built.
  CREATE TABLE counts (
    run_id TEXT NOT NULL REFERENCES runs (id),
    position INTEGER NOT NULL,
    entity TEXT NOT NULL,
    legal_entity TEXT NOT NULL,
    read INTEGER NOT NULL,
    filtered INTEGER NOT NULL,
    rejected_here INTEGER NOT NULL,
    packaged INTEGER NOT NULL,
    control_totals TEXT NOT NULL,
    PRIMARY KEY (run_id, entity, legal_entity)
  ) STRICT;

  CREATE TABLE packages (
    run_id TEXT NOT NULL REFERENCES runs (id),
    key TEXT NOT NULL,
    position INTEGER NOT NULL,
    entity TEXT NOT NULL,
    legal_entity TEXT NOT NULL,
    data_project TEXT NOT NULL,
    file TEXT NOT NULL,
    data_file TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    records INTEGER NOT NULL,
    execution_id TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL,
    environment_status TEXT,
    message TEXT,
    staged INTEGER NOT NULL DEFAULT 0,
    created INTEGER NOT NULL DEFAULT 0,
    updated INTEGER NOT NULL DEFAULT 0,
    rejected_staging INTEGER NOT NULL DEFAULT 0,
    rejected_target INTEGER NOT NULL DEFAULT 0,
    unprocessed INTEGER NOT NULL DEFAULT 0,
    unattributed INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (run_id, key)
  ) STRICT;

  CREATE TABLE transitions (
    run_id TEXT NOT NULL,
    package_key TEXT NOT NULL,
    from_state TEXT NOT NULL,
    to_state TEXT NOT NULL,
    at TEXT NOT NULL,
    reason TEXT NOT NULL,
    FOREIGN KEY (run_id, package_key) REFERENCES packages (run_id, key)
  ) STRICT;
  `,
];

/** Brings the ledger up to this version of dmfpipe. Throws DMFP-LEDGER-NEWER for one from a later version. */
export function migrate(database: DatabaseSync, file: string): void {
  if (versionOf(database) === migrations.length) return;
  // Inside the transaction, so that of two processes that open a new ledger at once the second finds it made.
  database.exec("BEGIN IMMEDIATE");
  try {
    const version = versionOf(database);
    if (version > migrations.length) {
      throw new DmfpipeError(
        "DMFP-LEDGER-NEWER",
        `${file} is of version ${version}; this dmfpipe knows versions up to ${migrations.length}.`,
      );
    }
    for (const migration of migrations.slice(version)) database.exec(migration);
    database.exec(`PRAGMA user_version = ${migrations.length}; COMMIT`);
  } catch (thrown) {
    database.exec("ROLLBACK");
    throw thrown;
  }
}

function versionOf(database: DatabaseSync): number {
  return Number(database.prepare("PRAGMA user_version").get()?.["user_version"] ?? 0);
}
