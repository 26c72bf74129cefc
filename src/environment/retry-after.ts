/**
 * How long a server asks to wait, in milliseconds, or undefined where it does not say. Understands
 * `Retry-After` in seconds and as an HTTP date, and `x-ms-retry-after-ms`; F&O clients have met all three.
 *
 * @param now milliseconds since 1970, to turn a date into a duration
 */
export function retryAfterMs(
  headers: Readonly<Record<string, string | string[] | undefined>>,
  now: number,
): number | undefined {
  const milliseconds = first(headers["x-ms-retry-after-ms"]) ?? first(headers["retry-after-ms"]);
  if (milliseconds !== undefined && /^\d+$/.test(milliseconds)) return Number(milliseconds);
  const text = first(headers["retry-after"])?.trim();
  if (text === undefined || text === "") return undefined;
  if (/^\d+(\.\d+)?$/.test(text)) return Math.ceil(Number(text) * 1000);
  // Of the three forms of an HTTP date only asctime's does not say that it is in GMT.
  const date = Date.parse(/^[A-Za-z]{3} [A-Za-z]{3}[\d :]+$/.test(text) ? `${text} GMT` : text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

function first(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}
