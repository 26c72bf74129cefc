import type { SQLInputValue, SQLOutputValue } from "node:sqlite";
import { ActionRefused } from "./action-refused.ts";

/** The namespace of everything that is public. Source: Microsoft's documentation of OData in F&O. */
export const namespace = "Microsoft.Dynamics.DataEntities";

/**
 * A piece of SQL whose text is made of fixed parts of this program alone. Whatever a client sends, and every name
 * that comes from a file, is a parameter.
 */
export interface SqlFragment {
  readonly text: string;
  readonly parameters: readonly SQLInputValue[];
}

export type ODataType =
  | { readonly kind: "decimal" | "int32" | "int64" | "datetime" | "guid" }
  | {
      readonly kind: "string";
      /** A column that is found by an index: the database itself compares it, without regard to ASCII case. */
      readonly indexed?: boolean;
    }
  | {
      readonly kind: "enum";
      /** Without the namespace. */
      readonly name: string;
      /** In order of their numbers; empty where no source knows them. */
      readonly members: readonly string[];
    };

export interface ODataProperty {
  readonly name: string;
  readonly type: ODataType;
  /** Where a record (see ODataSet.record) holds its value. */
  readonly column: string;
  /** The value as the database sees it. */
  readonly value: SqlFragment;
  /** Greatest length of a text, where it is known. */
  readonly size?: number;
  readonly mandatory?: boolean;
}

/** The values of one row by ODataProperty.column; absent and '' are both the empty value of the type. */
export type ODataRecord = Readonly<Record<string, SQLOutputValue | undefined>>;

/** A way from one set to another: the values of `properties` are those of `targetProperties`. */
export interface ODataNavigation {
  readonly name: string;
  readonly target: string;
  readonly many: boolean;
  readonly properties: readonly string[];
  readonly targetProperties: readonly string[];
}

/** An entity set: how it is called, and where its rows stand. */
export interface ODataSet {
  /** Name of the set: `VendorsV2`. */
  readonly name: string;
  /** Name of the entity type: `VendorV2`. */
  readonly typeName: string;
  /** Names of the key properties, in key order. */
  readonly keys: readonly string[];
  readonly properties: ReadonlyMap<string, ODataProperty>;
  readonly navigations: ReadonlyMap<string, ODataNavigation>;
  /** Whether rows belong to companies. */
  readonly byCompany: boolean;
  /** What a SELECT must fetch for `record`. */
  readonly select: string;
  /** From FROM on, with a WHERE to which conditions can be added; the rows of all companies if none is given. */
  source(company: string | undefined): SqlFragment;
  /** A quick way to the row with these key values (see keyValues), where there is one. */
  readonly lookup?: ((values: readonly SQLInputValue[]) => SqlFragment) | undefined;
  /** The order of rows that nobody ordered: total, so that pages do not overlap. */
  readonly order: string;
  record(row: ODataRecord): ODataRecord;
}

/** The property with this name, spelled exactly so. Throws ActionRefused with the words of Microsoft's OData library. */
export function property(set: ODataSet, name: string): ODataProperty {
  const found = set.properties.get(name);
  if (found !== undefined) return found;
  throw queryRefused(`Could not find a property named '${name}' on type '${namespace}.${set.typeName}'.`);
}

/** A query this service does not understand: 400. */
export function queryRefused(text: string): ActionRefused {
  return new ActionRefused(text, { type: "Microsoft.OData.ODataException" });
}

/** The name of a type as $metadata and error texts have it. */
export function typeText(type: ODataType): string {
  const names = {
    string: "Edm.String",
    decimal: "Edm.Decimal",
    int32: "Edm.Int32",
    int64: "Edm.Int64",
    datetime: "Edm.DateTimeOffset",
    guid: "Edm.Guid",
  };
  return type.kind === "enum" ? `${namespace}.${type.name}` : names[type.kind];
}

/** A property whose value stands under `column` in the JSON object of a column of the database. */
export function jsonProperty(
  json: "content" | "value",
  definition: Omit<ODataProperty, "value">,
): ODataProperty {
  const value = { text: `json_extract(${json}, ?)`, parameters: [`$."${definition.column}"`] };
  return { ...definition, value };
}

/** Properties by name. */
export function byName(properties: readonly ODataProperty[]): ReadonlyMap<string, ODataProperty> {
  return new Map(properties.map((each) => [each.name, each]));
}

/** `VendorsV2` → `VendorV2`, `Currencies` → `Currency`, `CustomersBase` → `CustomerBase`: right for the whole catalogue. */
export function singular(collection: string): string {
  const match = /^(.*?)(V\d+)?$/.exec(collection);
  const [, words = collection, version = ""] = match ?? [];
  if (words.endsWith("ies")) return `${words.slice(0, -3)}y${version}`;
  if (words.endsWith("s")) return `${words.slice(0, -1)}${version}`;
  return `${words.replace(/s(?=[A-Z][a-z]+$)/, "")}${version}`;
}
