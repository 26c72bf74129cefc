import { DataFileUnreadable } from "./data-file-unreadable.ts";
import { openDataFile } from "./data-file.ts";
import { EntityStaging, finishStaging, type StagingContext } from "./entity-staging.ts";
import type { EntityRun } from "./execution-store.ts";
import type { ImportPlan } from "./import-plan.ts";

/**
 * Source to staging for one entity: reads the data file, checks types and sizes, writes the staging table. Rows that
 * do not fit go to the staging error file; a file that is wrong as a whole stages no row at all and has no error
 * file. Records counts and status of the run; the codes are those of Microsoft's list of DMF errors.
 */
export async function stageEntity(
  context: StagingContext,
  run: EntityRun,
  plan: ImportPlan,
  file: string | undefined,
): Promise<void> {
  const staging = new EntityStaging(context, run, plan);
  let problem: DataFileUnreadable | undefined;
  try {
    await stageFile(context, { staging, plan, file });
  } catch (error) {
    if (!(error instanceof DataFileUnreadable)) throw error;
    problem = error;
  }
  await finishStaging(context, [staging], problem);
}

async function stageFile(
  context: StagingContext,
  step: {
    readonly staging: EntityStaging;
    readonly plan: ImportPlan;
    readonly file: string | undefined;
  },
): Promise<void> {
  const { staging, plan, file } = step;
  const { columns } = plan;
  // Observed: without a map the import succeeds, with no row and no error.
  if (columns === null) return;
  if (file === undefined) {
    throw new DataFileUnreadable("DMF1966", `The file '${plan.run.file}' is not in the package.`);
  }
  const rows = await openDataFile(file, plan, columns, context.settings);
  staging.begin(columns, rows.header);
  for await (const batch of rows.batches) await staging.add(batch.map((values) => ({ values })));
  staging.flush();
  if (staging.rowCount === 0) throw new DataFileUnreadable("DMF2053", "The file has no data rows.");
}
