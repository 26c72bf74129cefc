import { columnSet, identifier, integer, text, yesNo, yesOrNo, type ColumnDefinition } from "./column-set.ts";
import { byName, jsonProperty, singular, type ODataSet, type ODataType } from "./odata-set.ts";

const groupsName = "DataManagementDefinitionGroups";
const detailsName = "DataManagementDefinitionGroupDetails";

const operationType: ODataType = { kind: "enum", name: "DMFOperationType", members: ["Export", "Import"] };
const projectCategory: ODataType = {
  kind: "enum",
  name: "DMFProjectCategory",
  members: ["Project", "Configuration"],
};

const groupColumns: readonly ColumnDefinition[] = [
  { name: "Name", type: identifier, sql: "p.name", size: 60, mandatory: true },
  { name: "ProjectCategory", type: projectCategory, sql: "coalesce(s.project_category, 'Project')" },
  { name: "OperationType", type: operationType, sql: "coalesce(s.operation_type, 'Import')" },
  { name: "GenerateDataPackage", type: yesOrNo, sql: "coalesce(s.generate_data_package, 'No')" },
  { name: "Description", type: text, sql: "p.description", size: 60 },
  { name: "TruncateEntityData", type: yesOrNo, sql: "coalesce(s.truncate_entity_data, 'No')" },
];

/**
 * The data projects. Columns as in the types that a public SDK generated from a real environment; the length of the
 * description was observed, that of the name is an assumption.
 */
export const definitionGroups: ODataSet = columnSet({
  name: groupsName,
  keys: ["Name"],
  source: "FROM project p LEFT JOIN project_setup s ON s.project = p.name WHERE 1 = 1",
  order: "p.name",
  columns: groupColumns,
  navigations: [
    {
      name: "Details",
      target: detailsName,
      many: true,
      properties: ["Name"],
      targetProperties: ["DefinitionGroupId"],
    },
  ],
});

type Column = readonly [name: string, type: ODataType, size?: number];

const detailColumns: readonly Column[] = [
  ["ExecutionUnit", integer],
  ["LevelInExecutionUnit", integer],
  ["SequenceInLevel", integer],
  ["SourceFormat", text],
  ["AutoGenerateMapping", yesOrNo],
  ["DefaultRefreshType", { kind: "enum", name: "DMFRefreshType", members: ["FullPush", "IncrementalPush"] }],
  ["Disable", yesOrNo],
  ["EntityCategory", { kind: "enum", name: "EntityCategory", members: [] }],
  ["EntityXMLName", text],
  ["ExcelSheetName", text],
  ["FailExecutionUnitOnError", yesOrNo],
  ["FailLevelOnError", yesOrNo],
  ["InputFilePath", text],
  ["IsTransformed", yesOrNo],
  ["PackageFilePath", text],
  ["ParentEntityName", text],
  ["QueryForODBC", text],
  ["RunBusinessLogic", yesOrNo],
  ["RunBusinessValidation", yesOrNo],
  ["RunValidateField", yesOrNo],
  ["SampleFilePath", text],
  ["SampleFilePathOriginal", text],
  ["SkipStaging", yesOrNo],
  ["Tags", text],
  ["ValidationStatus", { kind: "enum", name: "NoYesError", members: ["No", "Yes", "Error"] }],
];

/**
 * Entities that stand in a project: those put there through OData, and those of its last execution. A project made
 * by an import has its mapping from the package.
 */
const detailSource = `FROM (
  SELECT project, label, content FROM project_entity
  UNION ALL
  SELECT e.project, r.label, json_object(
      'ExecutionUnit', r.execution_unit, 'LevelInExecutionUnit', r.level, 'SequenceInLevel', r.sequence,
      'SourceFormat', r.source_format, 'InputFilePath', r.file, 'AutoGenerateMapping', 'Yes',
      'FailExecutionUnitOnError', ${yesNo("r.fail_unit")}, 'FailLevelOnError', ${yesNo("r.fail_level")},
      'RunBusinessLogic', ${yesNo("r.run_logic")}, 'RunBusinessValidation', ${yesNo("r.run_validation")},
      'ValidationStatus', 'Yes')
    FROM execution e JOIN entity_run r ON r.execution = e.number JOIN project p ON p.name = e.project
    WHERE e.number = (SELECT max(number) FROM execution WHERE project = e.project)
      AND NOT EXISTS (SELECT 1 FROM project_entity pe WHERE pe.project = e.project AND pe.label = r.label)
) WHERE 1 = 1`;

/** The entities of the data projects. */
export const definitionGroupDetails: ODataSet = {
  name: detailsName,
  typeName: singular(detailsName),
  keys: ["DefinitionGroupId", "EntityName"],
  properties: byName([
    {
      name: "DefinitionGroupId",
      type: text,
      column: "DefinitionGroupId",
      value: { text: "project", parameters: [] },
      mandatory: true,
    },
    {
      name: "EntityName",
      type: text,
      column: "EntityName",
      value: { text: "label", parameters: [] },
      mandatory: true,
    },
    ...detailColumns.map(([name, type]) => jsonProperty("content", { name, type, column: name })),
  ]),
  navigations: new Map([
    [
      "DefinitionGroup",
      {
        name: "DefinitionGroup",
        target: groupsName,
        many: false,
        properties: ["DefinitionGroupId"],
        targetProperties: ["Name"],
      },
    ],
  ]),
  byCompany: false,
  select: "project, label, content",
  source: () => ({ text: detailSource, parameters: [] }),
  order: "project, label",
  record: (row) => ({
    ...(JSON.parse(String(row["content"])) as Record<string, string>),
    DefinitionGroupId: row["project"],
    EntityName: row["label"],
  }),
};
