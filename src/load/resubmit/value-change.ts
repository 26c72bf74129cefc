/** A value that somebody corrected. */
export interface ValueChange {
  readonly column: string;
  readonly from: string;
  readonly to: string;
}

interface Values {
  readonly columns: readonly string[];
  readonly values: readonly string[];
}

/** What differs between the values of a record before and now. */
export function changesOf(before: Values, now: Values): ValueChange[] {
  return now.columns.flatMap((column, index) => {
    const from = valueOf(before, column) ?? "";
    const to = now.values[index] ?? "";
    return from === to ? [] : [{ column, from, to }];
  });
}

/** The value of a column; undefined where there is no such column. */
export function valueOf({ columns, values }: Values, column: string): string | undefined {
  const index = columns.indexOf(column);
  return index === -1 ? undefined : (values[index] ?? "");
}
