import os from "node:os";
import { ExitCode } from "../../errors/exit-code.ts";
import type { NotificationSettings } from "../../project/notification.ts";
import { stagedAndNot } from "../../rejection/report/flow.ts";
import type { EntitySummary } from "../../rejection/summary.ts";
import type { LoadOutcome, OutcomeError } from "../load-outcome.ts";

/** What became of one entity in one legal entity. */
export interface NotifiedEntity {
  readonly entity: string;
  /** `none` for records that never got as far as one. */
  readonly legalEntity: string;
  readonly read: number;
  readonly created: number;
  readonly updated: number;
  readonly rejected: number;
  /** As in summary.json: those in `staged` are among them. */
  readonly unprocessed: number;
  /** Of a load that goes into staging only: records that are there, and not in F&O's own tables. */
  readonly staged?: number;
  readonly balanced: boolean;
}

/**
 * What a notification says: counts, names and what to do next. It goes to a service outside, so it holds no value of any
 * record and no message of F&O, which may quote one. With `format: json` it is sent as it stands here.
 */
export interface NotificationContent {
  readonly tool: "dmfpipe";
  /** The verdict in one line. */
  readonly title: string;
  readonly good: boolean;
  readonly project: string;
  readonly environment: string;
  readonly command: string;
  /** Machine the load ran on. */
  readonly host: string;
  readonly run?: string;
  readonly status: string;
  readonly exitCode: number;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly durationSeconds: number;
  readonly balanced?: boolean;
  readonly totals?: Omit<NotifiedEntity, "entity" | "legalEntity" | "balanced">;
  readonly entities: readonly NotifiedEntity[];
  readonly error?: OutcomeError;
  /** Path of the report on that machine. */
  readonly report?: string;
  /** The command to type there next. */
  readonly next?: string;
}

/** Whether this outcome is one of those that `on` in project.yaml asks to be told of. */
export function isWanted(outcome: LoadOutcome, on: NotificationSettings["on"]): boolean {
  if (on.includes("always")) return true;
  switch (outcome.exitCode) {
    case ExitCode.ok:
    case ExitCode.nothingToDo:
      return false;
    case ExitCode.rejections:
      return on.includes("rejections");
    default:
      return on.includes("failed");
  }
}

export function notificationContent(outcome: LoadOutcome): NotificationContent {
  const { project, environment, command, summary, status, exitCode, startedMs, finishedMs } = outcome;
  const { error, reportFile, next } = outcome;
  const staging = summary?.stagingOnly === true;
  const entities = (summary?.entities ?? []).map((counts) => notifiedEntity(counts, staging));
  const sum = (pick: (entity: NotifiedEntity) => number): number =>
    entities.reduce((total, entity) => total + pick(entity), 0);
  const totals = {
    read: sum(({ read }) => read),
    created: sum(({ created }) => created),
    updated: sum(({ updated }) => updated),
    rejected: sum(({ rejected }) => rejected),
    unprocessed: sum(({ unprocessed }) => unprocessed),
    ...(staging ? { staged: sum(({ staged = 0 }) => staged) } : {}),
  };
  return {
    tool: "dmfpipe",
    title: `${project} into ${environment}: ${verdict(outcome, totals.rejected)}`,
    good: exitCode === ExitCode.ok,
    project,
    environment,
    command,
    host: os.hostname(),
    ...(summary === undefined ? {} : { run: summary.run }),
    status,
    exitCode,
    startedAt: new Date(startedMs).toISOString(),
    finishedAt: new Date(finishedMs).toISOString(),
    durationSeconds: Math.round((finishedMs - startedMs) / 1000),
    ...(summary === undefined ? {} : { balanced: summary.balanced, totals }),
    entities,
    ...(error === undefined ? {} : { error }),
    ...(reportFile === undefined ? {} : { report: reportFile }),
    ...(next === undefined ? {} : { next }),
  };
}

function verdict({ exitCode, status, resumable, summary }: LoadOutcome, rejected: number): string {
  if (summary?.stagingOnly === true && (exitCode === ExitCode.ok || exitCode === ExitCode.rejections)) {
    return `dry run into staging, ${rejected === 0 ? "no record" : counted(rejected, "record")} rejected`;
  }
  if (exitCode === ExitCode.ok) return "all records loaded";
  if (exitCode === ExitCode.rejections) return `finished, ${counted(rejected, "record")} rejected`;
  return `${status}, exit code ${exitCode}${resumable ? ", can be resumed" : ""}`;
}

function notifiedEntity(counts: EntitySummary, staging: boolean): NotifiedEntity {
  const { entity, legalEntity, read, created, updated, unprocessed, balanced } = counts;
  return {
    entity,
    legalEntity: legalEntity === "" ? "none" : legalEntity,
    read,
    created,
    updated,
    rejected: counts.rejectedHere + counts.rejectedStaging + counts.rejectedTarget,
    unprocessed,
    ...(staging ? { staged: stagedAndNot(counts).staged } : {}),
    balanced,
  };
}

/** At most so many entities are listed for people; those with something to look at come first. */
const mostEntities = 20;

/** The entities to list, and how many others there are. */
export function listedEntities({ entities }: NotificationContent): {
  readonly listed: readonly NotifiedEntity[];
  readonly others: number;
} {
  const trouble = (entity: NotifiedEntity): boolean =>
    entity.rejected > 0 || entity.unprocessed > (entity.staged ?? 0) || !entity.balanced;
  const listed = [...entities.filter(trouble), ...entities.filter((entity) => !trouble(entity))].slice(
    0,
    mostEntities,
  );
  return { listed, others: entities.length - listed.length };
}

/** `3 records`, `1 record`, `12,345 records`. */
export function counted(count: number, noun: string): string {
  return `${count.toLocaleString("en-US")} ${noun}${count === 1 ? "" : "s"}`;
}

/** `read 100 · created 90 · updated 5 · rejected 5`, and what else there is to say. */
export function countsText(counts: Omit<NotifiedEntity, "entity" | "legalEntity">): string {
  const number = (value: number): string => value.toLocaleString("en-US");
  const { read, created, updated, rejected, unprocessed, staged, balanced } = counts;
  const left = unprocessed - (staged ?? 0);
  const parts = [
    `read ${number(read)}`,
    ...(staged === undefined
      ? [`created ${number(created)}`, `updated ${number(updated)}`]
      : [`staged, not loaded ${number(staged)}`]),
    `rejected ${number(rejected)}`,
    ...(left > 0 ? [`not processed ${number(left)}`] : []),
    ...(balanced ? [] : ["DOES NOT BALANCE"]),
  ];
  return parts.join(" · ");
}

/** Name and value of the facts that every notification for people begins with. */
export function facts(content: NotificationContent): readonly (readonly [string, string])[] {
  const { run, command, status, exitCode, startedAt, finishedAt, error, report, host, next } = content;
  const minute = (time: string): string => time.slice(0, 16).replace("T", " ");
  return [
    ["Status", `${status} (${command}, exit code ${exitCode})`],
    ...(run === undefined ? [] : [["Run", run] as const]),
    ["Time (UTC)", `${minute(startedAt)} to ${minute(finishedAt)}`],
    ...(error === undefined ? [] : [["Reason", errorText(error)] as const]),
    ...(report === undefined ? [] : [["Report", `${host}:${report}`] as const]),
    ...(next === undefined ? [] : [["Next", next] as const]),
  ];
}

function errorText({ code, title, place, next }: OutcomeError): string {
  return `${code}: ${title}${place === "" ? "" : ` At ${place}.`} ${next}`;
}
