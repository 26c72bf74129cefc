import { mkdirSync } from "node:fs";
import { open, rename, rm } from "node:fs/promises";
import path from "node:path";
import { DatabaseSync, type SQLOutputValue, type StatementSync } from "node:sqlite";
import { DmfpipeError } from "../../errors/dmfpipe-error.ts";
import type { AttemptOutcome } from "../ledger/ledger-attempts.ts";
import {
  storedRecord,
  type CorrectedPlace,
  type RejectedRecord,
  type ResubmittedBecause,
  type StoredRecord,
} from "./stored-record.ts";
import { changesOf } from "./value-change.ts";

const schema = `
CREATE TABLE columns (id INTEGER PRIMARY KEY, names TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE record (
  id INTEGER PRIMARY KEY, entity TEXT NOT NULL, company TEXT, file TEXT NOT NULL, record INTEGER NOT NULL,
  line INTEGER NOT NULL, byte_offset INTEGER NOT NULL, byte_length INTEGER NOT NULL, raw TEXT NOT NULL,
  columns INTEGER NOT NULL REFERENCES columns (id), content TEXT NOT NULL, stage TEXT NOT NULL, reasons TEXT NOT NULL,
  key TEXT, mapped TEXT, run TEXT NOT NULL,
  done_run TEXT, done_outcome TEXT, left_out INTEGER NOT NULL DEFAULT 0, because TEXT, corrected_file TEXT, corrected_row INTEGER, changes TEXT NOT NULL DEFAULT '[]',
  UNIQUE (entity, file, record)
) STRICT;
CREATE INDEX record_line ON record (file, line);
-- Keys of records that are in F&O. Below: source files whose first record is not the first of their entity: how many there are before it.
CREATE TABLE taken (entity TEXT NOT NULL, key TEXT NOT NULL, place TEXT NOT NULL, PRIMARY KEY (entity, key)) STRICT;
CREATE TABLE before (entity TEXT NOT NULL, file TEXT NOT NULL, records INTEGER NOT NULL, PRIMARY KEY (entity, file)) STRICT;
`;

/**
 * The records of one resubmission, in a file of the run's folder: first all that were rejected, at last those that are
 * loaded again. They are what the run reads in the place of its sources, so that it can be resumed whatever became of
 * those. None of them is kept in memory.
 */
export class ResubmissionStore {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  readonly #columns = new Map<number, readonly string[]>();

  private constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** A new one, under a name of its own until it is published. Throws DMFP-FILE-WRITE. */
  static async create(file: string): Promise<ResubmissionStore> {
    const partial = `${file}.partial`;
    try {
      mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
      // Made here, so that nobody but the owner may read it.
      await rm(partial, { force: true });
      await (await open(partial, "wx", 0o600)).close();
      const database = new DatabaseSync(partial);
      database.exec(`PRAGMA journal_mode = DELETE; PRAGMA synchronous = OFF; ${schema} BEGIN`);
      return new ResubmissionStore(database);
    } catch (thrown) {
      throw diskError(file, thrown);
    }
  }

  /** That of a run. Throws DMFP-RUN-FILE where it is gone. */
  static open(file: string): ResubmissionStore {
    try {
      const database = new DatabaseSync(file, { readOnly: true });
      database.prepare("SELECT count(*) FROM record").get();
      return new ResubmissionStore(database);
    } catch (cause) {
      throw new DmfpipeError("DMFP-RUN-FILE", `${file} cannot be read.`, { at: { file }, cause });
    }
  }

  /** Adds a record, or puts it in the place of what was known of it. */
  put(record: RejectedRecord): void {
    const { entity, legalEntity, position, raw, values, stage, reasons, key, mapped, run } = record;
    this.#run(
      `INSERT INTO record (entity, company, file, record, line, byte_offset, byte_length, raw, columns, content, stage,
         reasons, key, mapped, run)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (entity, file, record) DO UPDATE SET company = excluded.company, raw = excluded.raw,
         columns = excluded.columns, content = excluded.content, stage = excluded.stage, reasons = excluded.reasons,
         key = excluded.key, mapped = excluded.mapped, run = excluded.run, done_run = NULL, done_outcome = NULL`,
      entity,
      legalEntity ?? null,
      position.file,
      position.record,
      position.line,
      position.byteOffset,
      position.byteLength,
      raw,
      this.#columnsId(record.columns),
      JSON.stringify(values),
      stage,
      JSON.stringify(reasons),
      key === undefined ? null : JSON.stringify(key),
      mapped === undefined ? null : JSON.stringify(mapped),
      run,
    );
  }

  /** What is read of a record now, where that differs from what was noted when it was rejected. */
  replace(id: number, columns: readonly string[], values: readonly string[]): void {
    this.#run(
      "UPDATE record SET columns = ?, content = ? WHERE id = ?",
      this.#columnsId(columns),
      JSON.stringify(values),
      id,
    );
  }

  /** What the corrected file says of a record; its values are those from now on. */
  correct(
    record: StoredRecord,
    corrected: CorrectedPlace,
    now: { readonly columns: readonly string[]; readonly values: readonly string[] },
  ): void {
    this.replace(record.id, now.columns, now.values);
    this.#run(
      "UPDATE record SET corrected_file = ?, corrected_row = ?, changes = ? WHERE id = ?",
      corrected.file,
      corrected.row,
      JSON.stringify(changesOf(record, now)),
      record.id,
    );
  }

  /** Takes a record among those that are loaded again. */
  select(id: number, because: ResubmittedBecause): void {
    this.#run("UPDATE record SET because = ? WHERE id = ?", because, id);
  }

  /** A later run has settled what becomes of the record, so that it is not loaded again. */
  settle(id: number, run: string, outcome: AttemptOutcome): void {
    this.#run("UPDATE record SET done_run = ?, done_outcome = ? WHERE id = ?", run, outcome, id);
  }

  /** A later run still tried, and failed. */
  unsettle(id: number): void {
    this.#run("UPDATE record SET done_run = NULL, done_outcome = NULL WHERE id = ?", id);
  }

  /** Leaves only the records that one run rejected. */
  keepOnly(run: string): void {
    this.#run("DELETE FROM record WHERE run <> ?", run);
  }

  /** How many records later runs have settled, by run and outcome. */
  settled(): { readonly run: string; readonly outcome: AttemptOutcome; readonly records: number }[] {
    return this.#statement(
      `SELECT done_run, done_outcome, count(*) AS number FROM record WHERE done_run IS NOT NULL
       GROUP BY done_run, done_outcome ORDER BY done_run`,
    )
      .all()
      .map((row) => ({
        run: String(row["done_run"]),
        outcome: String(row["done_outcome"]) as AttemptOutcome,
        records: Number(row["number"]),
      }));
  }

  /** Leaves out the records of an entity that the corrected files do not have. Returns how many there are. */
  leaveOutUncorrected(entity: string): number {
    const sql = `UPDATE record SET left_out = 1
      WHERE entity = ? AND corrected_file IS NULL AND done_run IS NULL`;
    return Number(this.#statement(sql).run(entity).changes);
  }

  noteRecordsBefore(entity: string, file: string, records: number): void {
    this.#run("INSERT OR REPLACE INTO before VALUES (?, ?, ?)", entity, file, records);
  }

  recordsBefore(entity: string, file: string): number | undefined {
    const row = this.#statement("SELECT records FROM before WHERE entity = ? AND file = ?").get(entity, file);
    return row === undefined ? undefined : Number(row["records"]);
  }

  /** The record of an entity with a number, if it is there. */
  find(entity: string, file: string, record: number): StoredRecord | undefined {
    const row = this.#statement("SELECT * FROM record WHERE entity = ? AND file = ? AND record = ?").get(
      entity,
      file,
      record,
    );
    return row === undefined ? undefined : this.#record(row);
  }

  /** The records that begin on a line: several of XML, or of several entities. */
  onLine(file: string, line: number): StoredRecord[] {
    return this.#statement("SELECT * FROM record WHERE file = ? AND line = ? ORDER BY entity, record")
      .all(file, line)
      .map((row) => this.#record(row));
  }

  /**
   * Records of an entity that are not settled, in the order of its sources; of one file where that is named. What is read may be changed
   * meanwhile: it is read in pieces.
   */
  *records(
    entity: string,
    options: { readonly file?: string; readonly selected?: boolean } = {},
  ): Generator<StoredRecord> {
    const { file, selected } = options;
    const statement = this.#statement(
      `SELECT * FROM record WHERE entity = ? AND (file, record) > (?, ?) AND (? IS NULL OR file = ?)
         AND (? IS NULL OR (because IS NOT NULL) = ?)
         AND done_run IS NULL
       ORDER BY file, record LIMIT 256`,
    );
    const wanted = selected === undefined ? null : selected ? 1 : 0;
    let after: { readonly file: string; readonly record: number } = { file: "", record: 0 };
    for (;;) {
      const rows = statement.all(
        entity,
        after.file,
        after.record,
        file ?? null,
        file ?? null,
        wanted,
        wanted,
      );
      for (const row of rows) yield this.#record(row);
      const last = rows.at(-1);
      if (last === undefined) return;
      after = { file: String(last["file"]), record: Number(last["record"]) };
    }
  }

  entities(): string[] {
    return this.#statement("SELECT DISTINCT entity FROM record ORDER BY entity")
      .all()
      .map((row) => String(row["entity"]));
  }

  /** The source files of an entity's records, in the order of reading. */
  files(entity: string): string[] {
    return this.#statement("SELECT DISTINCT file FROM record WHERE entity = ? ORDER BY file")
      .all(entity)
      .map((row) => String(row["file"]));
  }

  /** Names of the columns of an entity's records, of one file where it is named. */
  columnsOf(entity: string, file?: string): readonly string[] {
    const rows = this.#statement(
      "SELECT DISTINCT columns FROM record WHERE entity = ? AND (? IS NULL OR file = ?) ORDER BY columns",
    ).all(entity, file ?? null, file ?? null);
    return [...new Set(rows.flatMap((row) => this.#namesOf(Number(row["columns"]))))];
  }

  /** `place`: where the record stands that has the key, for people. */
  noteTakenKey(entity: string, key: string, place: string): void {
    this.#run("INSERT OR REPLACE INTO taken VALUES (?, ?, ?)", entity, key, place);
  }

  /** Corrected keys that another record has in F&O, and where that stands. */
  takenKeys(entity: string): ReadonlyMap<string, string> {
    const rows = this.#statement("SELECT key, place FROM taken WHERE entity = ?").all(entity);
    return new Map(rows.map((row) => [String(row["key"]), String(row["place"])]));
  }

  /** How many records there are, of those that are loaded again for a reason. */
  count(because?: ResubmittedBecause): number {
    const sql = "SELECT count(*) AS number FROM record WHERE done_run IS NULL AND (? IS NULL OR because = ?)";
    return Number(this.#statement(sql).get(because ?? null, because ?? null)?.["number"] ?? 0);
  }

  /** How many of those that are loaded again were changed. */
  get changedCount(): number {
    const sql = "SELECT count(*) AS number FROM record WHERE because IS NOT NULL AND changes <> '[]'";
    return Number(this.#statement(sql).get()?.["number"] ?? 0);
  }

  /** How many values were changed, by column. */
  changesByColumn(): ReadonlyMap<string, number> {
    const rows = this.#statement(
      `SELECT json_extract(value, '$.column') AS name, count(*) AS number FROM record, json_each(changes)
       WHERE because IS NOT NULL GROUP BY name ORDER BY number DESC, name`,
    ).all();
    return new Map(rows.map((row) => [String(row["name"]), Number(row["number"])]));
  }

  /** Forgets what is not loaded again, and gives the file its name. Nothing can be done with this object afterwards. */
  async publish(file: string): Promise<void> {
    try {
      this.#database.exec("DELETE FROM record WHERE because IS NULL; COMMIT; VACUUM");
      this.close();
      const handle = await open(`${file}.partial`, "r");
      try {
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(`${file}.partial`, file);
      const folder = await open(path.dirname(file), "r");
      try {
        await folder.sync();
      } finally {
        await folder.close();
      }
    } catch (thrown) {
      throw diskError(file, thrown);
    }
  }

  close(): void {
    this.#statements.clear();
    this.#database.close();
  }

  #record(row: Record<string, SQLOutputValue>): StoredRecord {
    return storedRecord(row, this.#namesOf(Number(row["columns"])));
  }

  #columnsId(names: readonly string[]): number {
    const text = JSON.stringify(names);
    this.#run("INSERT OR IGNORE INTO columns (names) VALUES (?)", text);
    return Number(this.#statement("SELECT id FROM columns WHERE names = ?").get(text)?.["id"] ?? 0);
  }

  #namesOf(id: number): readonly string[] {
    let names = this.#columns.get(id);
    if (names === undefined) {
      const row = this.#statement("SELECT names FROM columns WHERE id = ?").get(id);
      names = JSON.parse(String(row?.["names"] ?? "[]")) as string[];
      this.#columns.set(id, names);
    }
    return names;
  }

  #run(sql: string, ...values: (string | number | null)[]): void {
    this.#statement(sql).run(...values);
  }

  #statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}

function diskError(file: string, cause: unknown): DmfpipeError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new DmfpipeError("DMFP-FILE-WRITE", `${file} could not be written: ${why}.`, {
    at: { file },
    cause,
  });
}
