import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import type { ExpectedRejection, ExpectedRun } from "../../samples/generator/expected.ts";
import { EntityCatalogue } from "../../src/entity/catalogue.ts";
import { KeySet } from "../../src/entity/key-set.ts";
import { normalizeKey } from "../../src/entity/record-key.ts";
import { compileChecks } from "../../src/entity/value-check.ts";
import type { EntitySchema } from "../../src/entity/entity-schema.ts";
import { compileMapping, type CompiledMapping } from "../../src/mapping/compile-mapping.ts";
import { parseLookup } from "../../src/mapping/lookup.ts";
import { readProject } from "../../src/project/project.ts";
import type { MappingDefinition } from "../../src/project/mapping-definition.ts";
import { openSource } from "../../src/source/open-source.ts";
import type { SourceItem } from "../../src/source/source-record.ts";

const root = path.resolve(import.meta.dirname, "../..");
const project = readProject("mappings/project.yaml", root);
const catalogue = EntityCatalogue.builtIn();
const expected = JSON.parse(readFileSync(path.join(root, "samples/expected.json"), "utf8")) as ExpectedRun;

const lookups = new Map(
  ["vendor-groups", "payment-terms", "countries", "languages"].map((name) => {
    const file = `mappings/lookups/${name}.csv`;
    return [name, parseLookup(name, readFileSync(path.join(root, file), "utf8"), file)];
  }),
);

type Found = Pick<ExpectedRejection, "line" | "stage" | "legalEntity"> & {
  readonly codes: readonly string[];
  readonly fields: readonly (string | undefined)[];
};

/** Reads, maps and checks one source as a run does before it builds packages. */
async function offline(definition: MappingDefinition, schema: EntitySchema): Promise<Found[]> {
  const mapping = compileMapping({ definition, schema, lookups });
  const file = definition.sourceFile.value;
  const source = await openSource({
    path: path.join(root, file),
    name: file,
    format: definition.sourceFormat,
    wanted: mapping.sourceColumns,
  });
  const judge = judgeOf(mapping, schema, source.columns);
  const found: Found[] = [];
  for await (const items of source.batches()) found.push(...items.flatMap(judge));
  return found;
}

function judgeOf(
  mapping: CompiledMapping,
  schema: EntitySchema,
  columns: readonly string[],
): (item: SourceItem) => Found[] {
  const mapper = mapping.bind(columns);
  const check = compileChecks(schema, mapping.targetFields);
  const keyIndexes = schema.keys.map((key) => mapping.targetFields.indexOf(key));
  const keys = new KeySet();
  return (item) => {
    const { line } = item.position;
    if (item.kind === "unreadable") return [found(line, "source", "", item.reasons)];
    const result = mapper.map(item);
    if (result.kind === "filtered") return [];
    if (result.kind === "rejected") return [found(line, "mapping", result.legalEntity ?? "", result.reasons)];
    const problems = check(result.values);
    if (problems.length > 0) return [found(line, "validation", result.legalEntity, problems)];
    const key = normalizeKey([result.legalEntity, ...keyIndexes.map((index) => result.values[index] ?? "")]);
    if (keys.add(key, line) === undefined) return [];
    return [found(line, "validation", result.legalEntity, [{ code: "DMFP-KEY-DUPLICATE" }])];
  };
}

function found(
  line: number,
  stage: string,
  legalEntity: string,
  reasons: readonly { readonly code: string; readonly field?: string }[],
): Found {
  return {
    line,
    stage,
    legalEntity,
    codes: reasons.map(({ code }) => code),
    fields: reasons.map(({ field }) => field),
  };
}

test.each(project.mappings)(
  "$sourceFile.value is rejected here as expected.json says",
  async (definition) => {
    const schema = catalogue.find(definition.entity.value);
    if (schema === undefined) throw new Error(`no entity ${definition.entity.value}`);
    const rejected = await offline(definition, schema);
    const wanted = expected.rejections.filter(
      ({ file, stage }) => file === definition.sourceFile.value && stage !== "staging" && stage !== "target",
    );
    expect(rejected.map(({ line, stage, legalEntity }) => ({ line, stage, legalEntity }))).toEqual(
      wanted.map(({ line, stage, legalEntity }) => ({ line, stage, legalEntity })),
    );
    for (const [index, { code, field, kind }] of wanted.entries()) {
      expect(rejected[index]?.codes, `${kind} on line ${rejected[index]?.line ?? 0}`).toContain(code);
      if (field !== undefined) expect(rejected[index]?.fields).toContain(field);
    }
  },
);
