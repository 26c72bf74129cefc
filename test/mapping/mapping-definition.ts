import type { EntityField, EntitySchema, FieldType } from "../../src/entity/entity-schema.ts";
import { compileMapping, type CompiledMapping } from "../../src/mapping/compile-mapping.ts";
import { parseLookup, type Lookup } from "../../src/mapping/lookup.ts";
import type { MapResult } from "../../src/mapping/map-result.ts";
import type { Located, MappingDefinition } from "../../src/project/mapping-definition.ts";

export interface MappingText {
  readonly fields?: Readonly<Record<string, string>>;
  readonly legalEntity?: string | undefined;
  readonly where?: string;
  readonly controlTotals?: Readonly<Record<string, string>>;
}

/** Fields of the entity the mappings of these tests are for; A is its key. */
const fieldTypes: Readonly<Record<string, FieldType>> = {
  A: "string",
  B: "string",
  AMOUNT: "decimal",
  DAY: "datetime",
  KIND: "enum",
};

export const schema: EntitySchema = {
  label: "Test things",
  aotName: "TestThingEntity",
  scope: "company",
  keys: ["A"],
  fieldsKnown: true,
  fields: new Map(
    Object.entries(fieldTypes).map(([name, type]): [string, EntityField] => [
      name,
      { name, odataName: name, type, mandatory: false, key: name === "A" },
    ]),
  ),
  enums: new Map(),
  relations: [],
  parents: [],
};

export const lookups: ReadonlyMap<string, Lookup> = new Map([
  [
    "vendor-groups",
    parseLookup("vendor-groups", "from,to\nLIEF,DOM-GOODS\n0001,DOM-GEN\n", "lookups/vendor-groups.csv"),
  ],
]);

/** A mapping as its file would give it: line 10 for the legal entity, 11 for where, from 12 on the fields. */
export function definition(text: MappingText): MappingDefinition {
  const at = (value: string, line: number, column = 5): Located<string> => ({ value, line, column });
  const fields = Object.entries(text.fields ?? { A: "X" });
  const legalEntity = "legalEntity" in text ? text.legalEntity : "USMF";
  return {
    file: "mappings/test.yaml",
    entity: at("Test things", 1, 9),
    sourceFile: at("x.csv", 2),
    sourceFormat: { maxRecordBytes: 1000 },
    ...(legalEntity === undefined ? {} : { legalEntity: at(legalEntity, 10) }),
    ...(text.where === undefined ? {} : { where: at(text.where, 11) }),
    fields: fields.map(([name, expression], index) => ({
      name: at(name, 12 + index, 3),
      expression: at(expression, 12 + index, 20),
    })),
    dependsOn: [],
    controlTotals: new Map(
      Object.entries(text.controlTotals ?? {}).map(([name, column]) => [name, at(column, 30)]),
    ),
  };
}

export function compile(text: MappingText): CompiledMapping {
  return compileMapping({ definition: definition(text), schema, lookups });
}

/** Maps one record with the given columns. */
export function mapOne(mapping: CompiledMapping, record: Readonly<Record<string, string>>): MapResult {
  return mapping.bind(Object.keys(record)).map({
    kind: "record",
    position: { file: "x.csv", line: 2, record: 1, byteOffset: 0, byteLength: 1 },
    values: Object.values(record),
  });
}

/** What an expression makes of a record: its value, or the messages of its reasons. */
export function evaluate(
  expression: string,
  record: Readonly<Record<string, string>>,
): { readonly value: string } | { readonly messages: readonly string[] } {
  const result = mapOne(compile({ fields: { A: expression } }), record);
  if (result.kind === "rejected") return { messages: result.reasons.map((reason) => reason.message) };
  return { value: result.kind === "mapped" ? (result.values[0] ?? "") : "" };
}
