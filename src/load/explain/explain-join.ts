import path from "node:path";
import type { EntityCatalogue } from "../../entity/catalogue.ts";
import { joinKey } from "../../mapping/join-table.ts";
import { mappingNeeds } from "../../mapping/mapping-needs.ts";
import type { JoinDefinition, MappingDefinition } from "../../project/mapping-definition.ts";
import { resolveInside } from "../../project/project-path.ts";
import type { Project } from "../../project/project.ts";
import { openSource } from "../../source/open-source.ts";
import { findRecord, type WantedRecord } from "./find-record.ts";
import { compileEntity, openPlannedSource, sourceFiles } from "../load-plan.ts";

/** Most partners that are named; all of them are counted. */
const partnersNamed = 10;

/** A record of a second source, and the records that look it up. */
export interface ExplainedJoin {
  readonly join: string;
  readonly entity: string;
  readonly mapping: string;
  readonly file: string;
  readonly line: number;
  readonly lastLine: number;
  readonly raw: string;
  readonly key: readonly { readonly column: string; readonly value: string }[];
  /** Values of the columns the mapping uses. */
  readonly values: readonly { readonly column: string; readonly value: string }[];
  /** Records of the first source with this key: the first ten, and how many there are. */
  readonly partners: readonly { readonly file: string; readonly line: number }[];
  readonly partnersInAll: number;
}

/**
 * The story of a record of a second source: its key, and which records of the mapping's own source find it. Reads all
 * of that source. Errors: as explainRecord.
 */
export async function explainJoin(
  project: Project,
  use: { readonly definition: MappingDefinition; readonly join: JoinDefinition },
  options: { readonly wanted: WantedRecord; readonly catalogue: EntityCatalogue },
): Promise<ExplainedJoin> {
  const { definition, join } = use;
  const compiled = await compileEntity(project, definition, { catalogue: options.catalogue });
  const { root, sourceRoots } = project;
  const at = { file: definition.file };
  const file = resolveInside({ root, sourceRoots, configured: join.sourceFile.value, at });
  const name = path.relative(root, file);
  const keys = join.key.map((key) => key.value);
  const used = mappingNeeds(definition).joinColumns.get(join.name.value) ?? [];
  const wantedColumns = [...new Set([...keys, ...used])];
  const source = await openSource({ path: file, name, format: join.sourceFormat, wanted: wantedColumns });
  const found = await findRecord({ path: file, name, format: join.sourceFormat, source }, options.wanted);
  const read = found.item.kind === "record" ? found.item.values : [];
  const valueOf = (column: string): string => read[source.columns.indexOf(column)] ?? "";
  const key = keys.map((column) => ({ column, value: valueOf(column) }));
  const partners: { file: string; line: number }[] = [];
  let partnersInAll = 0;
  const wanted = joinKey(key.map(({ value }) => value));
  const findable = key.some(({ value }) => value !== "");
  for (const sourceFile of findable ? sourceFiles(project, definition) : []) {
    const first = await openPlannedSource(project, compiled, sourceFile);
    const keyOf = compiled.mapping.bindJoinKey(join.name.value, first.source.columns);
    for await (const items of first.source.batches()) {
      for (const item of items) {
        if (item.kind !== "record" || keyOf(item) !== wanted) continue;
        partnersInAll++;
        if (partners.length < partnersNamed)
          partners.push({ file: item.position.file, line: item.position.line });
      }
    }
  }
  return {
    join: join.name.value,
    entity: definition.entity.value,
    mapping: definition.file,
    file: name,
    line: found.item.position.line,
    lastLine: found.lastLine,
    raw: found.raw,
    key,
    values: used.map((column) => ({ column, value: valueOf(column) })),
    partners,
    partnersInAll,
  };
}
