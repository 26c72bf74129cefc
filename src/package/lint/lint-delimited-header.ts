import { lintColumns } from "./column-check.ts";
import { dataPlace, type DataContext } from "./data-judge.ts";
import type { DelimitedHead } from "./delimited-head.ts";
import { excerpt } from "./finding-log.ts";

/** Judges the header of a text file with columns: its names, and against the field map. */
export function lintDelimitedHeader(head: DelimitedHead, context: DataContext): void {
  const { log, entity } = context;
  const { columns, headerLine: line } = head;
  if (head.blankLines > 0) {
    log.add("DMFP-LINT-CSV-BLANK-LINE", dataPlace(context, { line: 1 }), () => ({
      message: `The file begins with ${head.blankLines === 1 ? "a blank line" : `${head.blankLines} blank lines`}; the header must come first.`,
    }));
  }
  const mapped = new Set(entity.maps.map(({ column }) => column.toUpperCase()));
  if (mapped.size > 0 && !columns.some((column) => mapped.has(column.toUpperCase()))) {
    log.add("DMFP-LINT-CSV-HEADER-MISSING", dataPlace(context, { line }), () => ({
      message: `None of the columns of the field map stands in the first line: ${excerpt(columns.join(head.dialect.delimiter))}.`,
    }));
    return;
  }
  const seen = new Map<string, number>();
  columns.forEach((column, index) => {
    if (column === "") {
      const last = index === columns.length - 1 ? ": the header ends with a delimiter" : "";
      log.add("DMFP-LINT-CSV-HEADER-BLANK", dataPlace(context, { line }), () => ({
        message: `Column ${index + 1} of ${columns.length} has no name${last}.`,
      }));
      return;
    }
    const first = seen.get(column.toUpperCase());
    if (first === undefined) seen.set(column.toUpperCase(), index + 1);
    else {
      log.add("DMFP-LINT-CSV-HEADER-TWICE", dataPlace(context, { line, field: column }), () => ({
        message: `The columns ${first} and ${index + 1} are both called ${excerpt(column)}.`,
      }));
    }
  });
  lintColumns(columns, { line }, context);
}
