import { z } from "zod";
import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import type { ODataClient } from "./odata-client.ts";

const count = z.coerce.number().int().nonnegative().catch(0);
const rows = z.object({
  value: z.array(
    z.object({
      JobId: z.string(),
      EntityName: z.string(),
      DefinitionGroupId: z.string().catch(""),
      StagingStatus: z.string().default(""),
      TargetStatus: z.string().default(""),
      StagingRecordsToBeProcessedCount: count,
      StagingRecordsCreatedCount: count,
      TargetRecordsCreatedCount: count,
      TargetRecordsUpdatedCount: count,
    }),
  ),
});

/** What F&O counted for one entity of one execution. It has no count of errors: that is the difference. */
export interface JobDetail {
  readonly entity: string;
  /** Name of the data project the execution belongs to; "" where F&O does not say. */
  readonly dataProject: string;
  /** NotStarted, Waiting, Executing, Error, Finished, Ready, NotRun, Cancelling, Canceled or Hold. */
  readonly stagingStatus: string;
  readonly targetStatus: string;
  readonly toBeStaged: number;
  readonly staged: number;
  readonly created: number;
  readonly updated: number;
}

/**
 * The counts per entity of an execution, from the OData entity DataManagementExecutionJobDetails (columns
 * as in the SAP Cloud SDK's generated types). Empty where F&O knows no such execution.
 */
export async function jobDetails(
  odata: ODataClient,
  environment: string,
  executionId: string,
): Promise<readonly JobDetail[]> {
  const filter = `JobId eq '${executionId.replaceAll("'", "''")}'`;
  const result = await odata.call({
    method: "GET",
    path: `DataManagementExecutionJobDetails?$filter=${encodeURIComponent(filter)}`,
    purpose: "Asking for the counts",
    effect: "repeatable",
  });
  const parsed = result.ok ? rows.safeParse(result.body) : undefined;
  if (parsed?.success !== true) {
    const what = result.ok ? "the answer is not of the documented shape" : result.refusal.message;
    throw new DmfpipeError("DMFP-HTTP-ANSWER", `DataManagementExecutionJobDetails: ${what}.`, {
      at: { environment },
    });
  }
  return (
    parsed.data.value
      // SQL Server compares without regard to case, and gives the id as it was first written.
      .filter((row) => row.JobId.trim().toLowerCase() === executionId.toLowerCase())
      .map((row) => ({
        entity: row.EntityName,
        dataProject: row.DefinitionGroupId,
        stagingStatus: row.StagingStatus,
        targetStatus: row.TargetStatus,
        toBeStaged: row.StagingRecordsToBeProcessedCount,
        staged: row.StagingRecordsCreatedCount,
        created: row.TargetRecordsCreatedCount,
        updated: row.TargetRecordsUpdatedCount,
      }))
  );
}
