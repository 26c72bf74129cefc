import type { EntityField, EntitySchema } from "../entity/entity-schema.ts";
import { integer, text, yesOrNo } from "./column-set.ts";
import type { EnvironmentSetup } from "./environment-setup.ts";
import { byName, jsonProperty, singular, type ODataSet, type ODataType } from "./odata-set.ts";

type Column = readonly [name: string, type: ODataType];
type Row = Readonly<Record<string, string | number>>;

const entityColumns: readonly Column[] = [
  ["EntityName", text],
  ["EntityIsEnabled", yesOrNo],
  ["TargetName", text],
  ["StagingTableName", text],
  ["IsShared", yesOrNo],
  ["EntityKey", text],
  ["Category", { kind: "enum", name: "EntityCategory", members: [] }],
  ["ChangeTrackingType", { kind: "enum", name: "DMFChangeTrackingType", members: ["None"] }],
  ["ConfigurationKeyName", text],
  ["CountryRegionCodes", text],
  ["Modules", text],
  ["RecVersionValue", integer],
  ["Tags", text],
];

const fieldColumns: readonly Column[] = [
  ["Entity", text],
  ["StagingField", text],
  ["EntityLabel", text],
  ["TargetTable", text],
  ["TargetField", text],
  ["ShortStagingField", text],
  ["FieldAOTName", text],
  ["DataSourceName", text],
  ["DataSourceField", text],
  ["TargetDataSourceName", text],
  ["FieldLength", integer],
  ["FieldDataTypeValue", { kind: "enum", name: "Types", members: [] }],
  ["IsRequired", yesOrNo],
  ["IsFieldEnabled", yesOrNo],
  ["IsAutoManual", yesOrNo],
  ["IsSystem", yesOrNo],
  ["ArrayIndex", integer],
  ["RecVersionValue", integer],
];

/**
 * DataManagementEntities: what data management calls an entity (its label) and what the application calls it.
 * Columns as in the types that a public SDK generated from a real environment. Names of staging tables are an
 * assumption.
 */
export function dataManagementEntities(setup: EnvironmentSetup): ODataSet {
  const rows = setup.entities().map((entity): Row => {
    return {
      EntityName: entity.label,
      EntityIsEnabled: "Yes",
      TargetName: entity.aotName,
      StagingTableName: entity.aotName.replace(/Entity$/, "Staging"),
      IsShared: entity.scope === "shared" ? "Yes" : "No",
      EntityKey: entity.keys.join(","),
    };
  });
  return listSet("DataManagementEntities", ["EntityName"], entityColumns, rows);
}

/**
 * DataManagementTargetMapEntities: the fields of every entity with their lengths, the only place where F&O tells
 * them. 0 stands for a length that is not known here. Observed: a client filters by Entity, the label.
 */
export function targetMapEntities(setup: EnvironmentSetup): ODataSet {
  const rows = setup
    .entities()
    .flatMap((entity) => [...entity.fields.values()].map((field) => fieldRow(setup, entity, field)));
  return listSet("DataManagementTargetMapEntities", ["StagingField", "Entity"], fieldColumns, rows);
}

function fieldRow(setup: EnvironmentSetup, entity: EntitySchema, field: EntityField): Row {
  return {
    Entity: entity.label,
    StagingField: field.name,
    EntityLabel: entity.label,
    TargetTable: entity.aotName,
    TargetField: field.name,
    ShortStagingField: field.name,
    FieldAOTName: field.odataName,
    DataSourceName: entity.aotName,
    DataSourceField: field.odataName,
    FieldLength: setup.size(entity, field.name) ?? 0,
    IsRequired: field.mandatory || field.key ? "Yes" : "No",
    IsFieldEnabled: "Yes",
  };
}

/** A set whose rows are known at the start. The database reads them from a parameter. */
function listSet(
  name: string,
  keys: readonly string[],
  columns: readonly Column[],
  rows: readonly Row[],
): ODataSet {
  const content = JSON.stringify(rows);
  return {
    name,
    typeName: singular(name),
    keys,
    properties: byName(
      columns.map(([column, type]) => jsonProperty("value", { name: column, type, column })),
    ),
    navigations: new Map(),
    byCompany: false,
    select: "value",
    source: () => ({ text: "FROM json_each(?) WHERE 1 = 1", parameters: [content] }),
    // json_each numbers the elements.
    order: "key",
    record: (row) => JSON.parse(String(row["value"])) as Row,
  };
}
