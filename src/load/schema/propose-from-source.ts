import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import type { EntityCatalogue } from "../../entity/catalogue.ts";
import type { EntitySchema } from "../../entity/entity-schema.ts";
import { DmfpipeError } from "../../errors/dmfpipe-error.ts";
import { didYouMean } from "../../errors/suggestion.ts";
import { parseLookup } from "../../mapping/lookup.ts";
import type { KnownLookup } from "../../mapping/propose/fitting-lookup.ts";
import { proposeMapping, type MappingProposal } from "../../mapping/propose/mapping-proposal.ts";
import type { SourceSettings } from "../../mapping/propose/yaml-writing.ts";
import { resolveInside } from "../../project/project-path.ts";
import type { ProjectOutline } from "../../project/project-outline.ts";
import type { SourceEncoding } from "../../project/source-format.ts";
import { ColumnProfiler } from "../../source/column-profile.ts";
import { detectSource, type DetectedSource } from "../../source/detect-source.ts";
import { openSource } from "../../source/open-source.ts";
import { SourceFile } from "../../source/source-file.ts";

export interface ProposeOptions {
  readonly project: ProjectOutline;
  readonly schema: EntitySchema;
  /** Absolute path of the source. */
  readonly source: string;
  readonly encoding?: SourceEncoding;
  readonly delimiter?: string;
  readonly record?: string;
  /** No more records than this are read. */
  readonly records: number;
  readonly signal: AbortSignal;
}

/** A proposal, and what it was made from. */
export interface SourceProposal {
  readonly proposal: MappingProposal;
  readonly settings: SourceSettings;
  /** Records that were looked at, and those among them that cannot be read. */
  readonly read: number;
  readonly unreadable: number;
  /** Whether the source has more records than were read. */
  readonly more: boolean;
  /** What to look at, in plain words. */
  readonly notes: readonly string[];
}

/**
 * Looks through a source and proposes a mapping of it to an entity. Reads at most as many records as it is told.
 * Throws DMFP-PATH-OUTSIDE for a source that the project may not read, DMFP-SOURCE-* and DMFP-INTERRUPTED.
 */
export async function proposeFromSource(options: ProposeOptions): Promise<SourceProposal> {
  const { project, schema } = options;
  const name = sourceName(options);
  const file = await SourceFile.open(options.source, name);
  const detected = await detectSource(file, {
    encoding: options.encoding,
    delimiter: options.delimiter,
    record: options.record,
    maxRecordBytes: project.recordBytes,
  });
  const { profiler, ...counts } = await profileSource(options, detected, name);
  const { defaultLegalEntity, writableCompanies } = project;
  const proposal = proposeMapping({
    schema,
    profiles: profiler.profiles(),
    lookups: lookupsOf(project),
    writableCompanies,
    ...(defaultLegalEntity === undefined ? {} : { defaultLegalEntity }),
  });
  return { proposal, settings: settingsOf(detected, name), ...counts, notes: detected.notes };
}

/** The entity with this label; capitals do not matter. Throws DMFP-MAPPING-ENTITY with those that are close. */
export function findEntity(catalogue: EntityCatalogue, wanted: string): EntitySchema {
  const labels = catalogue.labels();
  const lower = wanted.trim().toLowerCase();
  const label = labels.find((candidate) => candidate.toLowerCase() === lower);
  const schema = label === undefined ? undefined : catalogue.find(label);
  if (schema !== undefined) return schema;
  const hint = didYouMean(wanted, labels);
  const holding = labels.filter((candidate) => candidate.toLowerCase().includes(lower)).slice(0, 6);
  const others = hint === "" && lower !== "" && holding.length > 0 ? ` There are ${holding.join(", ")}.` : "";
  throw new DmfpipeError("DMFP-MAPPING-ENTITY", `The catalogue has no entity "${wanted}".${hint}${others}`, {
    next: "Use the label the Data management workspace shows; dmfpipe schema pull fetches more of them.",
  });
}

/**
 * The source as a mapping names it: relative inside the project, absolute in one of the source roots. Throws
 * DMFP-PATH-OUTSIDE.
 */
export function sourceName({ project, source }: Pick<ProposeOptions, "project" | "source">): string {
  const { root, sourceRoots } = project;
  resolveInside({ root, sourceRoots, configured: source, at: { file: source } });
  const relative = path.relative(root, source);
  return relative.startsWith("..") || path.isAbsolute(relative) ? source : relative.replaceAll(path.sep, "/");
}

/**
 * Profiles the columns of a source, of no more records than it is told. Throws DMFP-SOURCE-* and DMFP-INTERRUPTED.
 */
export async function profileSource(
  options: Pick<ProposeOptions, "source" | "records" | "signal">,
  detected: DetectedSource,
  name: string,
): Promise<{ profiler: ColumnProfiler; read: number; unreadable: number; more: boolean }> {
  const { format, paths } = detected;
  const source = await openSource({ path: options.source, name, format, wanted: paths });
  const profiler = new ColumnProfiler(source.columns);
  let read = 0;
  let unreadable = 0;
  for await (const batch of source.batches()) {
    if (options.signal.aborted) {
      throw new DmfpipeError("DMFP-INTERRUPTED", `Interrupted while ${name} was read; nothing was written.`, {
        next: "Give the command again.",
      });
    }
    for (const item of batch) {
      if (read === options.records) return { profiler, read, unreadable, more: true };
      read++;
      if (item.kind === "record") profiler.add(item.values);
      else unreadable++;
    }
  }
  return { profiler, read, unreadable, more: false };
}

/** `source` of a mapping, for a source that was looked at. */
export function settingsOf({ format }: Pick<DetectedSource, "format">, file: string): SourceSettings {
  const { encoding, delimiter, quote, record, rows } = format;
  return {
    file,
    ...(record === undefined ? {} : { record }),
    ...(rows === undefined ? {} : { rows }),
    ...(delimiter === undefined ? {} : { delimiter }),
    ...(quote === undefined || quote === '"' ? {} : { quote }),
    ...(encoding === undefined ? {} : { encoding }),
  };
}

/** The project's lookups that have one key and one result. One that cannot be read is none; `check` says why. */
function lookupsOf({ file }: ProjectOutline): KnownLookup[] {
  const folder = path.join(path.dirname(file), "lookups");
  const names = listed(folder).filter((name) => name.endsWith(".csv"));
  return names.sort().flatMap((name) => {
    try {
      const lookup = parseLookup(name.slice(0, -4), readFileSync(path.join(folder, name), "utf8"), name);
      return lookup.keys === 1 && lookup.results.length === 1 ? [lookup] : [];
    } catch (thrown) {
      if (thrown instanceof DmfpipeError) return [];
      throw thrown;
    }
  });
}

function listed(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
