import type { LoadedEntity } from "../rejection/causes/broken-reference.ts";
import type { CauseOverview } from "../rejection/causes/cause.ts";

/** Causes that stand in summary.json; the run's causes.json has more. */
const summarizedCauses = 20;
const greatGroups = 5;
const namedOfGroup = 4;

/** An entity of the run, as far as it is known: of an abandoned run sometimes only its label. */
export type EntityOfRun = Pick<LoadedEntity, "label"> & Partial<LoadedEntity>;

/** The entity with what is known of its references. */
export function loadedEntity({
  label,
  scope = "company",
  keys = [],
  relations = [],
}: EntityOfRun): LoadedEntity {
  return { label, scope, keys, relations };
}

/**
 * The causes with most records, for summary.json, of the greatest groups at least some; undefined where every record was rejected for its own reason.
 */
export function summarizedCausesOf(overview: CauseOverview): CauseOverview | undefined {
  if (overview.groups.length === 0) return undefined;
  const first = overview.groups
    .slice(0, greatGroups)
    .flatMap(({ kind, entity }) =>
      overview.top.filter((cause) => cause.kind === kind && cause.entity === entity).slice(0, namedOfGroup),
    );
  const kept = new Set([...new Set([...first, ...overview.top])].slice(0, summarizedCauses));
  const top = overview.top.filter((cause) => kept.has(cause));
  const rest = overview.top.filter((cause) => !kept.has(cause));
  const records = rest.reduce((sum, cause) => sum + cause.records, overview.others.records);
  return { ...overview, top, others: { causes: overview.others.causes + rest.length, records } };
}
