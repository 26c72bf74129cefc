import type { EntityField, EntitySchema } from "../../entity/entity-schema.ts";
import type { ColumnProfile } from "../../source/column-profile.ts";
import { quotedText } from "./expression-writing.ts";
import { valueFit } from "./value-fit.ts";

/**
 * Dates as exports have them: text files (94,002 rows of a real export), XML with times, XML without (files of clients
 * in the field).
 */
const exportedDates = ["yyyy-MM-dd HH:mm:ss", "yyyy-MM-ddTHH:mm:ss", "yyyy-MM-dd"];

/**
 * Steps that read the values of an exported data file back into their field, so that loading them again changes
 * nothing: texts, whole numbers and symbols of enums as they are, decimals such as `.500000`, dates such as
 * `2011-01-31 00:00:00`. Where the values were written otherwise (a file that somebody saved again, say), `profile`
 * shows it.
 */
export function exportedValueSteps(
  schema: EntitySchema,
  field: EntityField | undefined,
  profile: ColumnProfile | undefined,
): readonly string[] {
  const filled = profile !== undefined && profile.filled > 0 ? profile : undefined;
  switch (field?.type) {
    case "datetime":
      return dateSteps(filled);
    case "decimal":
      return decimalSteps(filled);
    case "enum": {
      const fit = filled === undefined ? undefined : valueFit(filled, field, schema);
      return fit === undefined || fit.open !== undefined || fit.factor < 0.5 ? [] : fit.steps;
    }
    default:
      return [];
  }
}

function dateSteps(profile: ColumnProfile | undefined): readonly string[] {
  const [first] = profile?.fits.dates ?? [];
  const seen = first === undefined ? [] : [first.pattern];
  const all = (first?.count ?? 0) + (profile?.fits.emptyDates ?? 0) === profile?.filled;
  const patterns = all && first !== undefined ? seen : [...new Set([...seen, ...exportedDates])];
  return [`date(${patterns.map(quotedText).join(", ")})`];
}

function decimalSteps(profile: ColumnProfile | undefined): readonly string[] {
  const { decimalComma = 0, decimalPoint = 0 } = profile?.fits ?? {};
  const read = `decimal("${decimalComma > decimalPoint ? "," : "."}")`;
  // Observed in exports: whole numbers of high precision end with their point.
  const bare = profile?.patterns.some(({ pattern }) => pattern.endsWith(".")) === true;
  return bare ? [`replacePattern(r"\\.$", "")`, read] : [read];
}
