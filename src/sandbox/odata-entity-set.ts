import type { EntityField, EntitySchema } from "../entity/entity-schema.ts";
import type { EnvironmentSetup } from "./environment-setup.ts";
import {
  byName,
  jsonProperty,
  type ODataNavigation,
  type ODataProperty,
  type ODataSet,
  type ODataType,
  singular,
} from "./odata-set.ts";
import { canonicalKey } from "./record-key.ts";

/** A public entity as an entity set. */
export interface EntitySet extends ODataSet {
  readonly entity: EntitySchema;
}

/** The sets of all public entities that have known fields and keys. */
export function entitySets(setup: EnvironmentSetup): readonly EntitySet[] {
  const entities = setup.entities().filter(isPublic);
  return entities.map((entity) => entitySet(setup, entity, entities));
}

function isPublic(entity: EntitySchema): boolean {
  const { fields, keys } = entity;
  return (
    entity.odataCollection !== undefined &&
    keys.length > 0 &&
    keys.every((key) => visible(fields.get(key))) &&
    !entity.fields.has("DATAAREAID")
  );
}

/** A field whose type no source knows was in no $metadata that anybody published. */
function visible(field: EntityField | undefined): field is EntityField {
  return field !== undefined && field.type !== "unknown";
}

/**
 * The rows of an entity: a row of a company carries its name as `dataAreaId`, in lower case as the observed answers
 * have it, and its key begins with it.
 */
function entitySet(setup: EnvironmentSetup, entity: EntitySchema, all: readonly EntitySchema[]): EntitySet {
  const byCompany = entity.scope === "company";
  const company: ODataProperty = {
    name: "dataAreaId",
    type: { kind: "string" },
    column: "dataAreaId",
    value: { text: "company", parameters: [] },
    size: 4,
    mandatory: true,
  };
  const properties = [...entity.fields.values()].filter(visible).map((field) => {
    const size = setup.size(entity, field.name);
    return jsonProperty("content", {
      name: field.odataName,
      type: odataType(entity, field),
      column: field.name,
      ...(size === undefined ? {} : { size }),
      mandatory: field.mandatory || field.key,
    });
  });
  const name = entity.odataCollection ?? "";
  const keys = entity.keys.map((key) => entity.fields.get(key)?.odataName ?? key);
  return {
    entity,
    name,
    typeName: singular(name),
    keys: byCompany ? ["dataAreaId", ...keys] : keys,
    properties: byName(byCompany ? [company, ...properties] : properties),
    navigations: new Map(navigations(entity, all).map((each) => [each.name, each])),
    byCompany,
    select: "company, content",
    source: (only) =>
      byCompany && only !== undefined
        ? { text: "FROM target_row WHERE label = ? AND company = ?", parameters: [entity.label, only] }
        : { text: "FROM target_row WHERE label = ?", parameters: [entity.label] },
    ...lookupOf(entity, byCompany),
    order: "company, key",
    record: (row) => ({
      ...(JSON.parse(String(row["content"])) as Record<string, string>),
      dataAreaId: String(row["company"]).toLowerCase(),
    }),
  };
}

/** Keys of texts are stored in the form in which they compare; other types have several forms of one value. */
function lookupOf(entity: EntitySchema, byCompany: boolean): Pick<ODataSet, "lookup"> {
  if (entity.keys.some((key) => entity.fields.get(key)?.type !== "string")) return {};
  return {
    lookup: (values) => {
      const [company, key] = byCompany ? [values[0] ?? "", values.slice(1)] : ["", values];
      return { text: "company = ? AND key = ?", parameters: [company, canonicalKey(key.map(String))] };
    },
  };
}

/** Enum members are in order of their numbers; the first of them stands for "nothing". */
export function odataType(entity: EntitySchema, field: EntityField): ODataType {
  if (field.type === "enum") {
    const name = field.enumName ?? "";
    return { kind: "enum", name, members: entity.enums.get(name) ?? [] };
  }
  return { kind: field.type === "unknown" ? "string" : field.type };
}

/**
 * Ways along the references of the catalogue, in both directions. Observed: SalesOrderHeadersV2 has SalesOrderLines,
 * SalesOrderLines has SalesOrderHeaderV2, so a way is called like the set or the type it leads to. Assumption: where
 * several lead to the same place, the field that refers is added.
 */
function navigations(entity: EntitySchema, all: readonly EntitySchema[]): readonly ODataNavigation[] {
  const list: ODataNavigation[] = [];
  for (const other of all) {
    for (const many of [false, true]) {
      const [from, to] = many ? [other, entity] : [entity, other];
      const relations = from.relations.filter(({ entity: label }) => label === to.label);
      for (const relation of relations) {
        const referring = relation.fields.map((field) => odataName(from, field));
        const referred = relation.targetFields.map((field) => odataName(to, field));
        if (referring.includes(undefined) || referred.includes(undefined)) continue;
        const collection = other.odataCollection ?? "";
        const name = many ? collection : singular(collection);
        list.push({
          name: relations.length > 1 ? `${name}_${referring.join("_")}` : name,
          target: collection,
          many,
          properties: (many ? referred : referring).map(String),
          targetProperties: (many ? referring : referred).map(String),
        });
      }
    }
  }
  return list.filter(({ name }) => ![...entity.fields.values()].some((field) => field.odataName === name));
}

function odataName(entity: EntitySchema, name: string): string | undefined {
  const field = entity.fields.get(name);
  return visible(field) ? field.odataName : undefined;
}
