import type { EntityField, EntitySchema, FieldType } from "../../src/entity/entity-schema.ts";
import {
  compileMapping,
  type CompiledMapping,
  type CompileOptions,
} from "../../src/mapping/compile-mapping.ts";
import { parseLookup, type Lookup } from "../../src/mapping/lookup.ts";
import type { MapResult } from "../../src/mapping/map-result.ts";
import type { Located } from "../../src/project/located.ts";
import type { MappingDefinition } from "../../src/project/mapping-definition.ts";

export interface MappingText {
  readonly fields?: Readonly<Record<string, string>>;
  readonly legalEntity?: string | undefined;
  readonly where?: string;
  readonly controlTotals?: Readonly<Record<string, string>>;
  readonly joins?: readonly JoinText[];
  readonly expectations?: MappingDefinition["expectations"];
  readonly generated?: readonly string[];
}

export interface JoinText {
  readonly name: string;
  readonly key: readonly string[];
  readonly on: readonly string[];
  readonly missing?: "reject" | "empty";
}

/** What mappings are compiled with beside their own text. */
export type Resources = Partial<Pick<CompileOptions, "lookups" | "modules" | "joins" | "recorder">>;

/** Fields of the entity the mappings of these tests are for; A is its key. */
const fieldTypes: Readonly<Record<string, FieldType>> = {
  A: "string",
  B: "string",
  AMOUNT: "decimal",
  DAY: "datetime",
  KIND: "enum",
  ONHOLD: "enum",
  ISACTIVE: "enum",
  COUNT: "int32",
  SHORT: "string",
};

/** Enums of which the members are known, by field. */
const enumNames: Readonly<Record<string, string>> = { ONHOLD: "VendBlocked", ISACTIVE: "NoYes" };

export const schema: EntitySchema = {
  label: "Test things",
  aotName: "TestThingEntity",
  scope: "company",
  keys: ["A"],
  fieldsKnown: true,
  fields: new Map(
    Object.entries(fieldTypes).map(([name, type]): [string, EntityField] => [
      name,
      {
        name,
        odataName: name,
        type,
        mandatory: false,
        key: name === "A",
        ...(enumNames[name] === undefined ? {} : { enumName: enumNames[name] }),
        ...(name === "SHORT" ? { size: 5 } : {}),
      },
    ]),
  ),
  enums: new Map([
    ["VendBlocked", ["No", "Invoice", "All", "Payment", "PurchOrder"]],
    ["NoYes", ["No", "Yes"]],
  ]),
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
    joins: (text.joins ?? []).map((join, index) => ({
      name: at(join.name, 40 + index, 3),
      sourceFile: at(`${join.name}.csv`, 40 + index, 20),
      sourceFormat: { maxRecordBytes: 1000 },
      key: join.key.map((column) => at(column, 40 + index, 40)),
      on: join.on.map((expression) => at(expression, 40 + index, 60)),
      missing: join.missing ?? "reject",
    })),
    dependsOn: [],
    expectations: text.expectations ?? [],
    package: {
      shared: {},
      keepTogether: [],
      generated: (text.generated ?? []).map((field, index) => at(field, 50 + index)),
      defaults: new Map(),
      conversions: new Map(),
      columns: new Map(),
    },
    controlTotals: new Map(
      Object.entries(text.controlTotals ?? {}).map(([name, column]) => [name, at(column, 30)]),
    ),
  };
}

export function compile(text: MappingText, resources: Resources = {}): CompiledMapping {
  return compileMapping({ definition: definition(text), schema, lookups, ...resources });
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
  options: {
    readonly field?: string;
    readonly joins?: readonly JoinText[];
    readonly resources?: Resources;
  } = {},
): { readonly value: string } | { readonly messages: readonly string[] } {
  const { field = "A", joins = [], resources } = options;
  const fields = field === "A" ? { A: expression } : { A: '"key"', [field]: expression };
  const mapping = compile({ fields, joins }, resources);
  const result = mapOne(mapping, record);
  if (result.kind === "rejected") return { messages: result.reasons.map((reason) => reason.message) };
  return {
    value: result.kind === "mapped" ? (result.values[mapping.targetFields.indexOf(field)] ?? "") : "",
  };
}
