import path from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { EntityCatalogue } from "../../entity/catalogue.ts";
import { normalizeKey } from "../../entity/record-key.ts";
import { DmfpipeError } from "../../errors/dmfpipe-error.ts";
import { interrupted } from "../../errors/interruption.ts";
import { Mistakes } from "../../errors/mistakes.ts";
import type { MappingDefinition } from "../../project/mapping-definition.ts";
import type { Project } from "../../project/project.ts";
import { openSource } from "../../source/open-source.ts";
import { compileEntity, openPlannedSource, sourceFiles, type CompiledEntity } from "../load-plan.ts";
import { ChangeTally, outcomeOf, type MappingChanges, type Outcome } from "./mapping-changes.ts";
import { EntityReader } from "../reading/read-entity.ts";
import { RecordChecks } from "../reading/record-checks.ts";

/** Most records that are held in memory where two mappings read different sources: about 1 GB of wide records. */
const maxHeldRecords = 500_000;

/** One of the two mappings, with the project whose lookups, modules and second sources it uses. */
export interface ComparedMapping {
  readonly project: Project;
  readonly definition: MappingDefinition;
}

export interface DiffOptions {
  readonly old: ComparedMapping;
  readonly new: ComparedMapping;
  readonly catalogue: EntityCatalogue;
  /** Examples for each kind of change. */
  readonly limit: number;
  readonly signal?: AbortSignal;
}

/** What a change of a mapping does, and how that was found out. */
export interface MappingDiff extends MappingChanges {
  readonly entity: string;
  readonly old: string;
  readonly new: string;
  /** The sources of the new mapping. */
  readonly files: readonly string[];
  /** `position`: both read the same source; `key`: they do not, and records are the same where their keys are. */
  readonly matchedBy: "position" | "key";
  /** Matched by key: records that could not be compared, because only one side has them with a whole key. */
  readonly unmatched?: { readonly old: number; readonly new: number };
}

interface Side {
  readonly project: Project;
  readonly entity: CompiledEntity;
  readonly reader: EntityReader;
}

/**
 * Runs the records of a source through two mappings of the same entity and counts what comes out differently: fields,
 * companies, records left out or rejected. Where both read the same files in the same way, the source is read once and
 * records are the same by their position; otherwise each reads its own, and the keys tell which belong together.
 *
 * Throws DMFP-USAGE where the two cannot be compared, the mistakes of both mappings in one error, DMFP-SOURCE-* and
 * DMFP-INTERRUPTED.
 */
export async function diffMapping(options: DiffOptions): Promise<MappingDiff> {
  const { old, new: now, limit } = options;
  demandSameEntity(old.definition, now.definition);
  const mistakes = new Mistakes();
  const before = await mistakes.attemptLater(() => sideOf(old, options.catalogue));
  const after = await mistakes.attemptLater(() => sideOf(now, options.catalogue));
  mistakes.demandNone();
  if (before === undefined || after === undefined)
    throw new DmfpipeError("DMFP-BUG", "A mapping is missing.");
  const tally = new ChangeTally({
    old: before.entity.mapping.targetFields,
    new: after.entity.mapping.targetFields,
    limit,
  });
  const files = sourceFiles(now.project, now.definition);
  const byPosition = isDeepStrictEqual(readingOf(old), readingOf(now));
  let unmatched: MappingDiff["unmatched"];
  if (byPosition) await compareByPosition({ before, after, files, tally }, options.signal);
  else unmatched = await compareByKey({ before, after, tally }, options.signal);
  return {
    entity: now.definition.entity.value,
    old: old.definition.file,
    new: now.definition.file,
    files: files.map((file) => path.relative(now.project.root, file)),
    matchedBy: byPosition ? "position" : "key",
    ...(unmatched === undefined ? {} : { unmatched }),
    ...tally.changes(),
  };
}

/** Which files a mapping reads, and how. */
function readingOf({ project, definition }: ComparedMapping): unknown {
  const { encoding, delimiter, quote, record, rows } = definition.sourceFormat;
  const files = sourceFiles(project, definition).map((file) => path.relative(project.root, file));
  return { files, encoding, delimiter, quote, record, rows };
}

function demandSameEntity(old: MappingDefinition, now: MappingDefinition): void {
  if (old.entity.value === now.entity.value) return;
  throw new DmfpipeError(
    "DMFP-USAGE",
    `${old.file} is for the entity ${old.entity.value}, ${now.file} for ${now.entity.value}: their records are not the same things.`,
    { next: "Name two mappings of one entity." },
  );
}

async function sideOf(mapping: ComparedMapping, catalogue: EntityCatalogue): Promise<Side> {
  const { project, definition } = mapping;
  const entity = await compileEntity(project, definition, { catalogue });
  return { project, entity, reader: new EntityReader(entity, { checks: new RecordChecks(project, entity) }) };
}

async function compareByPosition(
  sides: {
    readonly before: Side;
    readonly after: Side;
    readonly files: readonly string[];
    readonly tally: ChangeTally;
  },
  signal: AbortSignal | undefined,
): Promise<void> {
  const { before, after, files, tally } = sides;
  const wanted = [...new Set([before, after].flatMap(({ entity }) => entity.mapping.sourceColumns))];
  for (const file of files) {
    const name = path.relative(after.project.root, file);
    const format = after.entity.definition.sourceFormat;
    const source = await openSource({ path: file, name, format, wanted });
    const mistakes = new Mistakes();
    const [old, now] = [before, after].map(({ entity }) =>
      mistakes.attempt(() => ({ path: file, name, source, mapper: entity.mapping.bind(source.columns) })),
    );
    mistakes.demandNone();
    if (old === undefined || now === undefined) throw new DmfpipeError("DMFP-BUG", "A mapping is not bound.");
    for await (const items of source.batches()) {
      if (signal?.aborted === true) throw interrupted();
      for (const item of items) {
        const first = outcomeOf(before.reader.judge(old, item));
        tally.add(first, outcomeOf(after.reader.judge(now, item)), item.position);
      }
    }
  }
}

/** Only records with a whole key take part: packaged ones, and those that are refused for something else. */
async function compareByKey(
  sides: { readonly before: Side; readonly after: Side; readonly tally: ChangeTally },
  signal: AbortSignal | undefined,
): Promise<{ readonly old: number; readonly new: number }> {
  const { before, after, tally } = sides;
  const held = new Map<string, Outcome>();
  const unmatched = { old: 0, new: 0 };
  for await (const { key, outcome } of outcomes(before, signal)) {
    // A key that comes twice is refused the second time; the first is the record.
    if (key === undefined || held.has(key)) unmatched.old++;
    else if (held.size < maxHeldRecords) held.set(key, outcome);
    else throw tooMany(before.entity.definition);
  }
  for await (const { key, outcome, at } of outcomes(after, signal)) {
    const old = key === undefined ? undefined : held.get(key);
    if (key === undefined || old === undefined) unmatched.new++;
    else {
      held.delete(key);
      tally.add(old, outcome, at);
    }
  }
  unmatched.old += held.size;
  return unmatched;
}

async function* outcomes(
  side: Side,
  signal: AbortSignal | undefined,
): AsyncGenerator<{ key: string | undefined; outcome: Outcome; at: { file: string; line: number } }> {
  const { project, entity, reader } = side;
  const { schema, mapping, definition } = entity;
  const positions = schema.keys.map((field) => mapping.targetFields.indexOf(field));
  for (const file of sourceFiles(project, definition)) {
    const source = await openPlannedSource(project, entity, file);
    for await (const items of source.source.batches()) {
      if (signal?.aborted === true) throw interrupted();
      for (const item of items) {
        const verdict = reader.judge(source, item);
        const rejection = verdict.kind === "rejected" ? verdict.rejection : undefined;
        const values = verdict.kind === "packaged" ? verdict.values : rejection?.mappedValues;
        const company = verdict.kind === "packaged" ? verdict.legalEntity : rejection?.legalEntity;
        const parts = positions.map((position) => values?.[position] ?? "");
        const whole = parts.length > 0 && parts.every((part) => part.trim() !== "");
        const scope = schema.scope === "shared" ? "" : company;
        const key = whole && scope !== undefined ? normalizeKey([scope, ...parts]) : undefined;
        yield { key, outcome: outcomeOf(verdict), at: item.position };
      }
    }
  }
}

function tooMany(definition: MappingDefinition): DmfpipeError {
  return new DmfpipeError(
    "DMFP-USAGE",
    `The two mappings read different sources, so their records have to be matched by key, and ${definition.file} reads more than ${maxHeldRecords} of them; so many are not held in memory.`,
    { next: "Let both mappings read the same file in the same way, or compare a part of the sources." },
  );
}
