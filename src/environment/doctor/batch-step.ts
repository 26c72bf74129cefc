import { z } from "zod";
import type { Clock } from "../../errors/clock.ts";
import type { Finding } from "./examination.ts";
import type { Tools } from "./tools.ts";

const moment = z
  .string()
  .nullish()
  .transform((text) => {
    const ms = Date.parse(text ?? "");
    // F&O writes "never" as the first day of 1900.
    return Number.isNaN(ms) || ms < Date.parse("1901-01-01") ? undefined : ms;
  });

const jobs = z.object({
  value: z.array(
    z.object({
      JobId: z.string(),
      TargetStatus: z.string().nullish(),
      StagingEndDateTime: moment,
      TargetStartDateTime: moment,
      TargetEndDateTime: moment,
    }),
  ),
});

/** Staging is done by the call, the target step by the batch: one that long after has not begun was never taken. */
const waitingTooLongMs = 60 * 60_000;
const waiting = new Set(["NotStarted", "Waiting", "Ready"]);
const dayMs = 86_400_000;

/**
 * Whether the batch is alive, as far as that shows: nobody documents a question for it, but the latest executions tell
 * when the batch last finished one, and whether one has been waiting for it since
 * (DataManagementExecutionJobDetails, columns as in the SAP Cloud SDK's generated types).
 */
export async function batchFinding({ odata }: Tools, clock: Clock): Promise<Finding> {
  const columns = "JobId,TargetStatus,StagingEndDateTime,TargetStartDateTime,TargetEndDateTime";
  const result = await odata.call({
    method: "GET",
    path: `DataManagementExecutionJobDetails?$select=${columns}&$orderby=StagingStartDateTime desc&$top=50`,
    purpose: "Looking at the latest imports",
    effect: "repeatable",
  });
  const parsed = result.ok ? jobs.safeParse(result.body) : undefined;
  if (parsed?.success !== true || parsed.data.value.length === 0) {
    return {
      state: "skipped",
      message: "Cannot be seen from outside: the environment has no imports that would show it at work.",
    };
  }
  const rows = parsed.data.value;
  const lastMs = Math.max(...rows.map(({ TargetEndDateTime }) => TargetEndDateTime ?? 0));
  const stuck = rows.find(
    ({ TargetStatus: status, StagingEndDateTime: staged, TargetStartDateTime: begun }) =>
      waiting.has(status ?? "") &&
      begun === undefined &&
      staged !== undefined &&
      staged > lastMs &&
      clock.now() - staged > waitingTooLongMs,
  );
  if (stuck !== undefined) {
    return {
      state: "warning",
      message: `The import ${stuck.JobId} has been waiting for the batch since ${iso(stuck.StagingEndDateTime ?? 0)}, and nothing was finished since.`,
      fix: "Look there under System administration > Inquiries > Batch jobs, and whether a batch server is switched on.",
    };
  }
  if (lastMs === 0) {
    return { state: "skipped", message: "Cannot be seen from outside: no import was finished there yet." };
  }
  const days = Math.floor((clock.now() - lastMs) / dayMs);
  const past = days < 1 ? "" : ` (${days} days ago; what it does today cannot be seen)`;
  return { state: "ok", message: `The batch finished an import at ${iso(lastMs)}${past}.` };
}

function iso(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");
}
