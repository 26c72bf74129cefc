import { DmfpipeError } from "../../errors/dmfpipe-error.ts";
import { reasonRegistry } from "../../errors/registry.ts";
import { didYouMean } from "../../errors/suggestion.ts";
import { strictestCutover, type Cutover } from "../../project/cutover.ts";
import type { Project } from "../../project/project.ts";
import type { EntitySummary } from "../../rejection/summary.ts";
import type {
  OpenClass,
  Readiness,
  ReadinessEntity,
  ReadinessEntityRun,
  ReadinessRun,
} from "../../rejection/trend/readiness.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { entitySummaries } from "../summarize.ts";
import { judgeReadiness } from "./judge-readiness.ts";
import type { OpenCount, TrendRun } from "./ledger-trend.ts";
import { trendOutlook } from "./trend-outlook.ts";
import type { TrendSeries } from "./trend-series.ts";

export interface ReadinessOptions {
  readonly project: Pick<Project, "name" | "mappings" | "cutover">;
  readonly ledger: Ledger;
  readonly environment: string;
  /** Absent: loads, or where there is none yet, dry runs. */
  readonly of?: TrendSeries["kind"] | undefined;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/**
 * How ready a project is for its cutover, from what the ledger remembers of its runs: it needs no file of any of them.
 *
 * Throws DMFP-NOTHING-TO-DO where there is no such run, and DMFP-PROJECT-INVALID for a limit that no entity has.
 */
export function readReadiness(options: ReadinessOptions): Readiness {
  const { project, ledger, environment, now } = options;
  const labels = project.mappings.map(({ entity }) => entity.value);
  const cutover = project.cutover ?? strictestCutover;
  demandEntities(cutover, labels);
  const { series, runs: known } = seriesWithRuns(options);
  const runs = known.map((run) => readinessRun(ledger, series, run));
  const startedOn = new Map(known.map(({ number, startedAt }) => [number, startedAt.slice(0, 10)]));
  const counts = ledger.trend.openCounts(ledger.trend.seriesId(series) ?? 0);
  const own = new Set(labels);
  const classes = openClasses(
    counts.filter(({ entity }) => own.has(entity)),
    startedOn,
  );
  const entities = labels.map((entity) => readinessEntity(entity, runs, classes));
  const facts = { runs, entities, classes };
  const criteria = judgeReadiness(facts, cutover, now);
  const others = Map.groupBy(
    counts.filter(({ entity }) => !own.has(entity)),
    ({ entity }) => entity,
  );
  return {
    project: project.name,
    environment,
    of: series.kind,
    at: new Date(now).toISOString(),
    go: criteria.every(({ verdict }) => verdict === "met"),
    criteria,
    configured: project.cutover !== undefined,
    ...(cutover.by === undefined ? {} : { by: cutover.by }),
    ...facts,
    otherEntities: [...others].map(([entity, rows]) => ({
      entity,
      open: sum(rows, ({ records }) => records),
    })),
    open: sum(entities, ({ open }) => open),
    outlook: trendOutlook(runs),
  };
}

/** A limit that is meant for an entity and fits none would be met forever. */
function demandEntities({ rejectedAtMost }: Cutover, labels: readonly string[]): void {
  for (const { pattern, fits } of rejectedAtMost) {
    if (pattern === "*" || labels.some(fits)) continue;
    throw new DmfpipeError(
      "DMFP-PROJECT-INVALID",
      `project.yaml: cutover.rejectedAtMost: no entity of the project fits ${pattern}.${didYouMean(pattern, labels)}`,
    );
  }
}

function seriesWithRuns({ project, ledger, environment, of }: ReadinessOptions): {
  readonly series: TrendSeries;
  readonly runs: readonly TrendRun[];
} {
  const kinds = of === undefined ? (["load", "check"] as const) : [of];
  for (const kind of kinds) {
    const series = { project: project.name, environment, kind };
    const runs = ledger.trend.runs(series);
    if (runs.length > 0) return { series, runs };
  }
  const what = of === undefined ? "load or check" : of === "staging" ? "load --dry-run" : of;
  throw new DmfpipeError(
    "DMFP-NOTHING-TO-DO",
    `No ${what} of ${project.name} into ${environment} is over yet: there is nothing to judge.`,
    { next: `dmfpipe ${of === "staging" ? "load --dry-run" : (of ?? "check")} --env ${environment}` },
  );
}

function readinessRun(ledger: Ledger, { kind }: TrendSeries, run: TrendRun): ReadinessRun {
  const { records, entities: changes } = run.trend;
  const summaries = entitySummaries(ledger.counts(run.run), ledger.packages(run.run));
  const labels = [...new Set(summaries.map(({ entity }) => entity))];
  const entities = labels.map((entity): ReadinessEntityRun => {
    const rows = summaries.filter((row) => row.entity === entity);
    const staged = sum(rows, (row) => row.staged);
    return {
      entity,
      read: sum(rows, ({ read }) => read),
      loaded: sum(rows, (row) => loadedOf(row, kind)),
      rejected: sum(rows, (row) => row.rejectedHere + row.rejectedStaging + row.rejectedTarget),
      unprocessed: unprocessedOf(
        sum(rows, ({ unprocessed }) => unprocessed),
        { kind, staged },
      ),
      balanced: rows.every(({ balanced }) => balanced),
    };
  });
  return {
    run: run.run,
    ...(run.resubmissionOf === undefined ? {} : { resubmissionOf: run.resubmissionOf }),
    finishedAt: run.finishedAt,
    status: run.status,
    exitCode: run.exitCode,
    open: records.open,
    new: records.new,
    backAgain: records.backAgain,
    settled: records.fixed + records.gone + records.fixedOrGone,
    openByEntity: Object.fromEntries(
      [...Map.groupBy(changes, ({ entity }) => entity)]
        .map(([entity, rows]) => [entity, sum(rows, ({ open }) => open)] as const)
        .filter(([, open]) => open > 0),
    ),
    entities,
  };
}

function loadedOf(row: EntitySummary, kind: TrendSeries["kind"]): number {
  switch (kind) {
    case "load":
      return row.created + row.updated;
    case "staging":
      return row.staged;
    case "check":
      return row.packaged;
    default:
      return kind satisfies never;
  }
}

/** What a dry run was not meant to process is not left. */
function unprocessedOf(
  count: number,
  { kind, staged }: { readonly kind: TrendSeries["kind"]; readonly staged: number },
): number {
  if (kind === "check") return 0;
  return kind === "staging" ? Math.max(0, count - staged) : count;
}

/** Together what differs in company, field, stage and age only. */
function openClasses(
  counts: readonly OpenCount[],
  startedOn: ReadonlyMap<number, string>,
): readonly OpenClass[] {
  const titles: Readonly<Record<string, { readonly title: string }>> = reasonRegistry;
  const groups = Map.groupBy(counts, ({ entity, code, owner }) => JSON.stringify([entity, code, owner]));
  return [...groups.values()]
    .flatMap(([first, ...rest]): OpenClass[] => {
      if (first === undefined) return [];
      const { entity, code, owner } = first;
      const all = [first, ...rest];
      const since = all.map(({ firstRun }) => startedOn.get(firstRun) ?? "").sort()[0] ?? "";
      const title = titles[code]?.title ?? code;
      const [reasons, records] = [sum(all, (row) => row.reasons), sum(all, (row) => row.records)];
      return [{ entity, code, title, owner, reasons, records, since }];
    })
    .sort((a, b) => b.records - a.records || b.reasons - a.reasons || (a.code < b.code ? -1 : 1));
}

function readinessEntity(
  entity: string,
  runs: readonly ReadinessRun[],
  classes: readonly OpenClass[],
): ReadinessEntity {
  const own = classes.filter((row) => row.entity === entity);
  const [since] = own.map((row) => row.since).sort();
  const whole = runs.findLast(
    (run) => run.resubmissionOf === undefined && run.entities.some((row) => row.entity === entity),
  );
  return {
    entity,
    read: whole?.entities.find((row) => row.entity === entity)?.read ?? 0,
    open: sum(own, ({ records }) => records),
    ...(since === undefined ? {} : { since }),
  };
}

function sum<T>(items: readonly T[], pick: (item: T) => number): number {
  return items.reduce((all, item) => all + pick(item), 0);
}
