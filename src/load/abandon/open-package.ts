import type { Environment } from "../../environment/environment.ts";
import type { JobDetail } from "../../environment/job-details.ts";
import { finalStatuses } from "../../environment/package-api.ts";
import { DmfpipeError } from "../../errors/dmfpipe-error.ts";
import type { LedgerPackage } from "../ledger/ledger-rows.ts";

/** What F&O says of a package that it has, or may have. */
export type OpenPackage =
  | { readonly kind: "never taken"; readonly pack: LedgerPackage }
  | {
      readonly kind: "over";
      readonly pack: LedgerPackage;
      /** F&O's last word; absent where it does not know the execution any more. */
      readonly status: string | undefined;
      readonly details: readonly JobDetail[];
    };

export interface OpenPackageOptions {
  readonly environment: Environment;
  /** How long F&O may take to know an import that it was sent, in milliseconds. */
  readonly doubtGraceMs: number;
  /** How long ago the import was last sent, as far as the clock tells, in milliseconds. */
  readonly sentAgoMs: number;
  /** What to type again when it may help. */
  readonly again: string;
}

/**
 * Asks F&O about a package of a load that is to be given up. Changes nothing. Throws DMFP-RUN-OPEN where F&O still works
 * on it, or may still begin to, DMFP-IN-DOUBT where somebody else uses its execution id, and what the environment throws.
 */
export async function askAboutPackage(
  pack: LedgerPackage,
  options: OpenPackageOptions,
): Promise<OpenPackage> {
  const { environment, doubtGraceMs, sentAgoMs, again } = options;
  const refuse = (what: string, next: string): DmfpipeError =>
    new DmfpipeError("DMFP-RUN-OPEN", `Package ${pack.key}: ${what}. Nothing was given up.`, {
      at: { environment: environment.name },
      next,
    });
  const status = await environment.api.getExecutionSummaryStatus(pack.executionId);
  const details = await environment.jobDetails(pack.executionId);
  assertOurs(pack, details, environment.name);
  if (status === undefined && details.length === 0) {
    if (pack.state === "executing" || pack.state === "collecting")
      return { kind: "over", pack, status, details };
    // A clock that was set back says nothing.
    if (sentAgoMs >= doubtGraceMs) return { kind: "never taken", pack };
    const waitSeconds = Math.ceil((doubtGraceMs - Math.max(0, sentAgoMs)) / 1000);
    const what = "F&O does not know it, but it was sent so recently that this may change";
    throw refuse(what, `Wait ${waitSeconds} seconds, then: ${again}`);
  }
  // For some seconds F&O may know the counts of an execution before it tells its status.
  const early = status === undefined && sentAgoMs < doubtGraceMs;
  const over = status === undefined || finalStatuses.has(status);
  if (!over || early || isWorkedOn(details, status)) {
    throw refuse(
      `F&O still works on it (${status ?? "it does not say how far it is"})`,
      `Wait until F&O is done with it, or delete ${pack.executionId} from the Job history of Data management; then: ${again}`,
    );
  }
  return { kind: "over", pack, status, details };
}

/** Without a status, an entity that was not begun may still be; with a final one, it was left out. */
function isWorkedOn(details: readonly JobDetail[], status: string | undefined): boolean {
  const open = status === undefined ? /^(Executing|Waiting|NotStarted)$/i : /^Executing$/i;
  return details.some(
    ({ stagingStatus, targetStatus }) => open.test(stagingStatus) || open.test(targetStatus),
  );
}

function assertOurs(
  { key, executionId, dataProject }: LedgerPackage,
  details: readonly JobDetail[],
  environment: string,
): void {
  const foreign = details.find((detail) => {
    const name = detail.dataProject.trim().toLowerCase();
    return name !== "" && name !== dataProject.toLowerCase();
  });
  if (foreign === undefined) return;
  throw new DmfpipeError(
    "DMFP-IN-DOUBT",
    `F&O has an execution ${executionId} of data project ${foreign.dataProject}, not of ${dataProject}: it cannot be told what became of package ${key}. Nothing was given up.`,
    { at: { environment }, next: "Look at the execution in the Job history of Data management." },
  );
}
