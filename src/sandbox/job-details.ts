import {
  columnSet,
  identifier,
  integer,
  moment,
  text,
  yesNo,
  yesOrNo,
  type ColumnDefinition,
} from "./column-set.ts";
import type { ODataSet, ODataType } from "./odata-set.ts";

/** States of a step of an entity. Source: the enum in Microsoft's integration samples; the order is an assumption. */
const stepStatus: ODataType = {
  kind: "enum",
  name: "DMFBatchJobStatus",
  members: [
    "NotStarted",
    "Waiting",
    "Executing",
    "Error",
    "Finished",
    "Ready",
    "NotRun",
    "Cancelling",
    "Canceled",
    "Hold",
  ],
};

const dateTime: ODataType = { kind: "datetime" };

/** Columns as in the types that a public SDK generated from a real environment. There is no count of errors. */
const columns: readonly ColumnDefinition[] = [
  { name: "DefinitionGroupId", type: identifier, sql: "e.project" },
  { name: "JobId", type: identifier, sql: "e.id" },
  { name: "EntityName", type: text, sql: "r.label" },
  { name: "ExecutionUnit", type: integer, sql: "r.execution_unit" },
  { name: "LevelInExecutionUnit", type: integer, sql: "r.level" },
  { name: "SequenceInLevel", type: integer, sql: "r.sequence" },
  { name: "SequenceNumber", type: integer, sql: "r.sequence" },
  { name: "StagingStatus", type: stepStatus, sql: "r.staging_status" },
  { name: "TargetStatus", type: stepStatus, sql: "r.target_status" },
  { name: "StagingStartDateTime", type: dateTime, sql: moment("r.staging_started_at") },
  { name: "StagingEndDateTime", type: dateTime, sql: moment("r.staging_ended_at") },
  { name: "TargetStartDateTime", type: dateTime, sql: moment("r.target_started_at") },
  { name: "TargetEndDateTime", type: dateTime, sql: moment("r.target_ended_at") },
  { name: "StagingRecordsToBeProcessedCount", type: integer, sql: "r.to_be_processed" },
  { name: "StagingRecordsCreatedCount", type: integer, sql: "r.staged" },
  { name: "TargetRecordsCreatedCount", type: integer, sql: "r.created" },
  { name: "TargetRecordsUpdatedCount", type: integer, sql: "r.updated" },
  { name: "ParallelTaskCount", type: integer, sql: "0" },
  { name: "RunBusinessValidation", type: yesOrNo, sql: yesNo("r.run_validation") },
  { name: "RunBusinessLogic", type: yesOrNo, sql: yesNo("r.run_logic") },
  { name: "FailExecutionUnitOnError", type: yesOrNo, sql: yesNo("r.fail_unit") },
  { name: "FailLevelOnError", type: yesOrNo, sql: yesNo("r.fail_level") },
  { name: "IgnoreError", type: yesOrNo, sql: "'No'" },
  { name: "CreateErrorFile", type: yesOrNo, sql: "'No'" },
  { name: "ExecuteTargetStep", type: yesOrNo, sql: yesNo("e.execute_target") },
  { name: "FirstRowIsHeader", type: yesOrNo, sql: "'Yes'" },
  { name: "NumberOfRowsToSkip", type: integer, sql: "0" },
  { name: "SourceFormat", type: text, sql: "r.source_format" },
  { name: "FilePath", type: text, sql: "r.file" },
  { name: "ExcelSheetName", type: text, sql: "''" },
];

const jobsName = "DataManagementExecutionJobs";
const detailsName = "DataManagementExecutionJobDetails";

/** The entity set DataManagementExecutionJobDetails: one row per entity of every execution. */
export const jobDetails: ODataSet = columnSet({
  name: detailsName,
  keys: ["DefinitionGroupId", "JobId", "EntityName"],
  source: "FROM execution e JOIN entity_run r ON r.execution = e.number WHERE 1 = 1",
  order: "e.number, r.execution_unit, r.level, r.sequence, r.number",
  columns,
  navigations: [
    {
      name: "ExecutionJob",
      target: jobsName,
      many: false,
      properties: ["JobId"],
      targetProperties: ["JobId"],
    },
  ],
});

/** The entity set DataManagementExecutionJobs: one row per execution. */
export const executionJobs: ODataSet = columnSet({
  name: jobsName,
  keys: ["JobId"],
  source: "FROM execution e WHERE 1 = 1",
  order: "e.number",
  columns: [
    { name: "JobId", type: identifier, sql: "e.id" },
    // Assumption: no source says what stands in it.
    { name: "Description", type: text, sql: "e.project" },
  ],
  navigations: [
    {
      name: "Details",
      target: detailsName,
      many: true,
      properties: ["JobId"],
      targetProperties: ["JobId"],
    },
  ],
});
