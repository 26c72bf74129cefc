import { didYouMean } from "../../errors/suggestion.ts";
import { dataPlace, type DataContext } from "./data-judge.ts";
import { excerpt } from "./finding-log.ts";

/**
 * Compares the columns of a data file with the field map, both ways. `line` is that of the header; undefined where
 * the format has none (XML).
 */
export function lintColumns(
  columns: readonly string[],
  header: { readonly line?: number },
  context: DataContext,
): void {
  const { log, entity } = context;
  if (entity.maps.length === 0) return;
  const mapped = new Map(entity.maps.map(({ column }) => [column.toUpperCase(), column]));
  const there = new Set(columns.map((column) => column.toUpperCase()));
  for (const column of columns) {
    if (column === "") continue;
    const inMap = mapped.get(column.toUpperCase());
    const place = dataPlace(context, { ...header, field: column });
    if (inMap === undefined) {
      log.add("DMFP-LINT-DATA-COLUMN-UNMAPPED", place, () => ({
        message: `The file has the column ${excerpt(column)}, which the field map does not have.${didYouMean(
          column,
          [...mapped.values()].filter((candidate) => !there.has(candidate.toUpperCase())),
        )}`,
      }));
    } else if (inMap !== column || column !== column.toUpperCase()) {
      // One finding for all columns: mostly it is the whole header.
      log.add("DMFP-LINT-DATA-COLUMN-CASE", dataPlace(context, header), () => ({
        message:
          inMap === column
            ? `The file has the column ${excerpt(column)}, not in upper case.`
            : `The file has the column ${excerpt(column)}, the field map calls it ${excerpt(inMap)}.`,
      }));
    }
  }
  for (const { column, field, filledWithout } of entity.maps) {
    if (column === "" || filledWithout || there.has(column.toUpperCase())) continue;
    log.add("DMFP-LINT-DATA-COLUMN-ABSENT", dataPlace(context, { ...header, field: column }), () => ({
      message: `The field map takes ${excerpt(field)} from the column ${excerpt(column)}, which the file does not have.`,
    }));
  }
}
