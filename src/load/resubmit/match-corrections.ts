import { DmfpipeError } from "../../errors/dmfpipe-error.ts";
import { compareCell, type CorrectedCell, type Harm } from "../../rejection/corrected/cell-comparison.ts";
import type { CorrectedRow, CorrectedTable } from "../../rejection/corrected/corrected-row.ts";
import { openCorrected } from "../../rejection/corrected/open-corrected.ts";
import { slug } from "../../sequence/slug.ts";
import type { PlannedLoad } from "../load-plan.ts";
import type { ResubmissionStore } from "./resubmission-store.ts";
import type { StoredRecord } from "./stored-record.ts";

/** What is done about values of which nobody can know whether they were corrected or spoiled. */
export type DoubtfulChoice = "refuse" | "accept" | "repair";

/** What the corrected files came to. */
export interface MatchedCorrections {
  /** Rows that were recognised. */
  readonly rows: number;
  /** Values that were put back to what they were, by column and what had happened to them. */
  readonly repaired: readonly { readonly column: string; readonly harm: Harm; readonly values: number }[];
  /** Records that somebody took out of the files. */
  readonly leftOut: number;
  /** Columns that are not of the source, and were not looked at. */
  readonly ignored: readonly string[];
}

/** Mistakes that are named; all of them are counted. */
const namedProblems = 20;

/**
 * Takes the rows of corrected files for the records they are of, told by `_source_file` and `_source_line`, and what is
 * different in them for corrections, unless a spreadsheet did it. A record without a row was taken out by somebody, where
 * the files are about its entity at all.
 *
 * Throws DMFP-CORRECTED-FILE with everything that cannot be taken: rows that were added or copied, columns that are gone,
 * values that are doubtful; and DMFP-SOURCE-MISSING.
 */
export async function matchCorrections(
  files: readonly { readonly path: string; readonly name: string }[],
  options: {
    readonly store: ResubmissionStore;
    readonly planned: readonly PlannedLoad[];
    readonly doubtful: DoubtfulChoice;
    /** The run that rejected the records, for people. */
    readonly run: string;
  },
): Promise<MatchedCorrections> {
  const matching = new CorrectionMatching(options);
  for (const { path, name } of files) {
    for await (const table of openCorrected(path, name)) await matching.add(table, name);
  }
  return matching.end();
}

/** A table, and which of its columns are which. */
interface OpenTable {
  readonly name: string;
  readonly file: string;
  readonly at: ReadonlyMap<string, number>;
  /** Entities that its title names; of a line that several entities have, the others are not meant. */
  readonly entities: ReadonlySet<string>;
}

class CorrectionMatching {
  readonly #store: ResubmissionStore;
  readonly #planned: readonly PlannedLoad[];
  readonly #doubtful: DoubtfulChoice;
  readonly #run: string;
  readonly #covered = new Set<string>();
  readonly #ignored = new Set<string>();
  readonly #repaired = new Map<string, { column: string; harm: Harm; values: number }>();
  readonly #problems: string[] = [];
  readonly #missingColumns = new Set<string>();
  #problemCount = 0;
  #rows = 0;
  #doubts = 0;

  constructor(options: Parameters<typeof matchCorrections>[1]) {
    this.#store = options.store;
    this.#planned = options.planned;
    this.#doubtful = options.doubtful;
    this.#run = options.run;
  }

  async add({ name, title, columns, rows }: CorrectedTable, file: string): Promise<void> {
    const at = new Map<string, number>();
    for (const [index, column] of columns.entries()) {
      if (column === "") continue;
      if (at.has(column)) this.#problem(`${name} has two columns ${column}.`);
      else at.set(column, index);
    }
    const entities = new Set(this.#entitiesNamed(title));
    for (const label of entities) this.#covered.add(label);
    const table: OpenTable = { name, file, at, entities };
    const known = new Set(this.#store.entities().flatMap((label) => this.#store.columnsOf(label)));
    for (const column of at.keys()) {
      if (!known.has(column) && !isOwn(column)) this.#ignored.add(column);
    }
    for await (const row of rows) this.#addRow(table, row);
  }

  end(): MatchedCorrections {
    if (this.#problemCount > 0) throw this.#error();
    let leftOut = 0;
    for (const label of this.#covered) leftOut += this.#store.leaveOutUncorrected(label);
    // A source none of whose records could be read has no columns that are known.
    const ignored = this.#store.entities().some((label) => this.#store.columnsOf(label).length === 0)
      ? []
      : [...this.#ignored];
    return { rows: this.#rows, repaired: [...this.#repaired.values()], leftOut, ignored };
  }

  #entitiesNamed(title: string): string[] {
    const named = slug(title, "");
    const labels = this.#planned.map(({ schema }) => schema.label);
    const fitting = labels.filter((label) => named.startsWith(slug(label, "entity")));
    const longest = Math.max(0, ...fitting.map((label) => label.length));
    // The name of a sheet has at most 31 characters, and the name of an entity may be longer.
    const cut = named.length >= 20 ? labels.filter((label) => slug(label, "entity").startsWith(named)) : [];
    return fitting.length > 0 ? fitting.filter((label) => label.length === longest) : cut;
  }

  #addRow(table: OpenTable, row: CorrectedRow): void {
    const { name, at } = table;
    const cell = (column: string): CorrectedCell => row.cells[at.get(column) ?? -1] ?? { text: "" };
    const file = ownText(at, row, "_source_file");
    const line = Number(ownText(at, row, "_source_line"));
    const where = `${name}, row ${row.row}`;
    if (file === "" || !Number.isSafeInteger(line) || line < 1) {
      const why = "has no _source_file and _source_line: rows cannot be added here, only in the source";
      this.#problem(`${where} ${why}.`);
      return;
    }
    const found = this.#recordsOf(table, file, line);
    if (found.length === 0) {
      this.#problem(`${where} is for line ${line} of ${file}, which run ${this.#run} did not reject.`);
      return;
    }
    this.#rows++;
    for (const records of byEntity(found)) {
      const record = bestFit(records, cell);
      if (record === undefined) {
        const other = records[0]?.corrected;
        const first = other === undefined ? "" : ` (${other.file}, row ${other.row}, is the first)`;
        this.#problem(
          `${where} is for line ${line} of ${file} once more${first}: a row may stand there only once.`,
        );
      } else if (record.done === undefined) this.#correct(table, { row: row.row, record, cell });
    }
  }

  #recordsOf(table: OpenTable, file: string, line: number): StoredRecord[] {
    const all = this.#store.onLine(file, line);
    const named = all.filter(({ entity }) => table.entities.has(entity));
    return named.length > 0 ? named : all;
  }

  #correct(
    table: OpenTable,
    about: {
      readonly row: number;
      readonly record: StoredRecord;
      readonly cell: (column: string) => CorrectedCell;
    },
  ): void {
    const { row, record, cell } = about;
    this.#covered.add(record.entity);
    const place = { file: table.file, row };
    const unreadable = record.columns.length === 0;
    const columns = unreadable ? this.#columnsOfUnreadable(table, record) : record.columns;
    if (!this.#hasColumns(table, columns)) return;
    const rejected = unreadable ? new Set<string>() : this.#rejectedColumns(record);
    const values = columns.map((column, index) => {
      const original = record.values[index] ?? "";
      const verdict = compareCell(original, cell(column), rejected.has(column));
      switch (verdict.kind) {
        case "same":
          return original;
        case "repaired":
          this.#countRepaired(column, verdict.harm);
          return original;
        case "corrected":
          return verdict.value;
        case "doubtful":
          // A record that could not be read has no values that could have been spoiled.
          if (unreadable || this.#doubtful === "accept") return verdict.value;
          if (this.#doubtful === "refuse") {
            this.#doubts++;
            const words = `${column} was ${shown(original)} and is ${shown(verdict.value)}: ${verdict.why}`;
            this.#problem(
              `${table.name}, row ${row} (line ${record.position.line} of ${record.position.file}): ${words}.`,
            );
          }
          return original;
      }
    });
    const isEmpty = unreadable && values.every((value) => value.trim() === "");
    this.#store.correct(record, place, isEmpty ? record : { columns, values });
  }

  /** Of a record that could not be read, the columns are those of its neighbours; else whatever the file has. */
  #columnsOfUnreadable(table: OpenTable, { entity, position }: StoredRecord): readonly string[] {
    const ofFile = this.#store.columnsOf(entity, position.file);
    if (ofFile.length > 0) return ofFile;
    const ofEntity = this.#store.columnsOf(entity);
    if (ofEntity.length > 0) return ofEntity;
    return [...table.at.keys()].filter((column) => !isOwn(column));
  }

  /** Source columns of the fields that a record was rejected for. */
  #rejectedColumns({ entity, reasons }: StoredRecord): ReadonlySet<string> {
    const mapping = this.#planned.find(({ schema }) => schema.label === entity)?.mapping;
    const fields = reasons.flatMap(({ field }) => field?.split(", ") ?? []);
    return new Set(fields.flatMap((field) => [field, ...(mapping?.columnsOfField.get(field) ?? [])]));
  }

  #hasColumns({ name, at }: OpenTable, columns: readonly string[]): boolean {
    const missing = columns.filter((column) => !at.has(column));
    if (missing.length === 0) return true;
    const words = `${name} lacks ${missing.length === 1 ? "the column" : "the columns"} ${missing.join(", ")}: put ${missing.length === 1 ? "it" : "them"} back, or the values would be lost.`;
    if (!this.#missingColumns.has(words)) this.#problem(words);
    this.#missingColumns.add(words);
    return false;
  }

  #countRepaired(column: string, harm: Harm): void {
    const key = `${column}\n${harm}`;
    const counted = this.#repaired.get(key) ?? { column, harm, values: 0 };
    counted.values++;
    this.#repaired.set(key, counted);
  }

  #problem(words: string): void {
    this.#problemCount++;
    if (this.#problems.length < namedProblems) this.#problems.push(words);
  }

  #error(): DmfpipeError {
    const more = this.#problemCount - this.#problems.length;
    const lines = [...this.#problems, ...(more > 0 ? [`… and ${more} more.`] : [])];
    const what =
      lines.length === 1
        ? (lines[0] ?? "")
        : `${this.#problemCount} things speak against it:\n  ${lines.join("\n  ")}`;
    return new DmfpipeError("DMFP-CORRECTED-FILE", `${what} Nothing was sent.`, {
      ...(this.#doubts === 0
        ? {}
        : {
            next: "Correct what is named in the file, or take doubtful values as they are there with --doubtful accept, or as they were with --doubtful repair.",
          }),
    });
  }
}

function ownText(at: ReadonlyMap<string, number>, row: CorrectedRow, name: string): string {
  const index = at.get(name) ?? [...at].find(([column]) => column.toLowerCase() === name)?.[1] ?? -1;
  const text = row.cells[index]?.text.trim() ?? "";
  return text.replace(/^'(?=[\s=+\-@])/, "");
}

function isOwn(column: string): boolean {
  return /^_(?:reject|source)_/i.test(column);
}

function byEntity(records: readonly StoredRecord[]): readonly (readonly StoredRecord[])[] {
  return [...Map.groupBy(records, ({ entity }) => entity).values()];
}

/** Of several records on one line, the one with the most values of the row; undefined where all have a row already. */
function bestFit(
  records: readonly StoredRecord[],
  cell: (column: string) => CorrectedCell,
): StoredRecord | undefined {
  let best: { readonly record: StoredRecord; readonly equal: number } | undefined;
  for (const record of records) {
    if (record.corrected !== undefined) continue;
    const { columns, values } = record;
    const equal = columns.filter((column, index) => cell(column).text === values[index]).length;
    if (best === undefined || equal > best.equal) best = { record, equal };
  }
  return best?.record;
}

const shownChars = 60;

function shown(value: string): string {
  return JSON.stringify(value.length > shownChars ? `${value.slice(0, shownChars)}…` : value);
}
