import type { EntitySummary, RunSummary } from "../../rejection/summary.ts";
import type { LedgerRun } from "../ledger/ledger-rows.ts";
import type { LoadOutcome } from "../load-outcome.ts";
import type { Metric, Series } from "./metrics-text.ts";
import type { RunTimes } from "../ledger/run-times.ts";

/** The stages a record is counted at, by the name of the label's value. */
const stages: readonly (readonly [string, keyof EntitySummary])[] = [
  ["read", "read"],
  ["left_out", "filtered"],
  ["rejected_here", "rejectedHere"],
  ["packaged", "packaged"],
  ["staged", "staged"],
  ["rejected_staging", "rejectedStaging"],
  ["created", "created"],
  ["updated", "updated"],
  ["rejected_target", "rejectedTarget"],
  ["unprocessed", "unprocessed"],
];

/** What counts of a load in the ledger. */
export type EndedLoad = Pick<LedgerRun, "exitCode" | "phase" | "finishedAt" | "choices">;

export interface MetricsSource {
  readonly outcome: LoadOutcome;
  readonly times: RunTimes;
  /** Loads into the environment that the ledger knows of, this one among them. */
  readonly loads: readonly EndedLoad[];
}

/**
 * What is worth watching of the loads into one environment: the last one, and when one last went well. Everything has
 * the labels project and environment. A load that did not begin leaves its exit code, and no counts.
 */
export function loadMetrics({ outcome, times, loads }: MetricsSource): readonly Metric[] {
  const { project, environment, summary, finishedMs, startedMs } = outcome;
  const where = { project, environment };
  const one = (value: number): readonly Series[] => [{ labels: where, value }];
  const by = (label: string, values: Iterable<readonly [string, number]>): readonly Series[] =>
    [...values].map(([key, value]) => ({ labels: { ...where, [label]: key }, value }));
  const gauge = (name: string, help: string, series: readonly Series[]): Metric => ({
    name: `dmfpipe_${name}`,
    help,
    type: "gauge",
    series,
  });
  return [
    gauge(
      "last_load_exit_code",
      "Exit code of the last load: 0 all loaded, 4 some rejected, the others in docs/operations.md.",
      one(outcome.exitCode),
    ),
    gauge("last_load_start_timestamp_seconds", "When the last load was started.", one(startedMs / 1000)),
    gauge("last_load_end_timestamp_seconds", "When the last load ended.", one(finishedMs / 1000)),
    gauge(
      "last_load_resumable",
      "1 where the last load stopped early and resume can go on with it.",
      one(outcome.resumable ? 1 : 0),
    ),
    gauge(
      "last_success_timestamp_seconds",
      "When a load last ended with every record loaded.",
      latestEnd(loads, [0]).flatMap(one),
    ),
    gauge(
      "last_complete_timestamp_seconds",
      "When a load last came to its end, with or without rejected records.",
      latestEnd(loads, [0, 4]).flatMap(one),
    ),
    {
      name: "dmfpipe_loads_total",
      help: "Loads so far that are over, by exit code; those that did not begin are not among them.",
      type: "counter",
      series: by("exit_code", countByExitCode(loads)),
    },
    gauge(
      "last_load_phase_seconds",
      "Seconds the last load spent in each phase.",
      by("phase", rounded(times.phaseSeconds(finishedMs))),
    ),
    gauge(
      "last_load_step_seconds",
      "Seconds the packages of the last load spent in each step, summed over packages.",
      by("step", rounded(times.stepSeconds())),
    ),
    gauge("last_load_source_bytes", "Bytes of source files the last load read.", one(times.sourceBytes)),
    gauge(
      "last_load_requests",
      "Requests of the last load to F&O and the blob store, by the status of the answer.",
      by("status", times.requests()),
    ),
    gauge("last_load_retries", "Requests that had to be repeated.", one(times.retries)),
    ...(summary === undefined ? [] : summaryMetrics(summary, gauge, where)),
  ];
}

function summaryMetrics(
  summary: RunSummary,
  gauge: (name: string, help: string, series: readonly Series[]) => Metric,
  where: Readonly<Record<string, string>>,
): readonly Metric[] {
  const { entities, packages, rejections } = summary;
  const entityLabels = ({ entity, legalEntity }: EntitySummary) => ({
    ...where,
    entity,
    legal_entity: legalEntity === "" ? "none" : legalEntity,
  });
  const states = new Map<string, number>();
  for (const { status } of packages) states.set(status, (states.get(status) ?? 0) + 1);
  const bytes = packages.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const by = (label: string, values: Iterable<readonly [string, number]>): readonly Series[] =>
    [...values].map(([key, value]) => ({ labels: { ...where, [label]: key }, value }));
  return [
    gauge("last_load_info", "The last load; always 1.", [
      { labels: { ...where, run: summary.run, command: summary.command, status: summary.status }, value: 1 },
    ]),
    gauge(
      "last_load_records",
      "Records of the last load at each stage: read = left_out + rejected_here + packaged, packaged = rejected_staging + created + updated + rejected_target + unprocessed.",
      entities.flatMap((counts) =>
        stages.map(([stage, key]) => ({
          labels: { ...entityLabels(counts), stage },
          value: Number(counts[key]),
        })),
      ),
    ),
    gauge(
      "last_load_balanced",
      "1 where every record of the last load is accounted for.",
      entities.map((counts) => ({ labels: entityLabels(counts), value: counts.balanced ? 1 : 0 })),
    ),
    gauge(
      "last_load_rejections",
      "Rejected records of the last load, by the stage that rejected them.",
      by("stage", Object.entries(rejections.byStage)),
    ),
    gauge(
      "last_load_rejection_reasons",
      "Rejected records of the last load, by reason; a record may have several.",
      by("code", Object.entries(rejections.byCode)),
    ),
    gauge(
      "last_load_unattributed_messages",
      "Messages of F&O in the last load that no record could be found for.",
      [{ labels: where, value: rejections.unattributed }],
    ),
    gauge("last_load_packages", "Packages of the last load, by state.", by("state", states)),
    gauge("last_load_package_bytes", "Bytes of the packages of the last load.", [
      { labels: where, value: bytes },
    ]),
  ];
}

/**
 * Seconds since 1970-01-01 UTC, or nothing where no load ended so. `loads`: the latest first. One that went into staging
 * only has loaded nothing, however well it ended.
 */
function latestEnd(loads: readonly EndedLoad[], exitCodes: readonly number[]): readonly number[] {
  const found = loads.find(
    ({ exitCode, choices }) =>
      exitCode !== null && exitCodes.includes(exitCode) && choices.stagingOnly === undefined,
  );
  return found === undefined || found.finishedAt === null ? [] : [Date.parse(found.finishedAt) / 1000];
}

function countByExitCode(loads: readonly EndedLoad[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { exitCode, phase } of loads) {
    // One that can be resumed may still end otherwise, and a counter must not go down.
    if (exitCode !== null && phase === "finished")
      counts.set(String(exitCode), (counts.get(String(exitCode)) ?? 0) + 1);
  }
  return counts;
}

/** To milliseconds: more digits would be noise. */
function rounded<K extends string>(seconds: ReadonlyMap<K, number>): readonly (readonly [string, number])[] {
  return [...seconds].map(([key, value]) => [key, Math.round(value * 1000) / 1000] as const);
}
