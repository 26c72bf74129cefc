import type { RejectionBudget } from "../../project/rejection-budget.ts";
import type { BuildCounts } from "../ledger/ledger-rows.ts";

/** The budgets of a load. Those of entities come on top of that of the whole load: each one holds by itself. */
export interface ErrorBudgets {
  /** `limits.rejections` of project.yaml; absent: no limit. */
  readonly load?: RejectionBudget | undefined;
  /** `rejections` of the mappings, by DMF label. */
  readonly entities?: ReadonlyMap<string, RejectionBudget>;
}

/** A budget that does not suffice. */
export interface BrokenBudget {
  /** DMF label; absent: the budget of the whole load. */
  readonly entity?: string;
  /** In a whole sentence. */
  readonly message: string;
}

/**
 * The budgets that the rejections of a load exceed. A source that is wrong as a whole (a shifted column, another
 * encoding) should not reach F&O in part.
 */
export function brokenBudgets(budgets: ErrorBudgets, counts: readonly BuildCounts[]): BrokenBudget[] {
  const broken: BrokenBudget[] = [];
  const whole = budgets.load === undefined ? undefined : excess(budgets.load, counts);
  if (whole !== undefined) broken.push({ message: `${whole}; limits.rejections allows ${budgets.load}.` });
  for (const [entity, budget] of budgets.entities ?? []) {
    const own = excess(
      budget,
      counts.filter((row) => row.entity === entity),
    );
    if (own === undefined) continue;
    broken.push({ entity, message: `${own}; rejections of the mapping allows ${budget}.` });
  }
  return broken;
}

/** `12 of 300 records were rejected`, where that is more than the budget allows. */
function excess(budget: RejectionBudget, counts: readonly BuildCounts[]): string | undefined {
  const read = counts.reduce((sum, count) => sum + count.read, 0);
  const rejected = counts.reduce((sum, count) => sum + count.rejectedHere, 0);
  if (isWithin(budget, rejected, read)) return undefined;
  return `${rejected} of ${read} records ${rejected === 1 ? "was" : "were"} rejected`;
}

/** In whole numbers: 0.57 % of 10,000 are 57 records, and not 56.99999999999999. */
export function isWithin(budget: RejectionBudget, rejected: number, read: number): boolean {
  if (typeof budget === "number") return rejected <= budget;
  const [whole = "0", fraction = ""] = budget.replace("%", "").trim().split(".");
  return BigInt(rejected) * 100n * 10n ** BigInt(fraction.length) <= BigInt(read) * BigInt(whole + fraction);
}
