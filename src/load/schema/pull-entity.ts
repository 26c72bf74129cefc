import type { EntitySchema, FieldType } from "../../entity/entity-schema.ts";
import type { PulledEntity, PulledEnum, PulledField } from "../../entity/pulled-schema.ts";
import { withoutUndefined } from "../../entity/without-undefined.ts";
import type {
  DataEntity,
  EntityMetadata,
  ManagedEntity,
  PublicProperty,
  TargetField,
} from "../../environment/entity-metadata.ts";

/** What was found of one entity, and where. */
export interface PulledParts {
  readonly entity: PulledEntity;
  /** Its enums by name. */
  readonly enums: ReadonlyMap<string, PulledEnum>;
  /** Whether it is public: only then the environment tells types, keys and OData names. */
  readonly isPublic: boolean;
  /** How many of its fields have a length that the environment told. */
  readonly sizes: number;
  /** What was missing, in words for people. */
  readonly notes: readonly string[];
}

/** What an entity is in the two lists of an environment. */
export interface ListedEntity {
  readonly managed: ManagedEntity;
  /** Absent where the list of data entities lacks it: then it is taken as not public. */
  readonly data?: DataEntity | undefined;
}

/**
 * Reads one entity: its properties where it is public, the fields of its staging table, and the enums it uses.
 * `known` is what dmfpipe knows of it: it tells texts from numbers where the environment does not.
 *
 * A property is the staging field of the same name in upper case (so it is in all published metadata). A property
 * without a staging field stays: the staging list of an environment may be older than the entity. Fields that a
 * configuration key switches off are left out: nothing can be loaded into them. Throws what EntityMetadata throws.
 */
export async function pullEntity(
  metadata: EntityMetadata,
  listed: ListedEntity,
  options: {
    readonly known: EntitySchema | undefined;
    readonly enumOf: (name: string) => Promise<PulledEnum | undefined>;
  },
): Promise<PulledParts> {
  const { managed, data } = listed;
  const { known, enumOf } = options;
  const label = managed.EntityName;
  const publicName = data?.PublicEntityName ?? "";
  const found = publicName === "" ? undefined : await metadata.publicEntity(publicName);
  const staging = new Map(
    (await metadata.targetFields(label))
      .filter((row) => !row.IsSystem && !isCompany(row.StagingField))
      .map((row) => [row.StagingField.toUpperCase(), row]),
  );
  const properties = (found?.Properties ?? []).filter(({ Name }) => !isCompany(Name));
  const usable = properties.filter(({ ConfigurationEnabled }) => ConfigurationEnabled !== false);
  const fields: Record<string, PulledField> = {};
  for (const property of usable) {
    const name = property.Name.toUpperCase();
    fields[name] = publicField(property, staging.get(name));
  }
  const told = new Set(properties.map(({ Name }) => Name.toUpperCase()));
  for (const [name, row] of staging) {
    if (!told.has(name)) fields[name] = stagingField(row, known?.fields.get(name)?.type);
  }
  const enums = await enumsOf(fields, enumOf);
  const isPublic = found !== undefined;
  const entity: PulledEntity = withoutUndefined({
    aotName: managed.TargetName === "" ? (data?.Name ?? known?.aotName ?? label) : managed.TargetName,
    odataCollection: isPublic ? found.EntitySetName || data?.PublicCollectionName : undefined,
    stagingTable: managed.StagingTableName === "" ? undefined : managed.StagingTableName,
    scope: scopeOf(found?.Properties ?? [], managed),
    keys: isPublic ? usable.filter(({ IsKey }) => IsKey).map(({ Name }) => Name.toUpperCase()) : undefined,
    readOnly: data?.IsReadOnly === true || found?.IsReadOnly === true ? (true as const) : undefined,
    publicFieldsOnly: staging.size === 0 ? (true as const) : undefined,
    fields,
  });
  const sizes = Object.values(fields).filter(({ size }) => size !== undefined).length;
  const switchedOff = properties.length - usable.length;
  const notes = [
    ...(isPublic ? [] : [notPublicNote(known)]),
    ...(staging.size === 0 ? ["no field lengths: its staging fields are not listed"] : []),
    ...(switchedOff === 0 ? [] : [`left out ${switchedOff} that a configuration key switches off`]),
    ...(entity.readOnly === true ? ["nothing can be imported into it"] : []),
    ...(Object.keys(fields).length === 0 ? ["no fields at all"] : []),
  ];
  return { entity, enums, isPublic, sizes, notes };
}

function notPublicNote(known: EntitySchema | undefined): string {
  if (known === undefined) return "not public: types, keys and OData names are unknown";
  return "not public: types, keys and OData names as dmfpipe knows them";
}

/** The company of a record is no field of a package: it comes from the import. */
function isCompany(name: string): boolean {
  return name.toUpperCase() === "DATAAREAID";
}

function scopeOf(properties: readonly PublicProperty[], managed: ManagedEntity): "company" | "shared" {
  if (properties.some(({ Name, IsKey }) => IsKey && isCompany(Name))) return "company";
  return managed.IsShared ? "shared" : "company";
}

function publicField(property: PublicProperty, row: TargetField | undefined): PulledField {
  const { type, enumName } = typeOf(property);
  const neverWritable = property.AllowEdit === false && property.AllowEditOnCreate === false;
  return withoutUndefined({
    odata: property.Name,
    type,
    enum: enumName,
    size: sizeOf(row, type),
    mandatory: property.IsMandatory ? (true as const) : undefined,
    readOnly: neverWritable ? (true as const) : undefined,
  });
}

/**
 * A field that no property tells of. Assumption: IsRequired of a staging field means what mandatory means, but an
 * environment that says No may just not know, so No is not taken for an answer.
 */
function stagingField(row: TargetField, knownType: FieldType = "unknown"): PulledField {
  return withoutUndefined({
    type: "unknown" as const,
    size: sizeOf(row, knownType),
    mandatory: row.IsRequired ? (true as const) : undefined,
  });
}

/** Lengths count for texts only; what other types have is the width of a number. */
function sizeOf(row: TargetField | undefined, type: FieldType): number | undefined {
  const length = row?.FieldLength ?? 0;
  return length > 0 && Number.isInteger(length) && (type === "string" || type === "unknown")
    ? length
    : undefined;
}

const primitiveTypes: Readonly<Record<string, FieldType>> = {
  "Edm.String": "string",
  "Edm.Decimal": "decimal",
  "Edm.Double": "decimal",
  "Edm.Int16": "int32",
  "Edm.Int32": "int32",
  "Edm.Int64": "int64",
  "Edm.Date": "datetime",
  "Edm.DateTimeOffset": "datetime",
  "Edm.Guid": "guid",
};

/** `Microsoft.Dynamics.DataEntities.NoYes` with the data type Enum is the enumeration NoYes (observed). */
function typeOf({ TypeName, DataType }: PublicProperty): { type: FieldType; enumName?: string } {
  if (DataType === "Enum") return { type: "enum", enumName: TypeName.slice(TypeName.lastIndexOf(".") + 1) };
  return { type: primitiveTypes[TypeName] ?? "unknown" };
}

async function enumsOf(
  fields: Readonly<Record<string, PulledField>>,
  enumOf: (name: string) => Promise<PulledEnum | undefined>,
): Promise<ReadonlyMap<string, PulledEnum>> {
  const enums = new Map<string, PulledEnum>();
  for (const field of Object.values(fields)) {
    if (field.enum === undefined || enums.has(field.enum)) continue;
    const members = await enumOf(field.enum);
    if (members !== undefined) enums.set(field.enum, members);
  }
  return enums;
}
