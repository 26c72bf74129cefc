import type { Clock } from "../errors/clock.ts";
import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import type { RunDeadline } from "../load/sending/run-stop.ts";
import { clockTime } from "./clock-time.ts";

/**
 * The moment `--until` names: a time of day of this machine's clock, the next time it comes (`05:30`), or a whole date
 * and time, local unless it says otherwise (`2026-11-23T05:30`, `2026-11-23T05:30Z`).
 *
 * Throws DMFP-USAGE for anything else, and for a moment that has passed. `now`: milliseconds since 1970-01-01 UTC.
 */
export function parseUntil(text: string, now: number): RunDeadline {
  const at = timeOfDay(text, now) ?? dateAndTime(text);
  if (at === undefined) {
    throw usage(
      `--until ${text} is no time.`,
      "Say a time of day (--until 05:30), or a date and time (--until 2026-11-23T05:30).",
    );
  }
  if (at <= now)
    throw usage(`--until ${text} has passed: it is ${clockTime(now, now)}.`, "Name a later time.");
  const shown = clockTime(at, now);
  return { at, given: shown === text ? `--until ${text}` : `--until ${text}, that is ${shown}` };
}

/** The deadline of a command, where `--until` was given. Throws DMFP-USAGE. */
export function deadlineOption(until: string | undefined, clock: Clock): { readonly deadline?: RunDeadline } {
  return until === undefined ? {} : { deadline: parseUntil(until, clock.now()) };
}

function timeOfDay(text: string, now: number): number | undefined {
  const found = /^(\d{1,2}):(\d{2})$/.exec(text);
  if (found === null) return undefined;
  const [hours, minutes] = [Number(found[1]), Number(found[2])];
  if (hours > 23 || minutes > 59) return undefined;
  const day = new Date(now);
  // By the calendar and not by adding 24 hours: a night in which the clocks are set has another length.
  const today = new Date(day.getFullYear(), day.getMonth(), day.getDate(), hours, minutes).getTime();
  if (today > now) return today;
  return new Date(day.getFullYear(), day.getMonth(), day.getDate() + 1, hours, minutes).getTime();
}

function dateAndTime(text: string): number | undefined {
  const form = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2})(:\d{2})?(Z|[+-]\d{2}:\d{2})?$/.exec(text);
  if (form === null) return undefined;
  const at = Date.parse(text.replace(" ", "T"));
  return Number.isNaN(at) ? undefined : at;
}

function usage(message: string, next: string): DmfpipeError {
  return new DmfpipeError("DMFP-USAGE", message, { next });
}
