import type { Project } from "../../project/project.ts";
import { compositeProject } from "../composite/composite-packer.ts";
import { comparable, expectedMs, type ImportTime } from "../ledger/import-times.ts";
import type { LastReading } from "../ledger/last-reading.ts";
import type { LedgerPackage } from "../ledger/ledger-rows.ts";
import type { PlannedLoad } from "../load-plan.ts";
import { packageProject } from "./package-project.ts";
import { PackageWaves } from "../packing/package-waves.ts";
import { packagingOf } from "../packing/packaging.ts";

/** A package that a load would send. */
export interface PackageAhead {
  /** Its name in the run that built it; absent where it was not built. */
  readonly key?: string;
  readonly legalEntity: string;
  readonly dataProject: string;
  /** 2: it fills held-back fields. */
  readonly pass?: 2;
  readonly contents: readonly { readonly entity: string; readonly records: number }[];
  /** Size of the zip, where it was built. */
  readonly sizeBytes?: number;
  /** How long F&O takes for it, as far as earlier loads tell. */
  readonly expectedMs?: number;
}

/** How long a load takes, one import after the other. */
export interface DurationForecast {
  /** Sum of the packages whose duration can be told; absent where there are none. */
  readonly expectedMs?: number;
  /** Number of earlier loads this rests on. */
  readonly loads: number;
  readonly packages: number;
  /** Packages nothing comparable to was loaded before: the sum is without them. */
  readonly unknown: number;
}

/**
 * The packages that a load would send, in its order: those that were built from the same sources, or as many as the
 * records need that a dry run counted. The latter are no more than an estimate: documents that are kept together and
 * large records make packages end elsewhere.
 *
 * @param passes all passes of all entities, in the order of loading
 */
export function packagesAhead(
  project: Project,
  passes: readonly PlannedLoad[],
  reading: LastReading,
  history: readonly ImportTime[],
): readonly PackageAhead[] {
  const ahead =
    reading.packages.length > 0
      ? reading.packages.map(builtPackage)
      : project.packages.entities === "all"
        ? packagesOfAll(project, passes, reading)
        : passes.flatMap((planned) =>
            planned.composite === undefined
              ? packagesOfOne(project, planned, reading)
              : packagesOfComposite(project, planned, { passes, reading }),
          );
  return ahead.map((pack) => {
    const expected = expectedMs(timed(pack), history);
    return expected === undefined ? pack : { ...pack, expectedMs: Math.round(expected) };
  });
}

/** What the packages take together, and how well that is known. */
export function durationOf(
  packages: readonly PackageAhead[],
  history: readonly ImportTime[],
): DurationForecast {
  const known = packages.filter((pack) => pack.expectedMs !== undefined);
  const basis = new Set(known.flatMap((pack) => comparable(timed(pack), history).map(({ run }) => run)));
  return {
    ...(known.length === 0
      ? {}
      : { expectedMs: known.reduce((sum, pack) => sum + (pack.expectedMs ?? 0), 0) }),
    loads: basis.size,
    packages: packages.length,
    unknown: packages.length - known.length,
  };
}

function timed({ contents, pass }: PackageAhead) {
  return {
    entities: contents.map(({ entity }) => entity),
    ...(pass === undefined ? {} : { pass }),
    records: contents.reduce((sum, { records }) => sum + records, 0),
  };
}

function builtPackage({
  key,
  legalEntity,
  dataProject,
  pass,
  parts,
  sizeBytes,
}: LedgerPackage): PackageAhead {
  return {
    key,
    legalEntity,
    dataProject,
    ...(pass === undefined ? {} : { pass }),
    contents: parts.map(({ entity, records }) => ({ entity, records })),
    sizeBytes,
  };
}

/** Records to be packed in a pass, by company, in the order in which companies are sent. */
function recordsOf({ schema, pass }: PlannedLoad, { counts }: LastReading): readonly [string, number][] {
  return counts
    .filter(({ entity }) => entity === schema.label)
    .map((row): [string, number] => [row.legalEntity, pass === 2 ? (row.secondPass ?? 0) : row.packaged])
    .filter(([, records]) => records > 0)
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

function packagesOfOne(project: Project, planned: PlannedLoad, reading: LastReading): PackageAhead[] {
  const { schema, pass } = planned;
  const most = packagingOf(project, planned).limits.records;
  return recordsOf(planned, reading).flatMap(([legalEntity, records]) =>
    Array.from({ length: Math.ceil(records / most) }, (_, index): PackageAhead => ({
      legalEntity,
      dataProject: packageProject(project, { legalEntity, label: schema.label, pass }),
      ...(pass === undefined ? {} : { pass }),
      contents: [{ entity: schema.label, records: Math.min(most, records - index * most) }],
    })),
  );
}

/**
 * The package of a composite entity in each company, where its last part has its turn: that is when it is sent. How its
 * documents are spread over several packages is not worked out here.
 */
function packagesOfComposite(
  project: Project,
  planned: PlannedLoad,
  among: { readonly passes: readonly PlannedLoad[]; readonly reading: LastReading },
): PackageAhead[] {
  const { composite } = planned;
  const parts = among.passes.filter((other) => other.composite?.of.label === composite?.of.label);
  if (composite === undefined || parts.at(-1) !== planned) return [];
  const packages = new Map<string, { entity: string; records: number }[]>();
  for (const part of parts) {
    for (const [legalEntity, records] of recordsOf(part, among.reading)) {
      const contents = packages.get(legalEntity) ?? [];
      packages.set(legalEntity, [...contents, { entity: part.schema.label, records }]);
    }
  }
  return [...packages].map(([legalEntity, contents]) => ({
    legalEntity,
    dataProject: compositeProject(project, composite.of.label, legalEntity),
    contents,
  }));
}

/**
 * One package a company with everything in it, or as many as shared entities ask for; where a full one is closed is not
 * worked out here.
 */
function packagesOfAll(
  project: Project,
  passes: readonly PlannedLoad[],
  reading: LastReading,
): PackageAhead[] {
  const series = [new PackageWaves(), new PackageWaves()] as const;
  const packages: {
    wave: number;
    pack: PackageAhead & { contents: { entity: string; records: number }[] };
  }[] = [];
  for (const planned of passes) {
    const { schema, pass } = planned;
    const waves = series[pass === 2 ? 1 : 0];
    for (const [legalEntity, records] of recordsOf(planned, reading)) {
      waves.begin(legalEntity, planned);
      const wave = waves.of(legalEntity);
      let found = packages.find(
        (other) => other.wave === wave && other.pack.pass === pass && other.pack.legalEntity === legalEntity,
      );
      if (found === undefined) {
        const dataProject = packageProject(project, { legalEntity, label: schema.label, pass });
        const pack = { legalEntity, dataProject, ...(pass === undefined ? {} : { pass }), contents: [] };
        found = { wave, pack };
        packages.push(found);
      }
      found.pack.contents.push({ entity: schema.label, records });
    }
  }
  return packages
    .sort(
      (a, b) =>
        (a.pack.pass ?? 1) - (b.pack.pass ?? 1) ||
        a.wave - b.wave ||
        (a.pack.legalEntity < b.pack.legalEntity ? -1 : 1),
    )
    .map(({ pack }) => pack);
}
