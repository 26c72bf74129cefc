import type { EntityRun, Execution, ExecutionStore } from "./execution-store.ts";
import type { ODataRow, ODataValue } from "./odata-filter.ts";
import type { ODataSet } from "./odata-query.ts";

/** A date that was never set, as F&O writes it. */
const noDate = "1900-01-01T00:00:00Z";

type Column = (execution: Execution, run: EntityRun) => ODataValue;

/** Columns as in the types that a public SDK generated from a real environment. There is no count of errors. */
const columns: Readonly<Record<string, Column>> = {
  DefinitionGroupId: (execution) => execution.project,
  JobId: (execution) => execution.id,
  EntityName: (_execution, run) => run.label,
  ExecutionUnit: (_execution, run) => run.executionUnit,
  LevelInExecutionUnit: (_execution, run) => run.level,
  SequenceInLevel: (_execution, run) => run.sequence,
  StagingStatus: (_execution, run) => run.stagingStatus,
  TargetStatus: (_execution, run) => run.targetStatus,
  StagingStartDateTime: (_execution, run) => time(run.stagingStartedAt),
  StagingEndDateTime: (_execution, run) => time(run.stagingEndedAt),
  TargetStartDateTime: (_execution, run) => time(run.targetStartedAt),
  TargetEndDateTime: (_execution, run) => time(run.targetEndedAt),
  StagingRecordsToBeProcessedCount: (_execution, run) => run.toBeProcessed,
  StagingRecordsCreatedCount: (_execution, run) => run.staged,
  TargetRecordsCreatedCount: (_execution, run) => run.created,
  TargetRecordsUpdatedCount: (_execution, run) => run.updated,
  ParallelTaskCount: () => 0,
  RunBusinessValidation: (_execution, run) => yesNo(run.runBusinessValidation),
  RunBusinessLogic: (_execution, run) => yesNo(run.runBusinessLogic),
  FailExecutionUnitOnError: (_execution, run) => yesNo(run.failExecutionUnitOnError),
  FailLevelOnError: (_execution, run) => yesNo(run.failLevelOnError),
  IgnoreError: () => "No",
  CreateErrorFile: () => "No",
  ExecuteTargetStep: (execution) => yesNo(execution.executeTarget),
  FirstRowIsHeader: () => "Yes",
  NumberOfRowsToSkip: () => 0,
  SourceFormat: (_execution, run) => run.sourceFormat,
  FilePath: (_execution, run) => run.file,
  ExcelSheetName: () => "",
};

/** The entity set DataManagementExecutionJobDetails: one row per entity of every execution. */
export function jobDetails(base: string, executions: ExecutionStore): ODataSet {
  const entries = Object.entries(columns);
  function* rows(): Generator<ODataRow> {
    for (const execution of executions.executions()) {
      for (const run of executions.runs(execution.number)) {
        yield Object.fromEntries(entries.map(([name, value]) => [name, value(execution, run)]));
      }
    }
  }
  return {
    base,
    name: "DataManagementExecutionJobDetails",
    columns: new Set(Object.keys(columns)),
    rows: rows(),
  };
}

function yesNo(value: boolean): string {
  return value ? "Yes" : "No";
}

function time(value: number | null): string {
  return value === null ? noDate : `${new Date(value).toISOString().slice(0, 19)}Z`;
}
