import type { DatabaseSync } from "node:sqlite";
import { DmfpipeError } from "../../errors/dmfpipe-error.ts";
import { inTransaction } from "./transaction.ts";

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
  `
  -- A package may hold several entities; each has its own data file and its own counts.
  CREATE TABLE package_parts (
    run_id TEXT NOT NULL,
    package_key TEXT NOT NULL,
    place INTEGER NOT NULL,
    entity TEXT NOT NULL,
    data_file TEXT NOT NULL,
    records INTEGER NOT NULL,
    staged INTEGER NOT NULL DEFAULT 0,
    created INTEGER NOT NULL DEFAULT 0,
    updated INTEGER NOT NULL DEFAULT 0,
    rejected_staging INTEGER NOT NULL DEFAULT 0,
    rejected_target INTEGER NOT NULL DEFAULT 0,
    unprocessed INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (run_id, package_key, place),
    FOREIGN KEY (run_id, package_key) REFERENCES packages (run_id, key)
  ) STRICT;
  INSERT INTO package_parts
    SELECT run_id, key, 1, entity, data_file, records, staged, created, updated, rejected_staging, rejected_target,
      unprocessed
    FROM packages;
  ALTER TABLE packages DROP COLUMN data_file;
  ALTER TABLE packages DROP COLUMN entity;
  ALTER TABLE packages DROP COLUMN records;
  ALTER TABLE packages DROP COLUMN staged;
  ALTER TABLE packages DROP COLUMN created;
  ALTER TABLE packages DROP COLUMN updated;
  ALTER TABLE packages DROP COLUMN rejected_staging;
  ALTER TABLE packages DROP COLUMN rejected_target;
  ALTER TABLE packages DROP COLUMN unprocessed;
  `,
  `
  -- Held-back fields are filled in a second pass, in packages of their own. second_pass counts the packaged records
  -- that have any.
  ALTER TABLE packages ADD COLUMN pass INTEGER NOT NULL DEFAULT 1;
  ALTER TABLE counts ADD COLUMN second_pass INTEGER NOT NULL DEFAULT 0;
  `,
  `
  -- Data projects whose definition is dmfpipe's own. Until now every import replaced the definition.
  CREATE TABLE data_projects (
    environment TEXT NOT NULL,
    name TEXT NOT NULL COLLATE NOCASE,
    noted_at TEXT NOT NULL,
    PRIMARY KEY (environment, name)
  ) STRICT, WITHOUT ROWID;
  INSERT OR IGNORE INTO data_projects
    SELECT r.environment, p.data_project, r.started_at FROM packages p JOIN runs r ON r.id = p.run_id
    WHERE p.environment_status IS NOT NULL;
  `,
  `
  -- The first records of an entity may go ahead of the rest, in a package of their own. What a run was told on the
  -- command line is kept with it: a resume has to mean the same.
  ALTER TABLE packages ADD COLUMN canary INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE runs ADD COLUMN choices TEXT NOT NULL DEFAULT '{}';
  `,
  `
  -- When what a run left on disk was removed, or the packages of it.
  ALTER TABLE runs ADD COLUMN purged_at TEXT;
  ALTER TABLE runs ADD COLUMN packages_purged_at TEXT;
  `,
  `
  -- How long packages took in F&O, so that a forecast need not read the whole history; see ledger-times.ts.
  CREATE TABLE import_times (
    environment TEXT NOT NULL,
    entities TEXT NOT NULL,
    pass INTEGER NOT NULL,
    run_id TEXT NOT NULL,
    package_key TEXT NOT NULL,
    records INTEGER NOT NULL,
    sent_at TEXT NOT NULL,
    ended_at TEXT NOT NULL,
    UNIQUE (run_id, package_key)
  ) STRICT;
  CREATE INDEX import_times_by_kind ON import_times (environment, entities, pass, sent_at);
  INSERT INTO import_times
    SELECT r.environment,
      (SELECT json_group_array(entity ORDER BY place) FROM package_parts
       WHERE run_id = p.run_id AND package_key = p.key),
      p.pass, p.run_id, p.key,
      (SELECT sum(records) FROM package_parts WHERE run_id = p.run_id AND package_key = p.key),
      min(t.at) FILTER (WHERE t.to_state = 'importing'),
      min(t.at) FILTER (WHERE t.to_state = 'collecting')
    FROM packages p
    JOIN runs r ON r.id = p.run_id
    JOIN transitions t ON t.run_id = p.run_id AND t.package_key = p.key
    WHERE r.command = 'load' AND p.state = 'done'
    GROUP BY p.run_id, p.key
    HAVING count(*) FILTER (WHERE t.to_state = 'importing') = 1
      AND count(*) FILTER (WHERE t.to_state = 'in doubt') = 0
      AND count(*) FILTER (WHERE t.to_state = 'collecting') > 0;
  CREATE INDEX transitions_of_package ON transitions (run_id, package_key);
  CREATE INDEX packages_in_flight ON packages (run_id) WHERE state IN ('importing', 'in doubt', 'executing');
  -- What has to be over before the packages of a data project begin: names of other data projects, as JSON.
  CREATE TABLE lanes (
    run_id TEXT NOT NULL REFERENCES runs (id),
    data_project TEXT NOT NULL,
    waits_for TEXT NOT NULL,
    PRIMARY KEY (run_id, data_project)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  -- Records that were rejected and loaded again: what each run made of them, the one that rejected them first included.
  CREATE TABLE attempts (
    run_id TEXT NOT NULL REFERENCES runs (id),
    root_run TEXT NOT NULL,
    entity TEXT NOT NULL,
    file TEXT NOT NULL,
    file_sha256 TEXT NOT NULL,
    record INTEGER NOT NULL,
    line INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    reasons TEXT NOT NULL,
    package_key TEXT,
    execution_id TEXT,
    PRIMARY KEY (run_id, entity, file, record)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX attempts_of_record ON attempts (entity, file, record);
  CREATE INDEX attempts_pending ON attempts (run_id) WHERE outcome = 'pending';
  `,
  `
  -- Reasons of rejections over runs; see load/trend/ledger-trend.ts. A fingerprint is 8 bytes of hash of the record and 8
  -- of the reason.
  CREATE TABLE trend_series (
    id INTEGER PRIMARY KEY,
    project TEXT NOT NULL,
    environment TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('check', 'load', 'staging')),
    UNIQUE (project, environment, kind)
  ) STRICT;
  CREATE TABLE trend_runs (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    series INTEGER NOT NULL REFERENCES trend_series (id),
    run_id TEXT NOT NULL UNIQUE REFERENCES runs (id),
    noted INTEGER NOT NULL DEFAULT 0,
    summary TEXT NOT NULL
  ) STRICT;
  CREATE INDEX trend_runs_pending ON trend_runs (number) WHERE noted = 0;
  CREATE TABLE trend_kinds (
    id INTEGER PRIMARY KEY,
    entity TEXT NOT NULL,
    legal_entity TEXT NOT NULL,
    stage TEXT NOT NULL,
    code TEXT NOT NULL,
    field TEXT NOT NULL,
    owner TEXT NOT NULL,
    UNIQUE (entity, legal_entity, stage, code, field, owner)
  ) STRICT;
  CREATE TABLE trend_reasons (
    series INTEGER NOT NULL,
    fingerprint BLOB NOT NULL,
    kind INTEGER NOT NULL,
    first_run INTEGER NOT NULL,
    last_run INTEGER NOT NULL,
    runs INTEGER NOT NULL,
    closed_run INTEGER,
    closed_as TEXT,
    PRIMARY KEY (series, fingerprint)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  -- A data project may have several lanes, so each is called by its first package. They only say when a run will be over.
  DROP TABLE lanes;
  CREATE TABLE lanes (
    run_id TEXT NOT NULL REFERENCES runs (id),
    first_package TEXT NOT NULL,
    waits_for TEXT NOT NULL,
    PRIMARY KEY (run_id, first_package)
  ) STRICT, WITHOUT ROWID;
  `,
];

/** Brings the ledger up to this version of dmfpipe. Throws DMFP-LEDGER-NEWER for one from a later version. */
export function migrate(database: DatabaseSync, file: string): void {
  if (versionOf(database) === migrations.length) return;
  // Inside the transaction, so that of two processes that open a new ledger at once the second finds it made.
  inTransaction(database, () => {
    const version = versionOf(database);
    if (version > migrations.length) {
      throw new DmfpipeError(
        "DMFP-LEDGER-NEWER",
        `${file} is of version ${version}; this dmfpipe knows versions up to ${migrations.length}.`,
      );
    }
    for (const migration of migrations.slice(version)) database.exec(migration);
    database.exec(`PRAGMA user_version = ${migrations.length}`);
  });
}

function versionOf(database: DatabaseSync): number {
  return Number(database.prepare("PRAGMA user_version").get()?.["user_version"] ?? 0);
}
