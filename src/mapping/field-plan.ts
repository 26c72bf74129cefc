import type { Test } from "./compile-condition.ts";
import type { ColumnIndex, CompiledExpression, Compute } from "./compiled-expression.ts";
import type { UnitStep } from "../source/unit-step.ts";

/** How a value comes about, for who wants to make it without decoding the whole record. */
export type FieldPlan =
  | { readonly kind: "constant"; readonly value: string }
  /**
   * The value of one column, changed by steps that look at nothing else, so that equal values of the column give equal
   * results. `onUnits`: those steps for a value that is not decoded, where they all have such a form. `compute` does
   * the same on a run with that column filled in.
   */
  | {
      readonly kind: "column";
      readonly column: number;
      readonly onUnits: readonly UnitStep[] | undefined;
      readonly compute: Compute;
    }
  /** Whatever else: `compute` reads these columns of the run and no others. */
  | { readonly kind: "computed"; readonly columns: readonly number[]; readonly compute: Compute };

/** How all of a mapping's values come about, for a source with known columns. */
export interface MappingPlan {
  readonly legalEntity: FieldPlan;
  readonly where: { readonly columns: readonly number[]; readonly test: Test } | undefined;
  /** In the order of the target fields. */
  readonly fields: readonly FieldPlan[];
}

/** The plan of one expression. Throws what `indexOf` throws. */
export function fieldPlan(compiled: CompiledExpression, indexOf: ColumnIndex): FieldPlan {
  const { constant, straight } = compiled;
  if (constant !== undefined) return { kind: "constant", value: constant };
  const { columns, bound: compute } = noting(compiled, indexOf);
  if (straight === undefined) return { kind: "computed", columns, compute };
  return { kind: "column", column: indexOf(straight.column), onUnits: straight.onUnits, compute };
}

/** Binds something and notes which columns it asks for: it can read no others. */
export function noting<T>(
  unbound: { bind(indexOf: ColumnIndex): T },
  indexOf: ColumnIndex,
): { readonly columns: readonly number[]; readonly bound: T } {
  const columns = new Set<number>();
  const bound = unbound.bind((use) => {
    const index = indexOf(use);
    columns.add(index);
    return index;
  });
  return { columns: [...columns], bound };
}
