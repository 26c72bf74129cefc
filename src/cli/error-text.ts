import { formatPlace, type DmfpipeError } from "../errors/dmfpipe-error.ts";
import { scrub } from "../errors/redaction.ts";

/** An error for a person: code and what happened, where, and what to do next as the last line. */
export function errorText(error: DmfpipeError, next?: string): string {
  const place = formatPlace(error.at);
  const lines = [`${error.code}: ${error.message}`];
  if (place !== "") lines.push(`  at   ${place}`);
  if (error.code === "DMFP-BUG" && error.cause instanceof Error && error.cause.stack !== undefined) {
    lines.push(scrub(error.cause.stack).replace(/^/gm, "  "));
  }
  if (next === undefined) lines.push(`Next: ${error.next}`);
  else lines.push(`  ${error.next}`, `Next: ${next}`);
  return `${lines.join("\n")}\n`;
}

/** The same for machines, as --json prints it. */
export function errorJson(error: DmfpipeError): string {
  const { code, message, at, next, entry } = error;
  return `${JSON.stringify({ error: { code, message, at, next, retry: entry.retry, exitCode: entry.exitCode } }, null, 2)}\n`;
}
