/**
 * One text for the key values of a record, equal for keys that F&O takes as equal: SQL Server's collation
 * ignores case and trailing blanks, and F&O trims what it stores.
 * U+001F separates the parts; no value that may be sent contains it.
 */
export function normalizeKey(parts: readonly string[]): string {
  return parts.map((part) => part.trim().toLowerCase()).join("\u001f");
}
