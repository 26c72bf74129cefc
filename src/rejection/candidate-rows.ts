import path from "node:path";
import { findPackageRows } from "../package/find-rows.ts";
import type { PackageRows } from "../package/read-package.ts";
import { ScratchLines } from "./scratch-lines.ts";
import type { Statements } from "./statements.ts";

/** A row that may have been refused: its number in the data file, and its values. */
type Candidate = readonly [row: number, values: readonly string[]];

/**
 * The rows of one entity of a package about which something may have been said, in row order, by the portions of what
 * was said. The package is read for them once, and no second time.
 */
export class CandidateRows {
  readonly #portions: readonly ScratchLines<Candidate>[];
  readonly #header: readonly string[];

  private constructor(header: readonly string[], portions: readonly ScratchLines<Candidate>[]) {
    this.#header = header;
    this.#portions = portions;
  }

  /**
   * `packageFile`: the zip; `dataFile`: that of the entity in it. `keys`: its key fields. `name`: of the scratch files in
   * `folder`. Throws DMFP-FILE-WRITE and DMFP-RUN-FILE.
   */
  static async of(
    options: CandidateOptions & {
      readonly packageFile: string;
      readonly dataFile: string;
      readonly keys: readonly string[];
    },
  ): Promise<CandidateRows> {
    const { packageFile, dataFile, keys, statements } = options;
    const wanted = statements.mayName.bind(statements);
    const sorter = new CandidateSorter(options);
    for await (const { header, rows } of findPackageRows(packageFile, { dataFile, keys, wanted })) {
      for (const { row, values } of rows) {
        const written = sorter.add(header, [row, values], [keys]);
        if (written !== undefined) await written;
      }
    }
    return new CandidateRows(sorter.header, sorter.portions);
  }

  /**
   * The same of rows that are read elsewhere. `named`: the fields by which something may name a row: its key, or that of
   * what it is nested in. Throws DMFP-FILE-WRITE and what `rows` throws.
   */
  static async among(
    rows: AsyncIterable<PackageRows>,
    options: CandidateOptions & { readonly named: readonly (readonly string[])[] },
  ): Promise<CandidateRows> {
    const sorter = new CandidateSorter(options);
    for await (const { header, firstRow, rows: batch } of rows) {
      for (const [index, values] of batch.entries()) {
        const written = sorter.add(header, [firstRow + index, values], options.named);
        if (written !== undefined) await written;
      }
    }
    return new CandidateRows(sorter.header, sorter.portions);
  }

  /** The rows of one portion, each by itself. */
  async *portion(index: number): AsyncGenerator<PackageRows> {
    const candidates = this.#portions[index];
    if (candidates === undefined) return;
    for await (const [row, values] of candidates.read()) {
      yield { header: this.#header, firstRow: row, rows: [values] };
    }
  }
}

interface CandidateOptions {
  readonly statements: Statements;
  readonly folder: string;
  readonly name: string;
}

/** Puts rows into the portions in which something may have been said about them. */
class CandidateSorter {
  readonly portions: readonly ScratchLines<Candidate>[];
  readonly #statements: Statements;
  header: readonly string[] = [];
  #columns: readonly (readonly number[])[] = [];

  constructor({ statements, folder, name }: CandidateOptions) {
    this.#statements = statements;
    this.portions = Array.from(
      { length: statements.portions },
      (_, index) => new ScratchLines<Candidate>(path.join(folder, `${name}.${index}`)),
    );
  }

  /** A promise, where there is one, must be awaited before the next. */
  add(
    header: readonly string[],
    candidate: Candidate,
    named: readonly (readonly string[])[],
  ): Promise<void> | undefined {
    if (header !== this.header) {
      this.header = header;
      this.#columns = named.map((fields) => fields.map((field) => header.indexOf(field)));
    }
    let where: readonly number[] = [];
    for (const columns of this.#columns) {
      const found = this.#statements.portionsOf(columns.map((column) => candidate[1][column] ?? ""));
      if (found.length > 0) where = where.length === 0 ? found : [...new Set([...where, ...found])];
    }
    const [only, ...others] = where;
    if (only === undefined) return undefined;
    if (others.length === 0) return this.portions[only]?.add(candidate);
    return this.#addToAll(candidate, where);
  }

  async #addToAll(candidate: Candidate, where: readonly number[]): Promise<void> {
    for (const portion of where) await this.portions[portion]?.add(candidate);
  }
}
