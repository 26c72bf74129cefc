import type { Cutover } from "../../project/cutover.ts";
import type { Criterion, OpenClass, ReadinessEntity, ReadinessRun } from "../../rejection/trend/readiness.ts";
import { formatCount } from "../../rejection/report/number-words.ts";
import { isWithin } from "../reading/error-budget.ts";

const dayMs = 86_400_000;

/** What the judgement is made from. */
export interface ReadinessFacts {
  readonly runs: readonly ReadinessRun[];
  readonly entities: readonly ReadinessEntity[];
  readonly classes: readonly OpenClass[];
}

/**
 * Every criterion with its verdict: first what always has to hold (the last run came to its end, its counts balance, every
 * entity was read whole and nothing was left unprocessed), then what project.yaml wants. Pure.
 *
 * @param now milliseconds since 1970
 */
export function judgeReadiness(facts: ReadinessFacts, cutover: Cutover, now: number): readonly Criterion[] {
  return [
    endedWell(facts),
    ...wholeRun(facts),
    ...limits(facts, cutover),
    ...oldest(facts, cutover, now),
    ...cutover.noneOf.map(({ pattern, fits }) => noneOf(facts, pattern, fits)),
    ...lastRun(facts, cutover, now),
    ...deadline(cutover, now),
  ];
}

function endedWell({ runs }: ReadinessFacts): Criterion {
  const last = runs.at(-1);
  const unbalanced = last?.entities.filter(({ balanced }) => !balanced).map(({ entity }) => entity) ?? [];
  const ended =
    last !== undefined && ["succeeded", "finished with rejections", "nothing to do"].includes(last.status);
  return {
    wanted: "The last run came to its end, and its counts balance",
    found:
      last === undefined
        ? "no run"
        : unbalanced.length > 0
          ? `${last.run}: ${unbalanced.join(", ")} do not balance`
          : `${last.run}: ${last.status}`,
    verdict: verdict(ended && unbalanced.length === 0),
  };
}

/** A resubmission reads a few records only: it says nothing of the others. */
function wholeRun({ runs, entities }: ReadinessFacts): Criterion[] {
  const whole = runs.findLast(({ resubmissionOf }) => resubmissionOf === undefined);
  const there = new Map(whole?.entities.map((counts) => [counts.entity, counts]));
  const missing = entities.filter(({ entity }) => !there.has(entity)).map(({ entity }) => entity);
  const left = entities.flatMap(({ entity }) => {
    const unprocessed = there.get(entity)?.unprocessed ?? 0;
    return unprocessed === 0 ? [] : [`${entity} ${formatCount(unprocessed)}`];
  });
  const of = whole === undefined ? "" : `${whole.run}: `;
  return [
    {
      wanted: "Every entity of the project was read",
      found: missing.length === 0 ? `${of}all ${entities.length}` : `${of}not ${missing.join(", ")}`,
      verdict: verdict(missing.length === 0),
    },
    {
      wanted: "No record was left unprocessed",
      found: `${of}${left.length === 0 ? "none" : left.join(", ")}`,
      verdict: verdict(left.length === 0),
    },
  ];
}

function limits({ entities }: ReadinessFacts, { rejectedAtMost }: Cutover): Criterion[] {
  return entities.flatMap(({ entity, open, read }) => {
    const limit = rejectedAtMost.find(({ fits }) => fits(entity))?.limit;
    if (limit === undefined) return [];
    const share = typeof limit === "string";
    return {
      wanted: `${entity}: at most ${limit}${share ? " of those read" : ""} open`,
      found:
        share && read > 0
          ? `${formatCount(open)} of ${formatCount(read)}, ${percent(open, read)}`
          : formatCount(open),
      verdict: verdict(isWithin(limit, open, read)),
    };
  });
}

function oldest({ classes }: ReadinessFacts, { noneOlderThanDays: days }: Cutover, now: number): Criterion[] {
  if (days === undefined) return [];
  const [first] = classes.map(({ since }) => since).sort();
  const ageDays = first === undefined ? 0 : (now - Date.parse(first)) / dayMs;
  return [
    {
      wanted: `Nothing is open for longer than ${inDays(days)}`,
      found:
        first === undefined ? "nothing is open" : `the oldest since ${first}, ${inDays(Math.floor(ageDays))}`,
      verdict: verdict(Math.floor(ageDays) <= days),
    },
  ];
}

function noneOf({ classes }: ReadinessFacts, pattern: string, fits: (code: string) => boolean): Criterion {
  const open = classes.filter(({ code }) => fits(code));
  const codes = [...new Set(open.map(({ code }) => code))].map((code) => {
    const reasons = open.filter((item) => item.code === code).reduce((sum, item) => sum + item.reasons, 0);
    return `${code} ${formatCount(reasons)}`;
  });
  return {
    wanted: `No reason ${pattern} is open`,
    found: codes.length === 0 ? "none" : codes.join(", "),
    verdict: verdict(codes.length === 0),
  };
}

function lastRun({ runs }: ReadinessFacts, { lastRunWithinDays: days }: Cutover, now: number): Criterion[] {
  if (days === undefined) return [];
  const last = runs.at(-1)?.finishedAt;
  const ageDays = last === undefined ? Number.POSITIVE_INFINITY : (now - Date.parse(last)) / dayMs;
  return [
    {
      wanted: `The last run is at most ${inDays(days)} old`,
      found: last === undefined ? "no run" : `${last.slice(0, 10)}, ${inDays(Math.floor(ageDays))}`,
      verdict: verdict(ageDays <= days),
    },
  ];
}

function deadline({ by }: Cutover, now: number): Criterion[] {
  if (by === undefined) return [];
  const leftDays = Math.floor((Date.parse(by) + dayMs - now) / dayMs);
  const found =
    leftDays < 0
      ? `${inDays(-leftDays)} past it`
      : leftDays === 0
        ? "it is today"
        : `${inDays(leftDays)} left`;
  return [{ wanted: `The cutover of ${by} is not over`, found, verdict: verdict(leftDays >= 0) }];
}

function verdict(holds: boolean): Criterion["verdict"] {
  return holds ? "met" : "not met";
}

function inDays(days: number): string {
  return days === 1 ? "1 day" : `${days} days`;
}

/** Never rounded to what it is not: a share that is over 0.5 % is not called 0.5 %. */
function percent(part: number, whole: number): string {
  const share = (100 * part) / whole;
  return `${share === 0 || share >= 10 ? share.toFixed(1) : share.toPrecision(3)}%`;
}
