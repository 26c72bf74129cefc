import type { EntityEvidence, Evidence, FieldEvidence } from "./evidence.ts";

/** What a field of an entity can hold. `unknown`: the facts name the field but not its type, so it is not checked. */
export const fieldTypes = [
  "string",
  "decimal",
  "int32",
  "int64",
  "datetime",
  "enum",
  "guid",
  "unknown",
] as const;

export type FieldType = (typeof fieldTypes)[number];

/** One field of an entity, named as in the staging table: upper case. */
export interface EntityField {
  /** DMF name, upper case: `VENDORACCOUNTNUMBER`. */
  readonly name: string;
  /** OData name: `VendorAccountNumber`. */
  readonly odataName: string;
  readonly type: FieldType;
  /** Name of the enum, for type `enum`. */
  readonly enumName?: string;
  /** Greatest length in UTF-16 code units; absent where no source knows it (F&O itself then decides). */
  readonly size?: number;
  readonly mandatory: boolean;
  readonly key: boolean;
  /** Whether F&O lets nobody write it. Absent: it can be written, as far as anybody knows. */
  readonly readOnly?: true;
  /** Where the doubtful of it comes from. */
  readonly evidence?: FieldEvidence;
}

/** A reference: the values of `fields` must exist as `targetFields` of a record of `entity`, unless empty. */
export interface EntityRelation {
  readonly fields: readonly string[];
  /** DMF label of the entity referred to. */
  readonly entity: string;
  readonly targetFields: readonly string[];
  readonly evidence?: Evidence;
}

/** F&O's own numbering, where a default template shows it. */
export interface TemplateSequence {
  readonly executionUnit: number;
  readonly level: number;
  readonly sequence: number;
}

/** What is known of one data entity. */
export interface EntitySchema {
  /** DMF label, the name packages use: `Vendors V2`. */
  readonly label: string;
  /** AOT name: `VendVendorV2Entity`. */
  readonly aotName: string;
  /** OData collection, where the entity is public. */
  readonly odataCollection?: string;
  /** `company`: one set of records per legal entity. `shared`: the records belong to all of them. */
  readonly scope: "company" | "shared";
  /** Key fields in key order, upper case, without the company. Empty where no source knows them. */
  readonly keys: readonly string[];
  /** Whether the list of fields is known; if not, mappings to this entity are not checked field by field. */
  readonly fieldsKnown: boolean;
  readonly fields: ReadonlyMap<string, EntityField>;
  /** Symbol names of the enums its fields use, in order of their numbers. */
  readonly enums: ReadonlyMap<string, readonly string[]>;
  /** Numbers of the members of an enum, in the same order, where they are known and are not 0, 1, 2 and so on. */
  readonly enumNumbers?: ReadonlyMap<string, readonly number[]>;
  readonly relations: readonly EntityRelation[];
  /** DMF labels of the entities whose records must be there first. */
  readonly parents: readonly string[];
  readonly templateSequence?: TemplateSequence;
  /** Whether F&O imports it in one task only (true), or in several side by side (false). Absent: nobody says. */
  readonly singleThreaded?: boolean;
  /** Whether the environment says that nothing can be imported into it. */
  readonly readOnly?: true;
  /** Where the doubtful of it comes from. */
  readonly evidence?: EntityEvidence;
}
