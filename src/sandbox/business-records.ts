import type { EntityField, EntitySchema } from "../entity/entity-schema.ts";
import type { ODataRow, ODataValue } from "./odata-filter.ts";
import type { ODataSet } from "./odata-query.ts";
import type { RecordContent, RowStore } from "./row-store.ts";

const emptyDate = "1900-01-01T00:00:00Z";

export interface BusinessRecordOptions {
  readonly base: string;
  readonly rows: RowStore;
  readonly entity: EntitySchema;
  /** Only records of this company; undefined for all (`cross-company=true`). */
  readonly company: string | undefined;
}

/** The entity set of a public entity: its records as the target step, or the set-up, left them. */
export function businessRecords(options: BusinessRecordOptions): ODataSet {
  const { base, rows, entity } = options;
  const fields = [...entity.fields.values()].filter((field) => field.type !== "unknown");
  const columns = new Set(fields.map((field) => field.odataName));
  const hasCompany = entity.scope === "company";
  if (hasCompany) columns.add("dataAreaId");
  const company = hasCompany ? options.company : undefined;
  function* visible(): Generator<ODataRow> {
    for (const record of rows.records(entity.label)) {
      if (company !== undefined && record.company !== company) continue;
      yield businessRow(record, fields, hasCompany);
    }
  }
  return { base, name: entity.odataCollection ?? "", columns, rows: visible() };
}

function businessRow(
  record: { readonly company: string; readonly content: RecordContent },
  fields: readonly EntityField[],
  hasCompany: boolean,
): ODataRow {
  const row: Record<string, ODataValue> = hasCompany ? { dataAreaId: record.company.toLowerCase() } : {};
  for (const field of fields) row[field.odataName] = fieldValue(field, record.content[field.name] ?? "");
  return row;
}

function fieldValue(field: EntityField, value: string): ODataValue {
  switch (field.type) {
    case "decimal":
    case "int32":
    case "int64":
      return Number(value === "" ? 0 : value);
    case "datetime":
      return value === "" ? emptyDate : value;
    default:
      return value;
  }
}
