import { groupedNumber, minuteWords } from "../../errors/number-words.ts";

/** A whole number with thousands separators: `20,430`. */
export function formatCount(value: number): string {
  return groupedNumber(value);
}

/** A count with its noun: `1 record`, `20,430 records`. The plural adds an s. */
export function formatNoun(value: number, noun: string): string {
  return `${groupedNumber(value)} ${noun}${value === 1 ? "" : "s"}`;
}

/** A size in bytes, in decimal units: `812 bytes`, `3.4 MB`. */
export function formatSize(sizeBytes: number): string {
  if (sizeBytes < 1000) return formatNoun(sizeBytes, "byte");
  const units = ["KB", "MB", "GB", "TB"];
  let value = sizeBytes / 1000;
  let unit = 0;
  while (value >= 999.95 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${groupedNumber(value, 1)} ${units[unit] ?? ""}`;
}

/** An ISO 8601 time as `2 Mar 2026, 14:03 UTC`; a text that is no time is returned as it is. */
export function formatTime(iso: string): string {
  const time = Date.parse(iso);
  return Number.isNaN(time) ? iso : `${minuteWords(time)} UTC`;
}

/** The time between two ISO 8601 times: `8.2 s`, `4 min 12 s`, `2 h 5 min`; empty when it cannot be told. */
export function formatElapsed(startedAt: string, finishedAt: string): string {
  const elapsedMs = Date.parse(finishedAt) - Date.parse(startedAt);
  if (!(elapsedMs >= 0)) return "";
  const seconds = elapsedMs / 1000;
  if (seconds < 60) return `${groupedNumber(seconds, 1)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.floor(seconds % 60)} s`;
  return `${groupedNumber(Math.floor(minutes / 60))} h ${minutes % 60} min`;
}

/** A share of a whole: `12%`, `under 1%`, `100%` only when it is all of it. */
export function formatShare(part: number, whole: number): string {
  if (part === 0 || whole === 0) return "0%";
  if (part === whole) return "100%";
  const percent = (100 * part) / whole;
  if (percent < 1) return "under 1%";
  return `${Math.min(99, Math.round(percent))}%`;
}
