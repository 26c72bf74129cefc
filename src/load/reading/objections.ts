import { DmfpipeError } from "../../errors/dmfpipe-error.ts";
import type { EntitySummary, RunObjection } from "../../rejection/summary.ts";
import { declaredDifferences, declaredTexts } from "./declared-totals.ts";
import { brokenBudgets } from "./error-budget.ts";
import type { BuildCounts } from "../ledger/ledger-rows.ts";
import type { PlannedLoad } from "../load-plan.ts";
import type { RejectionBudget } from "../../project/rejection-budget.ts";

/**
 * What speaks against sending anything of what was read, though every record by itself was judged: numbers that are
 * not those the sender declared, and more rejections than the error budgets allow. Empty where nothing does.
 *
 * @param budget that of the whole load
 */
export function objectionsTo(
  planned: readonly PlannedLoad[],
  counts: readonly BuildCounts[],
  budget: RejectionBudget | undefined,
): readonly RunObjection[] {
  const declared = planned.flatMap(({ schema, declared: numbers }) => {
    const own = counts.filter((row) => row.entity === schema.label);
    return declaredDifferences(numbers, own).map((message) => ({
      code: "DMFP-SOURCE-DECLARED" as const,
      entity: schema.label,
      message,
    }));
  });
  const entities = new Map(
    planned.flatMap(({ schema, definition: { rejections } }) =>
      rejections === undefined ? [] : [[schema.label, rejections] as const],
    ),
  );
  const budgets = brokenBudgets({ load: budget, entities }, counts);
  return [...declared, ...budgets.map((broken) => ({ code: "DMFP-ERROR-BUDGET" as const, ...broken }))];
}

/**
 * What speaks against sending while not everything was read, from the entities that were: a share of rejections is one of
 * all records of the load, which nobody knows yet.
 */
export function objectionsSoFar(
  planned: readonly PlannedLoad[],
  counts: readonly BuildCounts[],
  budget: RejectionBudget | undefined,
): readonly RunObjection[] {
  const read = new Set(counts.map(({ entity }) => entity));
  const known = planned.filter(({ schema }) => read.has(schema.label));
  return objectionsTo(known, counts, typeof budget === "number" ? budget : undefined);
}

/** The summaries with what was declared: of the whole extract, so it stands with the first one of an entity. */
export function withDeclared(
  summaries: readonly EntitySummary[],
  planned: readonly PlannedLoad[],
): readonly EntitySummary[] {
  const left = new Map(planned.map(({ schema, declared }) => [schema.label, declaredTexts(declared)]));
  return summaries.map((summary) => {
    const declared = left.get(summary.entity);
    left.delete(summary.entity);
    return declared === undefined ? summary : { ...summary, declared };
  });
}

/**
 * All objections as one error, with the code and thereby the exit code of the first; undefined where there are none.
 *
 * @param partlySent something of the load may have been sent: the caller says what
 */
export function objectionError(
  objections: readonly RunObjection[],
  partlySent = false,
): DmfpipeError | undefined {
  const [first, ...others] = objections;
  if (first === undefined) return undefined;
  if (others.length === 0)
    return new DmfpipeError(first.code, `${objectionText(first)}${partlySent ? "" : " Nothing was sent."}`);
  const lines = objections.map((objection) => `\n  ${objectionText(objection)}`);
  return new DmfpipeError(
    first.code,
    `${partlySent ? "The rest is not sent" : "Nothing was sent"}, for ${objections.length} reasons:${lines.join("")}`,
  );
}

/** `Vendors V2: 12 of 300 records were rejected; …` */
export function objectionText({ entity, message }: RunObjection): string {
  return entity === undefined ? message : `${entity}: ${message}`;
}
