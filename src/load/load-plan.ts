import { globSync } from "node:fs";
import path from "node:path";
import type { EntityCatalogue } from "../entity/catalogue.ts";
import type { EntitySchema } from "../entity/entity-schema.ts";
import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import { Mistakes } from "../errors/mistakes.ts";
import { didYouMean } from "../errors/suggestion.ts";
import { compileMapping, type CompiledMapping, type RecordMapper } from "../mapping/compile-mapping.ts";
import type { TraceRecorder } from "../mapping/trace.ts";
import type { MappingDefinition } from "../project/mapping-definition.ts";
import { resolveInside } from "../project/project-path.ts";
import type { Project } from "../project/project.ts";
import { demandKnownEntities } from "../project/stewards.ts";
import type { EntityToLoad } from "../sequence/dependency-graph.ts";
import { planSequence, type PlannedEntity } from "../sequence/plan-sequence.ts";
import { openSource } from "../source/open-source.ts";
import type { RowReader } from "../source/reread.ts";
import type { OpenSource } from "../source/opened-source.ts";
import { orderedByComposites } from "./composite/composite-order.ts";
import { partIn, resolveComposites, type PlannedComposite } from "./composite/composite-plan.ts";
import { readDeclared, type DeclaredTotals } from "./reading/declared-totals.ts";
import { readResources, type ResourceFile } from "./reading/mapping-resources.ts";
import type { SecondPass } from "./packing/second-pass.ts";

/** One source file of an entity, opened: it exists, has a header, and the mapping finds its columns in it. */
export interface PlannedSource {
  /** Absolute. */
  readonly path: string;
  /** Relative to the root, for people. */
  readonly name: string;
  readonly source: OpenSource;
  readonly mapper: RecordMapper;
  /** How many records stand before its first one; absent: as many as the sources before it have. */
  readonly recordsBefore?: number;
  /** Reads single records again; absent: from the file. */
  readonly openReader?: () => Promise<RowReader>;
}

/** One entity of the load with everything needed to build its packages. */
export interface PlannedLoad {
  /** 1-based position in the order of loading. */
  readonly position: number;
  readonly definition: MappingDefinition;
  readonly schema: EntitySchema;
  readonly mapping: CompiledMapping;
  readonly place: PlannedEntity;
  /** Where its held-back fields are filled; absent: it has one pass only. */
  readonly secondPass?: SecondPass;
  /** The composite entity it is a part of, and which; absent where it is loaded on its own. */
  readonly composite?: { readonly of: PlannedComposite; readonly part: number };
  /** 2 where this is the second pass of an entity (see secondPassOf); absent: the first. */
  readonly pass?: 2;
  readonly sources: readonly PlannedSource[];
  /** Lookups, modules and second sources of the mapping. */
  readonly resourceFiles: readonly ResourceFile[];
  /** What the sender declared of all its sources together. */
  readonly declared: DeclaredTotals;
  /**
   * Keys that records beside those of the sources have in F&O, and where these stand, for people. A key is the company
   * ("" for a shared entity), a line feed, and the normalized key; see entity/record-key.ts.
   */
  readonly takenKeys?: ReadonlyMap<string, string>;
}

/** A mapping that was compiled against its entity. */
export type CompiledEntity = Pick<
  PlannedLoad,
  "definition" | "schema" | "mapping" | "resourceFiles" | "takenKeys"
>;

/**
 * Makes everything ready that can be checked without reading records: mappings compiled against the catalogue,
 * lookups read, sources found and opened, columns found in their headers, entities in the order of loading.
 *
 * Throws DMFP-MAPPING-*, DMFP-LOOKUP-*, DMFP-SEQUENCE-CIRCLE, DMFP-PATH-OUTSIDE and DMFP-SOURCE-*: whatever is
 * wrong with the configuration comes out here, before anything is written or sent. The mistakes of all mappings and
 * of all their sources are in one error (see mistakesOf). `sources: "not needed"`: they are neither looked for nor opened.
 */
export async function planLoad(
  project: Project,
  catalogue: EntityCatalogue,
  options: { readonly sources?: "not needed" } = {},
): Promise<readonly PlannedLoad[]> {
  const { compiled, mistakes: found } = await compileMappings(project, catalogue);
  const mistakes = new Mistakes(found);
  const sources = new Map<string, readonly PlannedSource[]>();
  for (const definition of project.mappings) {
    const mapping = compiled.find((candidate) => candidate.definition === definition)?.mapping;
    if (options.sources === "not needed") continue;
    sources.set(definition.file, await openSources(project, { definition, mapping }, mistakes));
  }
  const composites = resolveComposites({ project, catalogue, compiled }, mistakes);
  mistakes.attempt(() => {
    demandKnownEntities(project.stewardship, [
      ...project.mappings.map(({ entity }) => entity.value),
      ...catalogue.labels(),
    ]);
  });
  // The order depends on what the mappings fill, so it is known only when all of them are right.
  const places =
    found.length > 0 ? undefined : mistakes.attempt(() => order(project, { compiled, composites }));
  mistakes.demandNone();
  const passes = secondPasses(places ?? []);
  return (places ?? []).map((place, index) => {
    const planned = compiled.find((candidate) => candidate.schema.label === place.entity);
    if (planned === undefined)
      throw new DmfpipeError("DMFP-BUG", `The plan names ${place.entity}, no mapping does.`);
    const opened = sources.get(planned.definition.file) ?? [];
    const declared = readDeclared(project, planned.definition, opened);
    const secondPass = passes.get(place.entity);
    const composite = partIn(composites, place.entity);
    return {
      ...planned,
      position: index + 1,
      place,
      ...(composite === undefined ? {} : { composite }),
      ...(secondPass === undefined ? {} : { secondPass }),
      sources: opened,
      declared,
    };
  });
}

/**
 * Compiles every mapping of the project, whatever is wrong with the others: those that are right, and the mistakes
 * of those that are not, each with its place. Opens no source but those that are joined.
 */
export async function compileMappings(
  project: Project,
  catalogue: EntityCatalogue,
): Promise<{ readonly compiled: readonly CompiledEntity[]; readonly mistakes: readonly DmfpipeError[] }> {
  const compiled: CompiledEntity[] = [];
  const mistakes = new Mistakes();
  for (const definition of project.mappings) {
    const entity = await mistakes.attemptLater(() => compileEntity(project, definition, { catalogue }));
    if (entity !== undefined) compiled.push(entity);
  }
  mistakes.attempt(() => {
    assertOneMappingEach(project.mappings);
  });
  return { compiled, mistakes: mistakes.found };
}

/**
 * Compiles one mapping. With a recorder, every value it computes can be explained. Throws DMFP-MAPPING-*,
 * DMFP-LOOKUP-*, DMFP-MODULE-INVALID and DMFP-JOIN-INVALID.
 */
export async function compileEntity(
  project: Project,
  definition: MappingDefinition,
  options: { readonly catalogue: EntityCatalogue; readonly recorder?: TraceRecorder },
): Promise<CompiledEntity> {
  const { catalogue, recorder } = options;
  const schema = findSchema(definition, catalogue);
  const { files, ...resources } = await readResources(project, definition, {
    keepPlaces: recorder !== undefined,
  });
  const mapping = compileMapping({
    definition,
    schema,
    recorder,
    ...resources,
    ...(project.defaultLegalEntity === undefined ? {} : { defaultLegalEntity: project.defaultLegalEntity }),
  });
  return { definition, schema, mapping, resourceFiles: files };
}

function order(
  project: Project,
  {
    compiled,
    composites,
  }: { readonly compiled: readonly CompiledEntity[]; readonly composites: readonly PlannedComposite[] },
): readonly PlannedEntity[] {
  const entities = orderedByComposites(compiled.map(entityToLoad), composites);
  return planSequence(entities, { executionUnits: project.packages.executionUnits });
}

/** What the order of loading depends on. */
export function entityToLoad({ schema, mapping, definition }: CompiledEntity): EntityToLoad {
  return {
    schema,
    fields: mapping.targetFields,
    dependsOn: definition.dependsOn.map((label) => label.value),
    heldBack: (definition.twoPass ?? []).map((field) => field.value),
  };
}

/** By label; in the order of the first passes, and behind all of them. */
function secondPasses(places: readonly PlannedEntity[]): ReadonlyMap<string, SecondPass> {
  const passes = new Map<string, SecondPass>();
  for (const { entity, secondPass } of places) {
    if (secondPass === undefined) continue;
    const { heldBack, ...place } = secondPass;
    passes.set(entity, { position: places.length + passes.size + 1, place, heldBack });
  }
  return passes;
}

function findSchema(definition: MappingDefinition, catalogue: EntityCatalogue): EntitySchema {
  const { value: label, line, column } = definition.entity;
  const schema = catalogue.find(label);
  if (schema !== undefined) return schema;
  throw new DmfpipeError(
    "DMFP-MAPPING-ENTITY",
    `${definition.file} is for the entity "${label}", which the catalogue does not have.${didYouMean(label, catalogue.labels())}`,
    { at: { file: definition.file, line, column } },
  );
}

function assertOneMappingEach(mappings: readonly MappingDefinition[]): void {
  const seen = new Map<string, string>();
  for (const { file, entity } of mappings) {
    const other = seen.get(entity.value);
    if (other !== undefined) {
      throw new DmfpipeError(
        "DMFP-MAPPING-INVALID",
        `${file} and ${other} are both for the entity ${entity.value}.`,
        {
          at: { file, line: entity.line, column: entity.column },
          next: "Put all sources of an entity into one mapping: source.file may be a pattern such as samples/vendors-*.csv.",
        },
      );
    }
    seen.set(entity.value, file);
  }
}

/** Opens the sources of a mapping; of one with mistakes only to see whether they can be opened. */
async function openSources(
  project: Project,
  entity: { readonly definition: MappingDefinition; readonly mapping: CompiledMapping | undefined },
  mistakes: Mistakes,
): Promise<PlannedSource[]> {
  const { definition, mapping } = entity;
  const sources: PlannedSource[] = [];
  for (const file of mistakes.attempt(() => sourceFiles(project, definition)) ?? []) {
    await mistakes.attemptLater(async () => {
      if (mapping === undefined) await openFile(project, definition, { file, wanted: [] });
      else sources.push(await openPlannedSource(project, { definition, mapping }, file));
    });
  }
  return sources;
}

/** Opens one source file of a mapping. Throws DMFP-SOURCE-* and DMFP-MAPPING-COLUMN. */
export async function openPlannedSource(
  project: Project,
  entity: Pick<CompiledEntity, "definition" | "mapping">,
  file: string,
): Promise<PlannedSource> {
  const { definition, mapping } = entity;
  const source = await openFile(project, definition, { file, wanted: mapping.sourceColumns });
  return {
    path: file,
    name: path.relative(project.root, file),
    source,
    mapper: mapping.bind(source.columns),
  };
}

async function openFile(
  project: Project,
  definition: MappingDefinition,
  options: { readonly file: string; readonly wanted: readonly string[] },
): Promise<OpenSource> {
  const { file, wanted } = options;
  const name = path.relative(project.root, file);
  return await openSource({ path: file, name, format: definition.sourceFormat, wanted });
}

/** The files `source.file` names, in name order. A pattern that finds nothing is an error like a missing file. */
export function sourceFiles(project: Project, definition: MappingDefinition): string[] {
  const { value: configured, line, column } = definition.sourceFile;
  const at = { file: definition.file, line, column };
  const { root, sourceRoots } = project;
  if (!/[*?{[]/.test(configured)) return [resolveInside({ root, sourceRoots, configured, at })];
  const found = globSync(configured, { cwd: root })
    .map((match) => resolveInside({ root, sourceRoots, configured: match, at }))
    .sort();
  if (found.length > 0) return found;
  throw new DmfpipeError("DMFP-SOURCE-MISSING", `${definition.file}: no file matches ${configured}.`, { at });
}
