import { html, type Html } from "./html.ts";

/** `12,345`. */
export function formatCount(count: number): string {
  return count.toLocaleString("en");
}

/** `2026-11-23 04:49:04 UTC`; nothing for a time that is not there yet. */
export function formatTime(at: number | null): string {
  return at === null ? "" : `${new Date(at).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

/** `0.4 s`, `3 min 20 s`. */
export function formatElapsed(fromMs: number, toMs: number): string {
  const seconds = Math.max(0, toMs - fromMs) / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const minutes = Math.floor(seconds / 60);
  const rest = Math.round(seconds - minutes * 60);
  return rest === 60 ? `${minutes + 1} min` : `${minutes} min ${rest} s`;
}

/** `1 error`, `2 errors`. */
export function countOf(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? "" : "s"}`;
}

const tones: Readonly<Record<string, string>> = {
  Succeeded: "good",
  Finished: "good",
  Completed: "good",
  PartiallySucceeded: "mixed",
  Canceled: "mixed",
  Failed: "bad",
  Error: "bad",
  Executing: "busy",
  Waiting: "busy",
};

const wordsOf: Readonly<Record<string, string>> = {
  PartiallySucceeded: "Partially succeeded",
  NotRun: "Not run",
  NotStarted: "Not started",
  Finished: "Ended",
};

/** A status as the workspace of F&O would show it. */
export function statusMark(status: string): Html {
  return html`<span class="status ${tones[status] ?? "quiet"}">${wordsOf[status] ?? status}</span>`;
}
