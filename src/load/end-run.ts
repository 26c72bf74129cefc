import { asDmfpipeError } from "../errors/dmfpipe-error.ts";
import type { Project } from "../project/project.ts";
import type { RunSummary } from "../rejection/summary.ts";
import { finishRun, rejectedOf, type FinishOptions, type ReportedEntity } from "./finish-run.ts";
import { withLeanHeap } from "./lean-heap.ts";
import type { Ledger } from "./ledger/ledger.ts";
import type { PlannedLoad } from "./load-plan.ts";
import type { LoadListener } from "./run-log.ts";
import { lookAgain } from "./trend/look-again.ts";
import { RunTrend } from "./trend/run-trend.ts";
import { settleTrend } from "./trend/settle-trend.ts";

/** So many are done before the heap has grown much; of very many more, a lean one takes half as long again. */
const fewRejections = 6_000;

export interface EndOptions extends Omit<FinishOptions, "trend" | "project"> {
  readonly project: Pick<Project, "root" | "reports" | "stewardship">;
  readonly ledger: Ledger;
  /** Whether `resume` can go on with it: then it is not over, and its rejections do not count for later runs. */
  readonly resumable: boolean;
  readonly log: LoadListener;
  /** The entities with their sources; absent where these are not at hand. */
  readonly sources?: readonly PlannedLoad[];
}

/**
 * Writes the reports of a run, with its rejections compared with those of the runs before, and then its last word into the
 * ledger. Until that is said everything may be done again and comes out the same; after it, what the run found is noted
 * for the runs to come, by the next of them where it fails now.
 */
export async function endRun(options: EndOptions): Promise<RunSummary> {
  const end = (): Promise<RunSummary> => reportAndEnd(options);
  return rejectedOf(options.entities) > fewRejections ? await withLeanHeap(end) : await end();
}

async function reportAndEnd(options: EndOptions): Promise<RunSummary> {
  const { project, folder, run, planned, entities, packages, ledger, resumable, log, status, exitCode } =
    options;
  await noteFound(options);
  const keyColumns = keyColumnsOf(planned);
  const { sources } = options;
  const trend = RunTrend.begin({
    trend: ledger.trend,
    folder,
    stewardship: project.stewardship,
    keyColumnsOf: keyColumns,
    // Of a run that goes on later nothing is kept of what this would cost.
    ...(sources === undefined || resumable ? {} : { lookAgain: lookAgain(sources, keyColumns) }),
    ...{ run, planned: planned.map(({ schema }) => schema.label), entities, packages },
  });
  const summary = await finishRun({ ...options, ...(trend === undefined ? {} : { trend }) });
  const { trend: compared } = summary.rejections;
  const entry =
    trend === undefined || compared === undefined ? undefined : { series: trend.series, summary: compared };
  ledger.endRun(run.id, { status, exitCode, resumable, trend: entry });
  if (resumable) trend?.discard();
  else await noteFound({ project, ledger, log });
  return summary;
}

/** What goes wrong here must not turn a load that is over into one that failed. */
async function noteFound({
  project,
  ledger,
  log,
}: Pick<EndOptions, "project" | "ledger" | "log">): Promise<void> {
  try {
    for (const lost of await settleTrend(ledger, project.root)) {
      log({
        kind: "warning",
        text: `what run ${lost} found is lost for comparisons: its file cannot be read`,
      });
    }
  } catch (thrown) {
    const { message } = asDmfpipeError(thrown);
    log({ kind: "warning", text: `what was found could not be noted for comparisons: ${message}` });
  }
}

function keyColumnsOf(planned: readonly ReportedEntity[]): (entity: string) => readonly string[] {
  const columns = new Map(
    planned.map(({ schema, mapping }) => [
      schema.label,
      [...new Set((schema.keys ?? []).flatMap((field) => mapping?.columnsOfField.get(field) ?? []))],
    ]),
  );
  return (entity) => columns.get(entity) ?? [];
}
