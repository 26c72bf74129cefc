import { globSync } from "node:fs";
import path from "node:path";
import type { EntityCatalogue } from "../entity/catalogue.ts";
import type { EntitySchema } from "../entity/entity-schema.ts";
import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import { didYouMean } from "../errors/suggestion.ts";
import { compileMapping, type CompiledMapping, type RecordMapper } from "../mapping/compile-mapping.ts";
import type { MappingDefinition } from "../project/mapping-definition.ts";
import { resolveInside } from "../project/project-path.ts";
import type { Project } from "../project/project.ts";
import { planSequence, type PlannedEntity } from "../sequence/plan-sequence.ts";
import { openSource } from "../source/open-source.ts";
import type { OpenSource } from "../source/source-record.ts";
import { readResources, type ResourceFile } from "./mapping-resources.ts";

/** One source file of an entity, opened: it exists, has a header, and the mapping finds its columns in it. */
export interface PlannedSource {
  /** Absolute. */
  readonly path: string;
  /** Relative to the root, for people. */
  readonly name: string;
  readonly source: OpenSource;
  readonly mapper: RecordMapper;
}

/** One entity of the load with everything needed to build its packages. */
export interface PlannedLoad {
  /** 1-based position in the order of loading. */
  readonly position: number;
  readonly definition: MappingDefinition;
  readonly schema: EntitySchema;
  readonly mapping: CompiledMapping;
  readonly place: PlannedEntity;
  readonly sources: readonly PlannedSource[];
  /** Lookups, modules and second sources of the mapping. */
  readonly resourceFiles: readonly ResourceFile[];
}

type CompiledEntity = Pick<PlannedLoad, "definition" | "schema" | "mapping" | "resourceFiles">;

/**
 * Makes everything ready that can be checked without reading records: mappings compiled against the catalogue,
 * lookups read, sources found and opened, columns found in their headers, entities in the order of loading.
 *
 * Throws DMFP-MAPPING-*, DMFP-LOOKUP-*, DMFP-SEQUENCE-CIRCLE, DMFP-PATH-OUTSIDE and DMFP-SOURCE-*: whatever is
 * wrong with the configuration comes out here, before anything is written or sent.
 */
export async function planLoad(
  project: Project,
  catalogue: EntityCatalogue,
): Promise<readonly PlannedLoad[]> {
  const compiled: CompiledEntity[] = [];
  for (const definition of project.mappings) {
    const schema = findSchema(definition, catalogue);
    const { files, ...resources } = await readResources(project, definition);
    const mapping = compileMapping({
      definition,
      schema,
      ...resources,
      ...(project.defaultLegalEntity === undefined ? {} : { defaultLegalEntity: project.defaultLegalEntity }),
    });
    compiled.push({ definition, schema, mapping, resourceFiles: files });
  }
  assertOneMappingEach(project.mappings);
  const places = planSequence(
    compiled.map(({ schema, mapping, definition }) => ({
      schema,
      fields: mapping.targetFields,
      dependsOn: definition.dependsOn.map((label) => label.value),
    })),
  );
  const planned: PlannedLoad[] = [];
  for (const [index, place] of places.entries()) {
    const found = compiled.find((candidate) => candidate.schema.label === place.entity);
    if (found === undefined)
      throw new DmfpipeError("DMFP-BUG", `The plan names ${place.entity}, no mapping does.`);
    planned.push({ ...found, position: index + 1, place, sources: await openSources(project, found) });
  }
  return planned;
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

async function openSources(
  project: Project,
  entity: { readonly definition: MappingDefinition; readonly mapping: CompiledMapping },
): Promise<PlannedSource[]> {
  const { definition, mapping } = entity;
  const sources: PlannedSource[] = [];
  for (const file of sourceFiles(project, definition)) {
    const name = path.relative(project.root, file);
    const source = await openSource({
      path: file,
      name,
      format: definition.sourceFormat,
      wanted: mapping.sourceColumns,
    });
    sources.push({ path: file, name, source, mapper: mapping.bind(source.columns) });
  }
  return sources;
}

/** The files `source.file` names, in name order. A pattern that finds nothing is an error like a missing file. */
function sourceFiles(project: Project, definition: MappingDefinition): string[] {
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
