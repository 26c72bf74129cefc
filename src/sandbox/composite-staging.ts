import { DataFileUnreadable } from "./data-file-unreadable.ts";
import { EntityStaging, finishStaging, type StagingContext } from "./entity-staging.ts";
import type { EntityRun } from "./execution-store.ts";
import type { ImportPlan } from "./import-plan.ts";
import { XmlColumns } from "./xml-columns.ts";
import { readXmlRecords, type XmlLayout, type XmlRecord } from "./xml-records.ts";

export interface MemberRun {
  readonly run: EntityRun;
  readonly plan: ImportPlan;
}

/**
 * Source to staging for a composite entity: one pass over its file fills the staging tables of all members, linked by
 * RowId and ParentRowId. What is wrong with the file is wrong for all of them.
 */
export async function stageComposite(
  context: StagingContext,
  members: readonly MemberRun[],
  source: { readonly layout: XmlLayout; readonly file: string | undefined },
): Promise<void> {
  const stagings = members.map(({ run, plan }) => new MemberStaging(context, run, plan));
  let problem: DataFileUnreadable | undefined;
  try {
    if (source.file === undefined) {
      throw new DataFileUnreadable(
        "DMF1963",
        "The import file of the composite entity is not in the package.",
      );
    }
    for await (const batch of readXmlRecords(source.file, source.layout)) {
      for (const staging of stagings) await staging.add(batch);
    }
    for (const staging of stagings) staging.end();
  } catch (error) {
    if (!(error instanceof DataFileUnreadable)) throw error;
    problem = error;
  }
  const all = stagings.map(({ staging }) => staging);
  await finishStaging(context, all, problem);
}

class MemberStaging {
  readonly staging: EntityStaging;
  readonly #plan: ImportPlan;
  readonly #columns: XmlColumns;
  readonly #mayBeAbsent: boolean;
  #records = 0;

  constructor(context: StagingContext, run: EntityRun, plan: ImportPlan) {
    const columns = plan.columns ?? [];
    this.#plan = plan;
    this.#columns = new XmlColumns(plan.element, columns, context.settings);
    this.#mayBeAbsent = context.settings.compositeWithoutChild === "accept" && run.parentRun !== null;
    this.staging = new EntityStaging(context, run, plan);
    this.staging.begin(columns, this.#columns.header);
  }

  async add(batch: readonly XmlRecord[]): Promise<void> {
    const own = batch.filter(({ element }) => element === this.#plan.element);
    this.#records += own.length;
    // An empty element only says that there is no record: data rows can be empty, the element cannot be left out.
    const filled = own.filter(({ fields }) => fields.size > 0);
    await this.staging.add(
      filled.map((record) => ({
        row: record.row,
        parentRow: record.parentRow,
        values: this.#columns.values(record),
      })),
    );
  }

  end(): void {
    if (this.#records === 0 && !this.#mayBeAbsent) {
      throw new DataFileUnreadable(
        "MAP011",
        `Xml node not found: the file has no element ${this.#plan.element}.`,
      );
    }
    if (this.staging.rowCount > 0) this.#columns.checkEnd();
    this.staging.flush();
  }
}
