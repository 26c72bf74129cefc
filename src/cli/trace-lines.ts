import type { Trace } from "../mapping/trace.ts";
import type { AlignedLine } from "./aligned-lines.ts";

/** A value as it is shown: in quotes, so that blanks at its ends and an empty one can be seen. */
export function shownValue(value: string): string {
  return JSON.stringify(value);
}

/** A text of the mapping on one line, however it is broken there. */
export function oneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, " ");
}

/** Whether one line says it all: a column or a constant, taken as it is. */
export function isPlain(trace: Trace): boolean {
  const { kind, parts, reasons, notes } = trace;
  return (
    reasons.length === 0 &&
    notes.length === 0 &&
    (kind === "column" || kind === "constant" || (kind === "function" && parts.length === 0))
  );
}

/** What was computed, a line for each step: how it is written, and what came out of it. */
export function traceLines(trace: Trace, depth: number): AlignedLine[] {
  if (trace.kind !== "pipe") return nodeLines(trace, depth);
  const { parts, unreached = [] } = trace;
  return [
    ...parts.flatMap((part) => nodeLines(part, depth)),
    ...unreached.map((step) => ({ left: `| ${oneLine(step)}`, right: "· not reached", depth })),
  ];
}

function nodeLines(trace: Trace, depth: number): AlignedLine[] {
  const { kind, text, parts } = trace;
  const left = kind === "step" ? `| ${oneLine(text)}` : oneLine(text);
  const inner =
    kind === "pipe"
      ? traceLines(trace, depth + 1)
      : shownParts(parts).flatMap((part) => nodeLines(part, depth + 1));
  return [{ left, right: outcome(trace), depth }, ...inner];
}

/** Without texts and numbers of the mapping itself, and each column once, however often it is compared. */
export function shownParts(parts: readonly Trace[]): readonly Trace[] {
  const seen = new Set<string>();
  return parts.filter(({ kind, text }) => {
    if (kind === "constant" || (kind === "column" && seen.has(text))) return false;
    seen.add(text);
    return true;
  });
}

function outcome({ output, skipped, notes, reasons, parts }: Trace): string {
  const words: string[] = [];
  if (typeof output === "string") words.push(shownValue(output));
  else if (output !== undefined) words.push(String(output));
  if (skipped === true) words.push("· an empty value passes by");
  for (const note of notes) words.push(`· ${note}`);
  for (const { code, message } of reasons) words.push(`✗ ${code}: ${message}`);
  if (output === undefined && reasons.length === 0) {
    words.push(parts.length === 0 ? "✗ could not be computed" : "✗ could not be computed: see below");
  }
  return words.join("  ");
}
