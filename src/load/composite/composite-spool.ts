import { rmSync } from "node:fs";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { SourcePosition } from "../../source/source-record.ts";

/** Where something stands that a record refers to; see CompositeSpool. */
export type Place =
  | { readonly kind: "packed"; readonly id: number }
  /** A record that was refused. */
  | { readonly kind: "refused"; readonly file: string; readonly line: number };

/** A record that waits to be packed. */
export interface SpooledRecord {
  readonly id: number;
  readonly values: readonly string[];
  readonly position: SourcePosition;
  /** Which of the entity's sources it is from. */
  readonly fileNumber: number;
}

const schema = `
-- parent: of a document the number of its company, negative; else the id of the record it is nested in.
CREATE TABLE record (
  id INTEGER PRIMARY KEY, part INTEGER NOT NULL, parent INTEGER NOT NULL, content TEXT NOT NULL,
  file_number INTEGER NOT NULL, byte_offset INTEGER NOT NULL, byte_length INTEGER NOT NULL, line INTEGER NOT NULL,
  record INTEGER NOT NULL
) STRICT;
-- What records below may refer to. id is 0 for a record that was refused; it stands at file and line.
CREATE TABLE place (
  link INTEGER NOT NULL, company TEXT NOT NULL, key TEXT NOT NULL, id INTEGER NOT NULL, file TEXT, line INTEGER,
  PRIMARY KEY (link, company, key)
) STRICT, WITHOUT ROWID;
`;

/**
 * The records of one composite entity, from when they are read until all of its parts are: then each document is
 * packed with everything nested in it. They lie in a file of their own beside the packages, so that memory does not
 * grow with them; it is worth nothing after the build, and so neither logged nor synced.
 */
export class CompositeSpool {
  readonly #database: DatabaseSync;
  readonly #file: string;
  readonly #companies: string[] = [];
  readonly #insert: StatementSync;
  readonly #find: StatementSync;
  readonly #packed: StatementSync;
  readonly #refused: StatementSync;
  readonly #reading = new Map<number, StatementSync>();
  #indexed = false;

  private constructor(file: string, database: DatabaseSync) {
    this.#file = file;
    this.#database = database;
    this.#insert = database.prepare("INSERT INTO record VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?)");
    this.#find = database.prepare(
      "SELECT id, file, line FROM place WHERE link = ? AND company = ? AND key = ?",
    );
    this.#packed = database.prepare("INSERT OR REPLACE INTO place VALUES (?, ?, ?, ?, NULL, NULL)");
    this.#refused = database.prepare("INSERT OR IGNORE INTO place VALUES (?, ?, ?, 0, ?, ?)");
  }

  /** Opens a new spool; a file that an interrupted build left under this name is removed. */
  static open(file: string): CompositeSpool {
    rmSync(file, { force: true });
    const database = new DatabaseSync(file);
    // 64 MiB of pages in memory, however large the file becomes.
    database.exec(
      `PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE;
       PRAGMA cache_size = -65536; ${schema} BEGIN`,
    );
    return new CompositeSpool(file, database);
  }

  /** Companies that have a document, sorted. */
  companies(): string[] {
    return this.#companies.toSorted();
  }

  /** Adds a record of a part: a document of a company, or a record inside another. Returns its id. */
  add(
    part: number,
    inside: { readonly company: string } | { readonly id: number },
    record: Omit<SpooledRecord, "id">,
  ): number {
    const { values, position, fileNumber } = record;
    const parent = "id" in inside ? inside.id : -this.#companyNumber(inside.company);
    const { lastInsertRowid } = this.#insert.run(
      part,
      parent,
      JSON.stringify(values),
      fileNumber,
      position.byteOffset,
      position.byteLength,
      position.line,
      position.record,
    );
    return Number(lastInsertRowid);
  }

  /** What stands under a key. `link`: number of the fields it is made of. */
  find(link: number, company: string, key: string): Place | undefined {
    const row = this.#find.get(link, company, key);
    if (row === undefined) return undefined;
    const id = Number(row["id"]);
    if (id > 0) return { kind: "packed", id };
    return { kind: "refused", file: String(row["file"]), line: Number(row["line"]) };
  }

  notePacked(link: number, company: string, at: { readonly key: string; readonly id: number }): void {
    this.#packed.run(link, company, at.key, at.id);
  }

  /** A key that a record has which is packed stays with that. */
  noteRefused(
    link: number,
    company: string,
    at: { readonly key: string; readonly file: string; readonly line: number },
  ): void {
    this.#refused.run(link, company, at.key, at.file, at.line);
  }

  /** The documents of a company, in the order in which they were read. */
  documents(company: string): Generator<SpooledRecord> {
    return this.#records(0, -this.#companyNumber(company));
  }

  /** The records of a part inside a record, in the order in which they were read. */
  inside(id: number, part: number): Generator<SpooledRecord> {
    return this.#records(part, id);
  }

  close(): void {
    this.#database.close();
    rmSync(this.#file, { force: true });
  }

  *#records(part: number, parent: number): Generator<SpooledRecord> {
    if (!this.#indexed) {
      // Made once, when all records are there: keeping it up to date with each of them would cost more.
      this.#database.exec("CREATE INDEX record_inside ON record (parent, part, id)");
      this.#indexed = true;
    }
    const statement = this.#statementOf(part);
    for (const row of statement.iterate(parent, part)) {
      yield {
        id: Number(row["id"]),
        values: JSON.parse(String(row["content"])) as string[],
        fileNumber: Number(row["file_number"]),
        position: {
          file: "",
          byteOffset: Number(row["byte_offset"]),
          byteLength: Number(row["byte_length"]),
          line: Number(row["line"]),
          record: Number(row["record"]),
        },
      };
    }
  }

  /**
   * The statement that reads the records of a part. Each part has its own, because those of several are read at a time,
   * one inside the other.
   */
  #statementOf(part: number): StatementSync {
    let statement = this.#reading.get(part);
    if (statement === undefined) {
      statement = this.#database.prepare("SELECT * FROM record WHERE parent = ? AND part = ? ORDER BY id");
      this.#reading.set(part, statement);
    }
    return statement;
  }

  /** 1 and up. */
  #companyNumber(company: string): number {
    const known = this.#companies.indexOf(company);
    if (known !== -1) return known + 1;
    return this.#companies.push(company);
  }
}
