import { chmodSync, mkdirSync, rmSync } from "node:fs";
import path from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { DmfpipeError } from "../../errors/dmfpipe-error.ts";
import { repeatedRecordHash } from "../../rejection/trend/fingerprint.ts";
import { kindReader, reasonEnds, type ReasonEnd, type ReasonKind } from "./ledger-trend.ts";

/** A reason that a run found. */
export interface FoundReason {
  readonly fingerprint: Uint8Array;
  readonly kind: ReasonKind;
}

/** F&O may name anything as a field; what is not one must not fill the ledger, nor the memory. */
const mostKinds = 10_000;

const schema = `
CREATE TABLE kind (
  id INTEGER PRIMARY KEY, entity TEXT NOT NULL, legal_entity TEXT NOT NULL, stage TEXT NOT NULL, code TEXT NOT NULL,
  field TEXT NOT NULL, owner TEXT NOT NULL
) STRICT;
CREATE TABLE found (fingerprint BLOB PRIMARY KEY, kind INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE over (fingerprint BLOB PRIMARY KEY, how TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE record (hash BLOB PRIMARY KEY, times INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE absent (
  hash BLOB PRIMARY KEY, entity TEXT NOT NULL, legal_entity TEXT NOT NULL, seen INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE TABLE tried (hash BLOB PRIMARY KEY) STRICT, WITHOUT ROWID;
`;

/**
 * What one run says about reasons of rejections: those it found, and those that are over. A file in the run's folder, so
 * that none of it is kept in memory, and that it can be noted in the ledger after the run has ended, even by the next
 * process. Made anew whenever the run is finished anew.
 */
export class TrendFile {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  readonly #kinds = new Map<string, number>();
  readonly #file: string;
  readonly #ended: boolean;

  private constructor(file: string, options: { readonly ended: boolean }) {
    this.#file = file;
    this.#ended = options.ended;
    this.#database = new DatabaseSync(file, { readOnly: options.ended });
  }

  /** A new one. Throws DMFP-FILE-WRITE. */
  static create(file: string): TrendFile {
    return told(file, () => {
      mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
      rmSync(file, { force: true });
      const created = new TrendFile(file, { ended: false });
      chmodSync(file, 0o600);
      // Until it is complete nobody needs it; then one sync makes it last.
      created.#database.exec(`PRAGMA journal_mode = OFF; PRAGMA synchronous = FULL; BEGIN; ${schema}`);
      return created;
    });
  }

  /** That of a run which has ended. Throws DMFP-RUN-FILE where it cannot be read. */
  static open(file: string): TrendFile {
    try {
      const opened = new TrendFile(file, { ended: true });
      opened.#database.prepare("SELECT count(*) FROM over").get();
      return opened;
    } catch (cause) {
      throw new DmfpipeError("DMFP-RUN-FILE", `${file} cannot be read.`, { at: { file }, cause });
    }
  }

  /** The hash of a record that may have come before in this run: the second one with the same identity has its own. */
  recordNumbered(hash: Uint8Array): Uint8Array {
    if (this.#statement("INSERT OR IGNORE INTO record VALUES (?, 1)").run(hash).changes === 1) return hash;
    const again = "UPDATE record SET times = times + 1 WHERE hash = ? RETURNING times";
    return repeatedRecordHash(hash, Number(this.#statement(again).get(hash)?.["times"]));
  }

  /** Notes a reason that the run found; a record has each reason once. Past very many kinds, without its field. */
  found({ fingerprint, kind }: FoundReason): void {
    const id = this.#kindId(this.#kinds.size < mostKinds ? kind : { ...kind, field: "" });
    this.#statement("INSERT OR IGNORE INTO found VALUES (?, ?)").run(fingerprint, id);
  }

  over(fingerprint: Uint8Array, how: ReasonEnd): void {
    this.#statement("INSERT OR IGNORE INTO over VALUES (?, ?)").run(fingerprint, how);
  }

  /** Notes a record as one that the run tried, of a run that tries only some. */
  tried(hash: Uint8Array): void {
    this.#statement("INSERT OR IGNORE INTO tried VALUES (?)").run(hash);
  }

  wasTried(hash: Uint8Array): boolean {
    return this.#statement("SELECT 1 FROM tried WHERE hash = ?").get(hash) !== undefined;
  }

  /** Notes a record that was open, was not rejected, and may have been fixed or have left the extract. */
  absent(hash: Uint8Array, { entity, legalEntity }: Pick<ReasonKind, "entity" | "legalEntity">): void {
    this.#statement("INSERT INTO absent (hash, entity, legal_entity) VALUES (?, ?, ?)").run(
      hash,
      entity,
      legalEntity,
    );
  }

  /** Entities that have such records. */
  absentEntities(): readonly string[] {
    return this.#statement("SELECT DISTINCT entity FROM absent ORDER BY entity")
      .all()
      .map((row) => String(row["entity"]));
  }

  /** Notes that a record is in the extract, if it is one of those. */
  seen(hash: Uint8Array): void {
    this.#statement("UPDATE absent SET seen = 1 WHERE hash = ?").run(hash);
  }

  /** Says of such records of an entity what has become of them, and returns how many there are by legal entity and end. */
  settleAbsent(
    entity: string,
    { looked }: { readonly looked: boolean },
  ): readonly { readonly legalEntity: string; readonly end: ReasonEnd; readonly records: number }[] {
    const others: ReasonEnd = looked ? "gone" : "fixedOrGone";
    for (const [seen, end] of [[1, "fixed"] as const, [0, others] as const]) {
      this.#statement(
        `UPDATE over SET how = ? WHERE substr(fingerprint, 1, 8) IN (SELECT hash FROM absent WHERE entity = ? AND seen = ?)`,
      ).run(end, entity, seen);
    }
    return this.#statement(
      "SELECT legal_entity, seen, count(*) AS records FROM absent WHERE entity = ? GROUP BY legal_entity, seen",
    )
      .all(entity)
      .map((row) => ({
        legalEntity: String(row["legal_entity"]),
        end: row["seen"] === 1 ? "fixed" : others,
        records: Number(row["records"]),
      }));
  }

  /** All that was found, in the order of the fingerprints; those of one kind share it. */
  *allFound(): Generator<FoundReason> {
    const kinds = kindReader(this.#statement("SELECT * FROM kind WHERE id = ?"));
    const rows = this.#statement("SELECT fingerprint, kind FROM found ORDER BY fingerprint").iterate();
    for (const row of rows) {
      yield { fingerprint: row["fingerprint"] as Uint8Array, kind: kinds(Number(row["kind"])) };
    }
  }

  /** In portions, so that who notes them can let others write in between. */
  *foundPortions(size: number): Generator<readonly FoundReason[]> {
    yield* portions(this.allFound(), size);
  }

  *overPortions(
    size: number,
  ): Generator<readonly { readonly fingerprint: Uint8Array; readonly as: ReasonEnd }[]> {
    yield* portions(this.#allOver(), size);
  }

  *#allOver(): Generator<{ readonly fingerprint: Uint8Array; readonly as: ReasonEnd }> {
    for (const { fingerprint, how } of this.#statement("SELECT * FROM over ORDER BY fingerprint").iterate()) {
      const as = reasonEnds.find((known) => known === how) ?? "fixedOrGone";
      yield { fingerprint: fingerprint as Uint8Array, as };
    }
  }

  /** Makes it last, or closes one that was opened. Throws DMFP-FILE-WRITE. */
  close(): void {
    told(this.#file, () => {
      if (!this.#ended)
        this.#database.exec("DELETE FROM record; DELETE FROM absent; DELETE FROM tried; COMMIT");
      this.#statements.clear();
      this.#database.close();
    });
  }

  /** Removes it, complete or not, closed or not. */
  discard(): void {
    this.#statements.clear();
    if (this.#database.isOpen) this.#database.close();
    rmSync(this.#file, { force: true });
  }

  #kindId(kind: ReasonKind): number {
    const { entity, legalEntity, stage, code, field, owner } = kind;
    const values = [entity, legalEntity, stage, code, field, owner];
    const name = values.join("\n");
    let id = this.#kinds.get(name);
    if (id === undefined) {
      id = this.#kinds.size + 1;
      this.#kinds.set(name, id);
      this.#statement("INSERT INTO kind VALUES (?, ?, ?, ?, ?, ?, ?)").run(id, ...values);
    }
    return id;
  }

  #statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) this.#statements.set(sql, (statement = this.#database.prepare(sql)));
    return statement;
  }
}

function* portions<T>(items: Iterable<T>, size: number): Generator<readonly T[]> {
  let portion: T[] = [];
  for (const item of items) {
    portion.push(item);
    if (portion.length < size) continue;
    yield portion;
    portion = [];
  }
  if (portion.length > 0) yield portion;
}

function told<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new DmfpipeError("DMFP-FILE-WRITE", `${file} could not be written: ${why}.`, {
      at: { file },
      cause,
    });
  }
}
