import type { EntitySchema } from "../../entity/entity-schema.ts";
import { columnText, pipe } from "../../mapping/propose/expression-writing.ts";
import { exportedValueSteps } from "../../mapping/propose/exported-values.ts";
import { isWanted } from "../../mapping/propose/proposed-field.ts";
import type { TemplateField } from "../../mapping/propose/template-text.ts";
import { fieldMap, type FieldMap } from "../../package/field-map.ts";
import type { ManifestEntity } from "../../package/manifest.ts";
import type { ColumnProfile } from "../../source/column-profile.ts";
import { carriedValues } from "./carried-values.ts";
import type { DataFileSource } from "./data-file-source.ts";

/** The field map of an entity in the words of a mapping. */
export interface TemplateFields {
  readonly fields: readonly TemplateField[];
  readonly generated: readonly string[];
  readonly defaults: Readonly<Record<string, string>>;
  readonly conversions: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Field → name of its column in the data file, where it is another than the field's. */
  readonly columns: Readonly<Record<string, string>>;
  /** Columns of the data file that no map takes. */
  readonly unmapped: readonly string[];
  /** What the mapping cannot say, each a sentence's part. */
  readonly lost: readonly string[];
}

export interface TemplateFieldsOptions {
  readonly entity: Pick<ManifestEntity, "fields">;
  readonly schema: EntitySchema;
  readonly source: DataFileSource;
  /** The data file belongs to several entities: fields that are not this one's belong to another. */
  readonly part: boolean;
}

/** Goes through the map of an entity, in its order. Where the package has none, the columns of its data file are taken. */
export function templateFields(options: TemplateFieldsOptions): TemplateFields {
  const { schema, source } = options;
  const maps = wantedMaps(options);
  const fields: TemplateField[] = [];
  const generated: string[] = [];
  const defaults: Record<string, string> = {};
  const conversions: Record<string, Readonly<Record<string, string>>> = {};
  const columns: Record<string, string> = {};
  const lost: string[] = [];
  const seen = new Set<string>();
  const taken = new Set<string>();
  for (const map of maps) {
    const { field } = map;
    if (seen.has(field)) {
      lost.push(`${field}: it is mapped twice, the second time from ${map.column}`);
      continue;
    }
    seen.add(field);
    const refusal = refusalOf(schema, field);
    const carried = carriedValues(schema, map);
    lost.push(...carried.lost.map((what) => `${field}: ${what}`));
    const column = columnOf(source, map.column);
    if (column !== undefined) taken.add(column.name);
    if (refusal === undefined && carried.default !== undefined) defaults[field] = carried.default;
    if (carried.generated) {
      if (refusal === undefined) generated.push(field);
      else fields.push({ field, leftOut: `F&O generates it, but ${refusal}` });
      continue;
    }
    if (map.column === "" && carried.default !== undefined && refusal === undefined) continue;
    const line = fieldLine(field, { map, column, refusal, schema, source });
    fields.push(line);
    if (line.leftOut !== undefined) continue;
    if (Object.keys(carried.conversions).length > 0) conversions[field] = carried.conversions;
    if (map.column.toUpperCase() === field) continue;
    // Column names are written in upper case, as F&O writes them.
    if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(map.column)) columns[field] = map.column.toUpperCase();
    else
      lost.push(`${field}: its column is called ${JSON.stringify(map.column)}, which dmfpipe cannot write`);
  }
  const filled = new Set([...generated, ...Object.keys(defaults), ...seen]);
  const wanted = [...schema.fields.values()].filter((field) => isWanted(field) && !filled.has(field.name));
  for (const { name } of wanted) {
    fields.push({ field: name, leftOut: "F&O wants it filled in, and the package has no column for it" });
  }
  const unmapped =
    source.kind === "none"
      ? []
      : source.columns.map(({ name }) => name).filter((name) => !taken.has(name) && !name.startsWith("../"));
  return { fields, generated, defaults, conversions, columns, unmapped, lost };
}

/** The words for a field that only a schema pull can make known. */
export const unknownToCatalogue = "the catalogue knows no such field";

type ColumnMap = FieldMap & { readonly column: string };

function wantedMaps({ entity, schema, source, part }: TemplateFieldsOptions): readonly ColumnMap[] {
  const maps = entity.fields.map(fieldMap).map((map) => ({ ...map, field: map.field.toUpperCase() }));
  if (maps.length > 0) return part ? maps.filter(({ field }) => schema.fields.has(field)) : maps;
  if (source.kind === "none") return [];
  return source.columns
    .map(({ name }) => plainColumn(name))
    .filter((name) => schema.fields.has(name.toUpperCase()))
    .map((name) => ({ field: name.toUpperCase(), column: name }));
}

/** Why a mapping may not fill the field. */
function refusalOf(schema: EntitySchema, field: string): string | undefined {
  if (field === "DATAAREAID") return "the company is said by legalEntity";
  if (schema.fieldsKnown && !schema.fields.has(field)) {
    return `${unknownToCatalogue} of ${schema.label}`;
  }
  return schema.fields.get(field)?.readOnly === true ? "F&O lets nobody fill it" : undefined;
}

function fieldLine(
  field: string,
  known: {
    readonly map: ColumnMap;
    readonly column: ColumnProfile | undefined;
    readonly refusal: string | undefined;
    readonly schema: EntitySchema;
    readonly source: DataFileSource;
  },
): TemplateField {
  const { map, column, refusal, schema, source } = known;
  if (map.column === "") return { field, leftOut: refusal ?? "the package gives it no column" };
  const name =
    column?.name ??
    (source.kind === "xml" && source.fieldsIn === "attributes" ? `@${map.column}` : map.column);
  const read = columnText(name);
  if (read === undefined) return { field, leftOut: refusal ?? `no expression can name its column, ${name}` };
  const expression = pipe(read, exportedValueSteps(schema, schema.fields.get(field), column));
  if (refusal !== undefined) return { field, expression, leftOut: refusal };
  // An XML file shows only what its records have; the header of a text file is all there is.
  if (source.kind === "delimited" && column === undefined) {
    return { field, expression, leftOut: "the data file has no such column" };
  }
  return { field, expression };
}

/** The column of the data file, whose name may differ in case; in a nested record, also one of the record around it. */
function columnOf(source: DataFileSource, wanted: string): ColumnProfile | undefined {
  if (source.kind === "none" || wanted === "") return undefined;
  const same = source.columns.filter(({ name }) => plainColumn(name).toUpperCase() === wanted.toUpperCase());
  return same.find(({ name }) => !name.startsWith("../")) ?? same[0];
}

/** `@NAME` and `../NAME` without what leads to it. */
function plainColumn(name: string): string {
  return name.replace(/^(?:\.\.\/)*@?/, "");
}
