import type { Reason } from "../errors/reason.ts";
import { scrub } from "../errors/redaction.ts";

const blanksToChange = /[^\S ]|  |^ | $/;

/**
 * What all reasons of a record say in one cell: one line, in the order of the reasons, joined by ` | `. Empty where it is
 * about fields and no reason names one. Pure.
 */
export function joinedReasons(
  reasons: readonly Reason[],
  part: "code" | "field" | "message" | "fix",
): string {
  if (part === "field" && reasons.every(({ field }) => field === undefined)) return "";
  return reasons.map((reason) => oneLine(scrub(reason[part] ?? ""))).join(" | ");
}

/** A text without line breaks, and without blanks at its ends or several in a row. Pure. */
export function oneLine(text: string): string {
  return blanksToChange.test(text) ? text.replaceAll(/\s+/g, " ").trim() : text;
}
