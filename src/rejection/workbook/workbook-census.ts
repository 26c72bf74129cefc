import { ownColumns, type CsvLayout } from "../rejection-csv.ts";
import type { Rejection, RejectionStage } from "../rejection.ts";
import { isTooLong } from "./cell-text.ts";
import { SheetNames } from "./sheet-names.ts";

/** Rows of a sheet below its header: Excel has 1,048,576 in all. */
export const greatestSheetRows = 1_048_575;

export const summarySheetName = "Summary";

/** How many records the widths of the columns are measured on. */
const measured = 200;

/** The rejected records of one entity whose sources have the same columns. */
export interface SheetPlan {
  readonly entity: string;
  /** Names of the sheets that hold them: one, or more where Excel has not rows enough. */
  readonly names: readonly string[];
  /** Source columns, without those an earlier report of dmfpipe put there. */
  readonly columns: readonly string[];
  /** Their positions in a record's values. */
  readonly kept: readonly number[];
  /** Longest value that was seen in each column, in characters. */
  readonly widths: readonly number[];
  readonly records: number;
  /** Values that are too long for a cell, and are cut in it. */
  readonly shortened: number;
  /** Whether any of them was corrected in a file: a column says where. */
  readonly corrected: boolean;
}

interface Counted {
  readonly entity: string;
  readonly columns: readonly string[];
  readonly kept: readonly number[];
  readonly widths: number[];
  records: number;
  shortened: number;
  corrected: boolean;
}

/** Records of one entity in one legal entity, by stage. */
export interface EntityCount {
  readonly entity: string;
  readonly legalEntity: string;
  readonly byStage: Record<RejectionStage, number>;
  records: number;
}

export interface CensusOptions {
  readonly layoutOf: (entity: string) => Pick<CsvLayout, "columns">;
  /** Default: what Excel has room for. */
  readonly rowsPerSheet?: number;
}

/**
 * Looks at every rejection once and says which sheets a workbook of them has. It keeps counts, no records, so that
 * the sheets can be written one after the other without holding any.
 */
export class WorkbookCensus {
  readonly #options: CensusOptions;
  readonly #sheets = new Map<string, Counted>();
  readonly #entities = new Map<string, EntityCount>();

  constructor(options: CensusOptions) {
    this.#options = options;
  }

  add(rejection: Rejection): void {
    this.#countEntity(rejection);
    const id = this.sheetOf(rejection);
    const sheet = this.#sheets.get(id) ?? this.#newSheet(id, rejection);
    const { kept, widths } = sheet;
    sheet.records++;
    if (rejection.corrected !== undefined) sheet.corrected = true;
    for (const [position, index] of kept.entries()) {
      const value = rejection.values[index] ?? "";
      if (isTooLong(value)) sheet.shortened++;
      if (sheet.records <= measured && value.length > (widths[position] ?? 0))
        widths[position] = value.length;
    }
    if (rejection.columns.length === 0 && isTooLong(rejection.raw)) sheet.shortened++;
  }

  /** Says to which sheet a rejection belongs: a key of `plan`. */
  sheetOf(rejection: Rejection): string {
    return `${rejection.entity}\u0000${this.#columnsOf(rejection).join("\u0000")}`;
  }

  /** Every sheet by its key, in the order in which their first records came. */
  plan(): ReadonlyMap<string, SheetPlan> {
    const names = new SheetNames([summarySheetName]);
    const rows = this.#options.rowsPerSheet ?? greatestSheetRows;
    return new Map(
      [...this.#sheets].map(([id, sheet]) => {
        const number = Math.ceil(sheet.records / rows);
        const own = Array.from({ length: number }, () => names.claim(sheet.entity));
        return [id, { ...sheet, names: own }];
      }),
    );
  }

  /** Counts of each entity and legal entity, in the order in which their first records came. */
  entities(): readonly EntityCount[] {
    return [...this.#entities.values()];
  }

  get records(): number {
    return this.entities().reduce((sum, { records }) => sum + records, 0);
  }

  #columnsOf({ entity, columns }: Rejection): readonly string[] {
    return columns.length === 0 ? this.#options.layoutOf(entity).columns : columns;
  }

  #newSheet(id: string, rejection: Rejection): Counted {
    const columns = this.#columnsOf(rejection);
    const kept = [...columns.keys()].filter((index) => !ownColumns.has(columns[index] ?? ""));
    const names = kept.map((index) => columns[index] ?? "");
    const widths = names.map((name) => name.length);
    const sheet = {
      entity: rejection.entity,
      columns: names,
      kept,
      widths,
      records: 0,
      shortened: 0,
      corrected: false,
    };
    this.#sheets.set(id, sheet);
    return sheet;
  }

  #countEntity({ entity, legalEntity = "", stage }: Rejection): void {
    const id = `${entity}\u0000${legalEntity}`;
    let count = this.#entities.get(id);
    if (count === undefined) {
      const byStage = { source: 0, mapping: 0, validation: 0, staging: 0, target: 0 };
      count = { entity, legalEntity, byStage, records: 0 };
      this.#entities.set(id, count);
    }
    count.records++;
    count.byStage[stage]++;
  }
}
