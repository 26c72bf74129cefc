import { DataFileUnreadable } from "./data-file-unreadable.ts";
import { sourceColumns } from "./header-check.ts";
import type { StagedColumn } from "./import-plan.ts";
import type { SandboxSettings } from "./sandbox-settings.ts";
import type { XmlRecord } from "./xml-records.ts";

/**
 * Turns the records of one element into rows of values. XML has no header row: which columns a file has is known
 * only at its end.
 */
export class XmlColumns {
  /** Mapped columns, in the order of the values. */
  readonly header: readonly string[];
  readonly #element: string;
  readonly #mapped: ReadonlySet<string>;
  readonly #seen = new Set<string>();
  readonly #refuseUnmapped: boolean;

  constructor(
    element: string,
    columns: readonly StagedColumn[],
    settings: Pick<SandboxSettings, "unmappedFileColumns">,
  ) {
    this.#element = element;
    this.header = sourceColumns(columns);
    this.#mapped = new Set(this.header);
    this.#refuseUnmapped = settings.unmappedFileColumns === "refuse";
  }

  /** A field the record does not have is empty. Throws DataFileUnreadable for a field that is not mapped. */
  values(record: XmlRecord): string[] {
    for (const name of record.fields.keys()) {
      if (this.#mapped.has(name)) this.#seen.add(name);
      else if (this.#refuseUnmapped)
        throw new DataFileUnreadable("DMF2022", `The field ${name} of ${this.#element} is not mapped.`);
    }
    return this.header.map((name) => record.fields.get(name) ?? "");
  }

  /**
   * To be called after the last record. Throws DataFileUnreadable when no record had one of the mapped fields; the
   * text is the one Microsoft documents for exactly this.
   */
  checkEnd(): void {
    const missing = this.header.find((name) => !this.#seen.has(name));
    if (missing === undefined) return;
    throw new DataFileUnreadable(
      "DMF2060",
      `XML is not in correct format-Exception from HRESULT: 0xC0010009 (the mapped field ${missing} of ${this.#element} is not in the file)`,
    );
  }
}
