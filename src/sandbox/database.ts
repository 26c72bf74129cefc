import { mkdirSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { DmfpipeError } from "../errors/dmfpipe-error.ts";

const schemaVersion = 2;

/**
 * Everything the environment knows. `target_row` are the tables of the business; reference data are rows of it like
 * any other. Company '' stands for the shared ones. Keys are canonical: trimmed, upper case, as F&O's collation
 * compares them.
 */
const schema = `
CREATE TABLE environment (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE project (name TEXT PRIMARY KEY COLLATE NOCASE, description TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE execution (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE COLLATE NOCASE,
  project TEXT NOT NULL COLLATE NOCASE,
  company TEXT NOT NULL,
  execute_target INTEGER NOT NULL,
  status TEXT NOT NULL,
  not_found_answers INTEGER NOT NULL,
  created_at INTEGER NOT NULL
);
CREATE TABLE entity_run (
  number INTEGER PRIMARY KEY,
  execution INTEGER NOT NULL REFERENCES execution (number) ON DELETE CASCADE,
  label TEXT NOT NULL,
  parent_run INTEGER,
  execution_unit INTEGER NOT NULL,
  level INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  source_format TEXT NOT NULL,
  file TEXT NOT NULL,
  fields TEXT NOT NULL,
  fail_level INTEGER NOT NULL,
  fail_unit INTEGER NOT NULL,
  run_logic INTEGER NOT NULL,
  run_validation INTEGER NOT NULL,
  staging_status TEXT NOT NULL,
  target_status TEXT NOT NULL,
  staging_started_at INTEGER,
  staging_ended_at INTEGER,
  target_started_at INTEGER,
  target_ended_at INTEGER,
  to_be_processed INTEGER NOT NULL DEFAULT 0,
  staged INTEGER NOT NULL DEFAULT 0,
  created INTEGER NOT NULL DEFAULT 0,
  updated INTEGER NOT NULL DEFAULT 0,
  failed INTEGER NOT NULL DEFAULT 0,
  last_row INTEGER NOT NULL DEFAULT 0,
  error_file TEXT,
  keys_file TEXT,
  keys_answers INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX entity_run_execution ON entity_run (execution);
CREATE TABLE staging_row (
  entity_run INTEGER NOT NULL REFERENCES entity_run (number) ON DELETE CASCADE,
  row INTEGER NOT NULL,
  parent_row INTEGER,
  key TEXT,
  record_id TEXT NOT NULL,
  content TEXT NOT NULL,
  PRIMARY KEY (entity_run, row)
) WITHOUT ROWID;
CREATE UNIQUE INDEX staging_row_key ON staging_row (entity_run, key) WHERE key IS NOT NULL;
CREATE TABLE target_row (
  label TEXT NOT NULL,
  company TEXT NOT NULL,
  key TEXT NOT NULL,
  content TEXT NOT NULL,
  PRIMARY KEY (label, company, key)
) WITHOUT ROWID;
CREATE TABLE execution_error (
  number INTEGER PRIMARY KEY,
  entity_run INTEGER NOT NULL REFERENCES entity_run (number) ON DELETE CASCADE,
  stage TEXT NOT NULL,
  row INTEGER NOT NULL,
  record_id TEXT NOT NULL,
  field TEXT NOT NULL,
  message TEXT NOT NULL
);
CREATE INDEX execution_error_run ON execution_error (entity_run, row);
CREATE TABLE execution_log (
  number INTEGER PRIMARY KEY,
  execution INTEGER NOT NULL REFERENCES execution (number) ON DELETE CASCADE,
  label TEXT NOT NULL,
  text TEXT NOT NULL
);
CREATE TABLE number_sequence (name TEXT PRIMARY KEY, next INTEGER NOT NULL) WITHOUT ROWID;
`;

/**
 * Opens or creates the environment's database. Only one process at a time may: throws DMFP-SANDBOX-START.
 * The write-ahead log survives a kill of the process at any instant.
 */
export function openDatabase(dataFolder: string): DatabaseSync {
  mkdirSync(dataFolder, { recursive: true });
  const file = path.join(dataFolder, "environment.db");
  try {
    const database = new DatabaseSync(file);
    database.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;");
    database.exec("PRAGMA foreign_keys = ON; PRAGMA cache_size = -32000;");
    const version = database.prepare("PRAGMA user_version").get()?.["user_version"];
    if (version === 0) database.exec(`BEGIN; ${schema} PRAGMA user_version = ${schemaVersion}; COMMIT;`);
    else if (version !== schemaVersion) {
      database.close();
      throw new DmfpipeError("DMFP-SANDBOX-START", `${file} was written by another version of the sandbox.`, {
        next: "Start the sandbox with another data folder, or remove this one if its content is not needed.",
      });
    }
    return database;
  } catch (cause) {
    if (cause instanceof DmfpipeError) throw cause;
    throw new DmfpipeError("DMFP-SANDBOX-START", `The sandbox cannot use its data folder ${dataFolder}.`, {
      cause,
    });
  }
}

/** Runs `work` in one transaction: all of it is kept, or nothing. */
export function transaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec("BEGIN IMMEDIATE");
  try {
    const result = work();
    database.exec("COMMIT");
    return result;
  } catch (error) {
    database.exec("ROLLBACK");
    throw error;
  }
}
