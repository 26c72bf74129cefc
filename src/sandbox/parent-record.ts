import type { EnvironmentSetup } from "./environment-setup.ts";
import type { EntityRun, ExecutionStore } from "./execution-store.ts";
import type { RecordContent, RowStore, StagingRow } from "./row-store.ts";

export interface ParentRecordContext {
  readonly executions: ExecutionStore;
  readonly rows: RowStore;
  readonly setup: EnvironmentSetup;
}

/**
 * The record a row of a composite entity is nested in. Documented: the staging tables are linked by RowId and
 * ParentRowId. Assumptions: a record whose parent was not written is not written either, and fields that refer to the
 * parent may be left empty.
 */
export class ParentRecords {
  readonly #context: ParentRecordContext;
  readonly #parent: { readonly run: EntityRun; readonly above: ParentRecords } | undefined;
  /** Own field and the parent's field it refers to. */
  readonly #links: readonly (readonly [field: string, parentField: string])[];
  #row: number | undefined;
  #inherited: RecordContent | undefined;

  constructor(context: ParentRecordContext, run: EntityRun) {
    this.#context = context;
    const parentRun = run.parentRun === null ? undefined : context.executions.run(run.parentRun);
    this.#parent =
      parentRun === undefined ? undefined : { run: parentRun, above: new ParentRecords(context, parentRun) };
    const relations = context.setup.entity(run.label)?.relations ?? [];
    this.#links = relations
      .filter(({ entity }) => entity === parentRun?.label)
      .flatMap(({ fields, targetFields }) =>
        fields.map((field, at) => [field, targetFields[at] ?? ""] as const),
      );
  }

  /** What the row takes over from its parent; undefined when that one was not written. */
  inherited(row: StagingRow): RecordContent | undefined {
    if (this.#parent === undefined || row.parentRow === undefined) return {};
    // Rows of one parent follow each other.
    if (row.parentRow !== this.#row) {
      this.#row = row.parentRow;
      this.#inherited = this.#read(this.#parent, row.parentRow);
    }
    return this.#inherited;
  }

  #read(
    { run, above }: { readonly run: EntityRun; readonly above: ParentRecords },
    row: number,
  ): RecordContent | undefined {
    const { executions, rows } = this.#context;
    const [parent] = rows.staged(run.number, row - 1, 1);
    if (parent?.row !== row || run.targetStatus === "NotRun" || executions.rowFailed(run.number, row)) {
      return undefined;
    }
    // The parent may itself have taken the field from the record above it.
    const fromAbove = above.inherited(parent) ?? {};
    const values = this.#links.map(([field, parentField]) => {
      const own = parent.values[run.fields.indexOf(parentField)] ?? "";
      return [field, own === "" ? (fromAbove[parentField] ?? "") : own] as const;
    });
    return Object.fromEntries(values);
  }
}
