import type { CompositeEntity } from "./composite-entity.ts";
import { compositeLayout } from "./composite-plan.ts";
import { stageComposite } from "./composite-staging.ts";
import { DataFileUnreadable } from "./data-file-unreadable.ts";
import { EntityStaging, finishStaging, type StagingContext } from "./entity-staging.ts";
import type { EntityRun } from "./execution-store.ts";
import type { ImportPlan } from "./import-plan.ts";
import { stageEntity } from "./staging-step.ts";
import type { UnpackedPackage } from "./unpacked-package.ts";

export interface PackageStagingOptions {
  readonly unpacked: UnpackedPackage;
  readonly plans: readonly ImportPlan[];
  readonly composite: CompositeEntity | undefined;
  /** In the order of execution. */
  readonly runs: readonly EntityRun[];
}

/** Source to staging for all entities of a package, one after the other. */
export class PackageStaging {
  readonly #context: StagingContext;
  #excelLocked = false;

  constructor(context: StagingContext) {
    this.#context = context;
  }

  async stage({ unpacked, plans, composite, runs }: PackageStagingOptions): Promise<void> {
    const members = runs.flatMap((run) => {
      const plan = plans.find(({ entity }) => entity.label === run.label);
      return plan === undefined ? [] : [{ run, plan }];
    });
    const [first] = members;
    if (composite !== undefined && first?.plan.format.kind === "xml") {
      const layout = compositeLayout(composite, first.plan.format, this.#context);
      await stageComposite(this.#context, members, { layout, file: unpacked.find(first.run.file) });
      return;
    }
    for (const { run, plan } of members) {
      const file = unpacked.find(run.file);
      if (plan.format.kind === "excel") await this.#stageExcel(run, plan, file);
      else await stageEntity(this.#context, run, plan, file);
    }
  }

  /** Documented: there is one lock for Excel files, so a second import at the same time fails with DMF2039. */
  async #stageExcel(run: EntityRun, plan: ImportPlan, file: string | undefined): Promise<void> {
    if (this.#excelLocked) {
      const problem = new DataFileUnreadable("DMF2039", "Unable to obtain Excel file lock.");
      await finishStaging(this.#context, [new EntityStaging(this.#context, run, plan)], problem);
      return;
    }
    this.#excelLocked = true;
    try {
      await stageEntity(this.#context, run, plan, file);
    } finally {
      this.#excelLocked = false;
    }
  }
}
