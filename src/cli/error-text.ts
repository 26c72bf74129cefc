import { formatPlace, type DmfpipeError } from "../errors/dmfpipe-error.ts";
import { mistakesOf } from "../errors/mistakes.ts";
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
  else lines.push(...(saysNoMore(error.next, next) ? [] : [`  ${error.next}`]), `Next: ${next}`);
  return `${lines.join("\n")}\n`;
}

/** Whether an error's own advice is the command in general, as `dmfpipe resume` without the run it is about. */
function saysNoMore(advice: string, command: string): boolean {
  const general = /^(?:Go on with|Run the same command again; .*): dmfpipe (\w+)$/.exec(advice)?.[1];
  return general !== undefined && command.split(" ").includes(general);
}

/** The same for machines, as --json prints it; an error that stands for several mistakes has each of them. */
export function errorJson(error: DmfpipeError): string {
  const { entry } = error;
  const mistakes = mistakesOf(error);
  const several = mistakes.length > 1 ? { mistakes: mistakes.map(partJson) } : {};
  const object = { ...partJson(error), retry: entry.retry, exitCode: entry.exitCode, ...several };
  return `${JSON.stringify({ error: object }, null, 2)}\n`;
}

/** The same as an entry of the log in JSON lines. */
export function errorEntry(error: DmfpipeError): Record<string, unknown> {
  const { retry, exitCode } = error.entry;
  return { kind: "error", ...partJson(error), retry, exitCode };
}

function partJson({ code, message, at, next }: DmfpipeError): object {
  return { code, message, at, next };
}
