import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { PackageArchive } from "./package-archive.ts";
import { unescapeText } from "./excel-values.ts";
import { excelUnreadable, partParser } from "./workbook-parts.ts";

/** Cells repeat few strings often: this many are kept at hand. */
const cachedStrings = 20_000;
/** Of the file format. */
const stringLimitChars = 32_767;

/**
 * The strings that cells of a workbook refer to by number. They may be more than memory should hold, so they live
 * in a temporary database of SQLite, which spills to disk by itself and is gone when closed.
 */
export class SharedStrings {
  readonly #database = new DatabaseSync("");
  readonly #get: StatementSync;
  readonly #cache = new Map<number, string>();

  constructor() {
    this.#database.exec(
      "PRAGMA cache_size = -8000; CREATE TABLE string (number INTEGER PRIMARY KEY, text TEXT)",
    );
    this.#get = this.#database.prepare("SELECT text FROM string WHERE number = ?");
  }

  /** Reads the part of a workbook that holds them. Throws DataFileUnreadable. */
  async load(archive: PackageArchive, part: string): Promise<void> {
    const insert = this.#database.prepare("INSERT INTO string (number, text) VALUES (?, ?)");
    let count = 0;
    let text = "";
    let inside = false;
    let phonetic = false;
    const parser = partParser({
      open(name) {
        if (name === "si") text = "";
        if (name === "rPh") phonetic = true;
        inside = name === "t" && !phonetic;
      },
      close(name) {
        inside = false;
        if (name === "rPh") phonetic = false;
        if (name === "si") insert.run(count++, unescapeText(text));
      },
      text(more) {
        if (!inside) return;
        text += more;
        if (text.length > stringLimitChars) throw excelUnreadable("A text is too large.");
      },
    });
    const decoder = new TextDecoder();
    this.#database.exec("BEGIN");
    for await (const chunk of archive.stream(part)) {
      parser.write(decoder.decode(chunk as Buffer, { stream: true }));
    }
    parser.write(decoder.decode()).close();
    this.#database.exec("COMMIT");
  }

  /** Throws DataFileUnreadable for a number that no string has. */
  get(number: number): string {
    const known = this.#cache.get(number);
    if (known !== undefined) return known;
    const row = this.#get.get(number);
    if (row === undefined) throw excelUnreadable(`There is no shared string ${number}.`);
    const text = row["text"] as string;
    if (this.#cache.size >= cachedStrings) this.#cache.clear();
    this.#cache.set(number, text);
    return text;
  }

  close(): void {
    this.#database.close();
  }
}
