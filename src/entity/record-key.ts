/**
 * One text for the key values of a record, equal for keys that F&O takes as equal: SQL Server's collation
 * ignores case and trailing blanks, and F&O trims what it stores.
 * U+001F separates the parts; no value that may be sent contains it.
 */
export function normalizeKey(parts: readonly string[]): string {
  return parts.map(normalizePart).join("\u001f");
}

/** The same of the values at these positions, without making a list of them: this is done for every record. */
export function normalizeKeyAt(values: readonly string[], positions: readonly number[]): string {
  let key = "";
  for (let index = 0; index < positions.length; index++) {
    if (index > 0) key += "\u001f";
    key += normalizePart(values[positions[index] ?? -1] ?? "");
  }
  return key;
}

function normalizePart(part: string): string {
  return part.trim().toLowerCase();
}
