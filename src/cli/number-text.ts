const counts = new Intl.NumberFormat("en-US");

/** `12345` → `12,345`. */
export function formatCount(value: number): string {
  return counts.format(value);
}

/** Bytes as megabytes with one decimal: `1.3 MB`. */
export function formatMegabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}
