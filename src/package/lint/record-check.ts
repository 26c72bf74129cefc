import { KeySet } from "../../entity/key-set.ts";
import { longestValueChars } from "../format-risk.ts";
import { dataPlace, type DataContext } from "./data-judge.ts";
import { excerpt } from "./finding-log.ts";
import { JournalCheck } from "./journal-check.ts";

/**
 * Columns that hold companies as data. Seen in an exported package: VOUCHERSERIESCOMPANYID, LEGALENTITYID, COMPANY,
 * FROMCOMPANY, NUMBERSEQUENCESCOPEDATAAREA, LEGALENTITYDATAAREA and DATAAREA, none of them changed by an import.
 */
const companyColumn = /^(FROM|TO)?COMPANY(ID|CODE)?$|COMPANYID$|LEGALENTITYID$|DATAAREA(ID)?$/;
/** Different companies a finding names. */
const maxCompanies = 5;

/** Judges the values of the records of one data file, whatever its format. */
export class RecordCheck {
  readonly #context: DataContext;
  readonly #columns: readonly string[];
  readonly #companyColumns: readonly number[];
  readonly #companies = new Map<number, CompanyValues>();
  readonly #keyColumns: readonly number[];
  readonly #keys = new KeySet();
  readonly #journal: JournalCheck | undefined;

  /** `columns` are those of the file, in the order of the values. */
  constructor(columns: readonly string[], context: DataContext) {
    this.#context = context;
    this.#columns = columns;
    const upper = columns.map((column) => column.toUpperCase());
    this.#companyColumns = upper.flatMap((column, index) => (companyColumn.test(column) ? [index] : []));
    this.#keyColumns = keyColumns(upper, context);
    this.#journal = context.entity.label === "General journal" ? new JournalCheck(upper, context) : undefined;
  }

  /** One record. `line` is where it begins. */
  add(values: readonly string[], line: number): void {
    for (let index = 0; index < values.length; index++) {
      if ((values[index] ?? "").length > longestValueChars) this.#addLong(index, values[index] ?? "", line);
    }
    for (const index of this.#companyColumns) this.#addCompany(index, values[index]?.trim() ?? "", line);
    if (this.#keyColumns.length > 0) this.#addKey(values, line);
    this.#journal?.add(values, line);
  }

  /** At the end of the file. */
  end(): void {
    for (const [index, { line, seen, more }] of this.#companies) {
      const field = this.#columns[index] ?? "";
      const list = [...seen, ...(more ? ["…"] : [])].join(", ");
      this.#context.log.add("DMFP-LINT-DATA-COMPANY", dataPlace(this.#context, { line, field }), () => ({
        message: `${excerpt(field)} holds companies: ${list}. They stay as they are, whatever company the import is for.`,
      }));
    }
    this.#journal?.end();
  }

  #addLong(index: number, value: string, line: number): void {
    const field = this.#columns[index] ?? "";
    this.#context.log.add("DMFP-LINT-DATA-LONG", dataPlace(this.#context, { line, field }), () => ({
      message: `${excerpt(field)} has a value of ${value.length} characters.`,
    }));
  }

  #addCompany(index: number, company: string, line: number): void {
    if (company === "") return;
    const known = this.#companies.get(index);
    if (known === undefined)
      this.#companies.set(index, { line, seen: new Set([excerpt(company)]), more: false });
    else if (known.seen.size < maxCompanies) known.seen.add(excerpt(company));
    else known.more ||= !known.seen.has(excerpt(company));
  }

  #addKey(values: readonly string[], line: number): void {
    // The database compares without regard to case and to blanks at the end.
    const parts = this.#keyColumns.map((index) => (values[index] ?? "").trimEnd().toLowerCase());
    const first = this.#keys.add(parts.join("\0"), line);
    if (first === undefined) return;
    this.#context.log.add("DMFP-LINT-DATA-KEY-TWICE", dataPlace(this.#context, { line }), () => {
      const key = this.#keyColumns.map(
        (index) => `${this.#columns[index] ?? ""} ${excerpt(values[index] ?? "")}`,
      );
      return { message: `${key.join(", ")} was there before, on line ${first}.` };
    });
  }
}

interface CompanyValues {
  readonly line: number;
  readonly seen: Set<string>;
  more: boolean;
}

/** Columns that make the key of the entity, where all of them are in the file and none is generated. */
function keyColumns(columns: readonly string[], { entity }: DataContext): number[] {
  const keys = entity.schema?.keys ?? [];
  const found = keys.map((key) => {
    const line = entity.maps.find(({ field }) => field.toUpperCase() === key);
    return line === undefined || line.filledWithout ? -1 : columns.indexOf(line.column.toUpperCase());
  });
  // The same key may be there once per company where the company is a column.
  const company = columns.indexOf("DATAAREAID");
  return found.includes(-1) ? [] : company === -1 || found.includes(company) ? found : [...found, company];
}
