import { DataFileUnreadable } from "./data-file-unreadable.ts";
import type { ImportPlan, StagedColumn } from "./import-plan.ts";
import type { SandboxSettings } from "./sandbox-settings.ts";

const delimiters = [",", ";", "\t", "|", ":"];

/**
 * Map and header row must agree, in both directions unless a setting says otherwise. Throws DataFileUnreadable with
 * the code whose documented cause fits best; Microsoft's list names several for the same mistake.
 */
export function checkHeader(
  header: readonly string[],
  plan: Pick<ImportPlan, "entity" | "format">,
  columns: readonly StagedColumn[],
  settings: Pick<SandboxSettings, "unmappedFileColumns">,
): void {
  const { entity, format } = plan;
  const wanted = sourceColumns(columns);
  if (header.every((name) => name === "")) throw new DataFileUnreadable("FF004", "Header row is missing.");
  const [only = ""] = header;
  if (header.length === 1 && wanted.length > 1 && format.kind === "delimited") {
    const other = delimiters.find((delimiter) => delimiter !== format.delimiter && only.includes(delimiter));
    if (other !== undefined) throw new DataFileUnreadable("DMF1999", "Column delimiter not found.");
  }
  if (new Set(header).size !== header.length) {
    throw new DataFileUnreadable("FF004", "The header row has a column twice.");
  }
  if (wanted.length > 0 && !wanted.some((name) => header.includes(name))) {
    const namesFields = header.some((name) => entity.fields.has(name.toUpperCase()));
    throw namesFields || !entity.fieldsKnown
      ? new DataFileUnreadable(
          "DMF1966",
          `There are field(s), which are not mapped to Entity ${entity.label}: the file has none of the mapped columns.`,
        )
      : new DataFileUnreadable("FF004", "Header row is missing: the first row names no field of the entity.");
  }
  const missing = wanted.find((name) => !header.includes(name));
  if (missing !== undefined) {
    throw new DataFileUnreadable("DMF2060", `The mapped field ${missing} is not in the file.`);
  }
  const extra = header.find((name) => !wanted.includes(name));
  if (extra !== undefined && settings.unmappedFileColumns === "refuse") {
    throw new DataFileUnreadable("DMF2022", `The column ${extra} of the file is not mapped.`);
  }
}

/** Columns of the data file that a map names, each once. */
export function sourceColumns(columns: readonly StagedColumn[]): string[] {
  return [...new Set(columns.flatMap(({ sourceColumn }) => sourceColumn ?? []))];
}
