import { statSync } from "node:fs";
import type { EnvironmentDefinition } from "../project/environment-definition.ts";
import type { Project } from "../project/project.ts";
import { criticalPath } from "../sequence/critical-path.ts";
import type { ImportTime } from "./ledger/import-times.ts";
import type { LastReading, StaleReading } from "./ledger/last-reading.ts";
import type { PlannedLoad } from "./load-plan.ts";
import {
  durationOf,
  packagesAhead,
  type DurationForecast,
  type PackageAhead,
} from "./sending/packages-ahead.ts";
import { packagingOf } from "./packing/packaging.ts";
import { secondPassOf } from "./packing/pass-fields.ts";
import { selfReferenceWarnings } from "./reading/self-references.ts";

/** One pass of one entity: what has its turn at one place of the plan. */
export interface OverviewStep {
  /** The entity's label; of a second pass with these words behind it. */
  readonly name: string;
  /** DMF label. */
  readonly entity: string;
  readonly pass: 1 | 2;
  readonly executionUnit: number;
  readonly level: number;
  readonly sequence: number;
  /** Names of the steps that must be over before. */
  readonly waitsFor: readonly string[];
  readonly scope: "company" | "shared";
  /** Number of target fields. */
  readonly fields: number;
  readonly sources: readonly { readonly name: string; readonly sizeBytes: number }[];
  /** Name of the data format. */
  readonly format: string;
  /** A package is closed when it has reached one of them. */
  readonly limits: { readonly records: number; readonly dataSizeBytes: number };
  /** DMF label of the composite entity it is a part of. */
  readonly composite?: string;
  /** Fields that are filled in this pass, of a second one. */
  readonly heldBack?: readonly string[];
  /** By company; empty while the sources have not been read. */
  readonly companies: readonly OverviewCompany[];
  /** Sums over the companies; absent while they are not known. */
  readonly records?: number;
  readonly packages?: number;
  /** How long its packages take in F&O, one after the other; absent where nothing like them was loaded before. */
  readonly expectedMs?: number;
}

/** What is loaded of an entity into one company. */
export interface OverviewCompany {
  readonly legalEntity: string;
  readonly records: number;
  /** Number of packages that hold them. */
  readonly packages: number;
  /** Size of those packages, where nothing else is in them and they were built. */
  readonly sizeBytes?: number;
  /** Data project they go to. */
  readonly dataProject: string;
  readonly expectedMs?: number;
}

/** What a load would do: in which order, how much, where to, and how long it may take. */
export interface LoadOverview {
  readonly project: string;
  readonly environment: {
    readonly name: string;
    readonly kind: "live" | "sandbox";
    readonly url?: string;
    /** Companies that may be written to; absent: all. */
    readonly writes?: readonly string[];
  };
  /** Where the numbers come from. */
  readonly reading:
    | { readonly kind: "never" }
    | { readonly kind: "current"; readonly run: string; readonly command: string; readonly startedAt: string }
    | {
        readonly kind: "outdated";
        readonly run: string;
        readonly command: string;
        readonly startedAt: string;
        /** Files that have changed since. */
        readonly changed: readonly string[];
      };
  /** In the order of loading. */
  readonly steps: readonly OverviewStep[];
  /** In the order in which they would be sent; empty while the sources have not been read. */
  readonly packages: readonly PackageAhead[];
  /** Whether these packages have been built; else their number follows from the number of records. */
  readonly packagesBuilt: boolean;
  /** The chain of steps that the end of the load depends on. `by`: what was added up to find the longest one. */
  readonly criticalPath: {
    readonly steps: readonly string[];
    readonly by: "time" | "records" | "steps";
    readonly expectedMs?: number;
  };
  readonly duration: DurationForecast;
  readonly warnings: readonly string[];
}

/** Puts together what is known of a load without reading a record. Throws DMFP-SOURCE-* for a source that vanished. */
export function loadOverview(options: {
  readonly project: Project;
  readonly environmentName: string;
  readonly definition: EnvironmentDefinition;
  readonly planned: readonly PlannedLoad[];
  readonly reading: LastReading | StaleReading | undefined;
  /** Packages of earlier loads into the environment. */
  readonly history: readonly ImportTime[];
}): LoadOverview {
  const { project, environmentName, definition, planned, reading, history } = options;
  const current = reading !== undefined && "counts" in reading ? reading : undefined;
  const passes = allPasses(planned);
  const packages = current === undefined ? [] : packagesAhead(project, passes, current, history);
  const steps = passes.map((pass) => stepOf(project, pass, current === undefined ? undefined : packages));
  const companies = definition.writes?.map((code) => code.toUpperCase());
  return {
    project: project.name,
    environment: {
      name: environmentName,
      kind: definition.kind,
      ...(definition.kind === "live" ? { url: definition.url } : {}),
      ...(companies === undefined ? {} : { writes: companies }),
    },
    reading: readingOf(reading),
    steps,
    packages,
    packagesBuilt: packages.some((pack) => pack.key !== undefined),
    criticalPath: pathOf(steps),
    duration: durationOf(packages, history),
    warnings: selfReferenceWarnings(planned),
  };
}

/** First passes in the order of loading, then the second ones. */
function allPasses(planned: readonly PlannedLoad[]): readonly PlannedLoad[] {
  const second = planned.flatMap((entity) => secondPassOf(entity) ?? []);
  return [...planned, ...second].sort((a, b) => a.position - b.position);
}

function stepOf(
  project: Project,
  planned: PlannedLoad,
  packages: readonly PackageAhead[] | undefined,
): OverviewStep {
  const { schema, place, mapping, sources, pass, secondPass, composite } = planned;
  const { executionUnit, level, sequence, waitsFor } = place;
  const { format, limits } = packagingOf(project, planned);
  const companies = packages === undefined ? [] : companiesOf(planned, packages);
  const known = packages !== undefined;
  const expected = companies.map((company) => company.expectedMs);
  const total = expected.reduce<number | undefined>(
    (sum, ms) => (sum === undefined || ms === undefined ? undefined : sum + ms),
    companies.length === 0 ? undefined : 0,
  );
  const sum = (pick: (company: OverviewCompany) => number): number =>
    companies.reduce((all, company) => all + pick(company), 0);
  return {
    name: stepName(schema.label, pass),
    entity: schema.label,
    pass: pass ?? 1,
    executionUnit,
    level,
    sequence,
    // A second pass waits for first ones only.
    waitsFor,
    scope: schema.scope,
    fields: mapping.targetFields.length,
    sources: sources.map(({ name, path }) => ({ name, sizeBytes: statSync(path).size })),
    format: composite === undefined ? format.sourceFormat : composite.of.format,
    limits,
    ...(composite === undefined ? {} : { composite: composite.of.label }),
    ...(pass === 2 && secondPass !== undefined ? { heldBack: secondPass.heldBack } : {}),
    companies,
    ...(known
      ? { records: sum(({ records }) => records), packages: sum((company) => company.packages) }
      : {}),
    ...(total === undefined ? {} : { expectedMs: total }),
  };
}

/** How a pass of an entity is called. */
function stepName(label: string, pass: 2 | undefined): string {
  return pass === undefined ? label : `${label}, second pass`;
}

function companiesOf(
  { schema, pass }: PlannedLoad,
  packages: readonly PackageAhead[],
): readonly OverviewCompany[] {
  const own = packages.filter(
    (pack) => pack.pass === pass && pack.contents.some(({ entity }) => entity === schema.label),
  );
  const companies = [...new Set(own.map(({ legalEntity }) => legalEntity))].sort();
  return companies.map((legalEntity) => {
    const mine = own.filter((pack) => pack.legalEntity === legalEntity);
    const alone = mine.every(({ contents }) => contents.length === 1);
    const records = mine
      .flatMap(({ contents }) => contents.filter(({ entity }) => entity === schema.label))
      .reduce((all, content) => all + content.records, 0);
    const sizeBytes = alone ? sumKnown(mine.map((pack) => pack.sizeBytes)) : undefined;
    const expectedMs = alone ? sumKnown(mine.map((pack) => pack.expectedMs)) : undefined;
    return {
      legalEntity,
      records,
      packages: mine.length,
      ...(sizeBytes === undefined ? {} : { sizeBytes }),
      dataProject: mine[0]?.dataProject ?? "",
      ...(expectedMs === undefined ? {} : { expectedMs }),
    };
  });
}

/** The sum, where all are known. */
function sumKnown(values: readonly (number | undefined)[]): number | undefined {
  return values.reduce<number | undefined>(
    (sum, value) => (sum === undefined || value === undefined ? undefined : sum + value),
    0,
  );
}

/** Longest by time where that is known of all steps, else by records, else by the number of steps. */
function pathOf(steps: readonly OverviewStep[]): LoadOverview["criticalPath"] {
  const empty = (step: OverviewStep): boolean => step.records === 0;
  const timed = steps.some(({ expectedMs }) => expectedMs !== undefined);
  const by =
    timed && steps.every((step) => step.expectedMs !== undefined || empty(step))
      ? "time"
      : steps.every(({ records }) => records !== undefined)
        ? "records"
        : "steps";
  const weightOf = (step: OverviewStep): number =>
    by === "time" ? (step.expectedMs ?? 0) : by === "records" ? (step.records ?? 0) : 1;
  const path = criticalPath(
    steps.map((step) => ({ name: step.name, waitsFor: step.waitsFor, weight: weightOf(step) })),
  );
  return { steps: path.names, by, ...(by === "time" ? { expectedMs: path.weight } : {}) };
}

function readingOf(reading: LastReading | StaleReading | undefined): LoadOverview["reading"] {
  if (reading === undefined) return { kind: "never" };
  const { id: run, command, startedAt } = reading.run;
  if ("counts" in reading) return { kind: "current", run, command, startedAt };
  return { kind: "outdated", run, command, startedAt, changed: reading.changed };
}
