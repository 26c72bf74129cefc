/** Separates the values inside a canonical key; it cannot occur in a data file. */
const unitSeparator = "\u001f";

/** One key value as F&O's collation compares it: blanks at the ends and case do not matter. */
export function canonicalValue(value: string): string {
  return value.trim().toUpperCase();
}

/** The values of a key, in key order, as one text that is equal exactly when F&O holds the keys for equal. */
export function canonicalKey(values: readonly string[]): string {
  return values.map(canonicalValue).join(unitSeparator);
}
