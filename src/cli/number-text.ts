import { groupedNumber } from "../errors/number-words.ts";

/** `12345` → `12,345`. */
export function formatCount(value: number): string {
  return groupedNumber(value);
}

/** Bytes as people say them: `48 kB`, `1.3 MB`. */
export function formatSize(bytes: number): string {
  return bytes < 1_000_000 ? `${Math.ceil(bytes / 1000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
