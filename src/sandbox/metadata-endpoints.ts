import type { EntitySchema } from "../entity/entity-schema.ts";
import { definitionGroups } from "./definition-group-sets.ts";
import type { EnvironmentSetup } from "./environment-setup.ts";
import { frameworkActions } from "./framework-actions.ts";
import { jsonAnswer, type SandboxAnswer, type SandboxRequest } from "./http-exchange.ts";
import { entityLabelId, fieldLabelId, labelText } from "./label-texts.ts";
import { readAddress, type ODataAddress } from "./odata-address.ts";
import { noResourceAnswer } from "./odata-answer.ts";
import { enumTypes } from "./odata-csdl.ts";
import { queryRefused, typeText, type ODataProperty, type ODataSet } from "./odata-set.ts";
import type { ODataSets } from "./odata-sets.ts";

export interface MetadataContext {
  readonly base: string;
  readonly setup: EnvironmentSetup;
  readonly sets: ODataSets;
}

type Json = Readonly<Record<string, unknown>>;

/**
 * `GET /metadata/DataEntities`, `PublicEntities`, `PublicEnumerations`, each with `('Name')` for one of them, and
 * `Labels(Id='…',Language='…')`. Members as public clients read them. Of the query options $top, $skip and a $select
 * are known; others are refused. Throws ActionRefused.
 */
export function answerMetadata(context: MetadataContext, request: SandboxRequest): SandboxAnswer {
  const address = readAddress(request.path.slice("/metadata/".length));
  const absent = noResourceAnswer(`${context.base}${request.path}`);
  if (address === undefined || address.rest !== "") return absent;
  if (address.set === "Labels") return label(context, address) ?? absent;
  const list = lists[address.set];
  if (list === undefined || !Object.hasOwn(lists, address.set)) return absent;
  const rows = list(context);
  const contextUrl = `${context.base}/metadata/$metadata#${address.set}`;
  if (address.key === undefined) {
    return jsonAnswer(200, { "@odata.context": contextUrl, value: page(rows, request.query) });
  }
  const name = keyText(address, "Name");
  const found = rows.find((row) => row["Name"] === name);
  return found === undefined
    ? absent
    : jsonAnswer(200, { "@odata.context": `${contextUrl}/$entity`, ...found });
}

const lists: Readonly<Record<string, (context: MetadataContext) => readonly Json[]>> = {
  DataEntities: ({ setup, sets }) => setup.entities().map((entity) => dataEntity(entity, sets)),
  PublicEntities: ({ sets }) => [...sets.byName.values()].map((set) => publicEntity(set, sets)),
  PublicEnumerations: ({ sets }) => [...enumTypes(sets)].map(([name, members]) => enumeration(name, members)),
};

function dataEntity(entity: EntitySchema, sets: ODataSets): Json {
  const set = sets.entities.get(entity.odataCollection ?? "");
  return {
    Name: entity.aotName,
    PublicEntityName: set?.typeName ?? "",
    PublicCollectionName: set?.name ?? "",
    LabelId: entityLabelId(entity),
    DataServiceEnabled: set !== undefined,
    DataManagementEnabled: true,
    EntityCategory: category(entity),
    IsReadOnly: false,
  };
}

/** Assumption, from what Microsoft's documentation says the categories mean; the catalogue does not have them. */
function category(entity: EntitySchema): string {
  if (/order|journal(?! name)|invoice/i.test(entity.label)) return "Transaction";
  if (/vendors|customers|customer de|products|main account$|warehouses/i.test(entity.label)) return "Master";
  return "Reference";
}

function publicEntity(set: ODataSet, sets: ODataSets): Json {
  const entity = sets.entities.get(set.name)?.entity;
  return {
    Name: set.typeName,
    EntitySetName: set.name,
    LabelId: entity === undefined ? "" : entityLabelId(entity),
    IsReadOnly: false,
    ConfigurationEnabled: true,
    Properties: [...set.properties.values()].map((each) => publicProperty(set, each, entity)),
    NavigationProperties: [...set.navigations.values()].map(({ name, target, many, ...ends }) => ({
      Name: name,
      RelatedEntity: sets.byName.get(target)?.typeName ?? "",
      RelatedRelationName: null,
      Cardinality: many ? "Multiple" : "Single",
      Constraints: ends.properties.map((own, index) => ({
        "@odata.type": "#Microsoft.Dynamics.Metadata.ReferentialConstraint",
        Property: own,
        ReferencedProperty: ends.targetProperties[index] ?? "",
      })),
    })),
    PropertyGroups: [],
    Actions: set === definitionGroups ? actions() : [],
  };
}

function publicProperty(set: ODataSet, property: ODataProperty, entity: EntitySchema | undefined): Json {
  const key = set.keys.includes(property.name);
  return {
    Name: property.name,
    TypeName: typeText(property.type),
    DataType: dataTypes[property.type.kind],
    LabelId: entity === undefined ? null : fieldLabelId(entity, property.name),
    IsKey: key,
    IsMandatory: property.mandatory ?? false,
    ConfigurationEnabled: true,
    AllowEdit: !key,
    AllowEditOnCreate: true,
    IsDimension: false,
    DimensionRelation: null,
    IsDynamicDimension: false,
    DimensionLegalEntityProperty: null,
    DimensionTypeProperty: null,
  };
}

const dataTypes: Readonly<Record<ODataProperty["type"]["kind"], string>> = {
  string: "String",
  decimal: "Real",
  int32: "Integer",
  int64: "Int64",
  datetime: "UtcDateTime",
  guid: "Guid",
  enum: "Enum",
};

function actions(): readonly Json[] {
  return frameworkActions.map(({ name, parameters, returns = "" }) => {
    const element = /^Collection\((.*)\)$/.exec(returns)?.[1];
    return {
      Name: name,
      BindingKind: "BoundToEntitySet",
      Parameters: parameters.map(([parameter, type]) => ({
        Name: parameter,
        Type: { TypeName: type, IsCollection: false },
      })),
      ReturnType:
        returns === "" ? null : { TypeName: element ?? returns, IsCollection: element !== undefined },
      FieldLookup: null,
    };
  });
}

function enumeration(name: string, members: readonly string[]): Json {
  return {
    Name: name,
    LabelId: "",
    Members: members.map((member, value) => ({
      Name: member,
      Value: value,
      LabelId: "",
      ConfigurationEnabled: true,
    })),
  };
}

function label({ base, setup }: MetadataContext, address: ODataAddress): SandboxAnswer | undefined {
  if (address.key === undefined) return undefined;
  const id = keyText(address, "Id");
  const text = labelText(setup, id);
  if (text === undefined) return undefined;
  return jsonAnswer(200, {
    "@odata.context": `${base}/metadata/$metadata#Labels/$entity`,
    Id: id,
    Language: keyText(address, "Language").toLowerCase(),
    Value: text,
  });
}

/** A text of the key, by name; the only one may come without a name. */
function keyText(address: ODataAddress, name: string): string {
  const constant = address.key?.get(name) ?? (address.key?.size === 1 ? address.key.get("") : undefined);
  if (constant?.kind === "string") return constant.text;
  throw queryRefused("Bad Request - Error in query syntax.");
}

function page(rows: readonly Json[], query: URLSearchParams): readonly Json[] {
  for (const name of query.keys()) {
    if (name.startsWith("$") && !["$top", "$skip", "$select"].includes(name)) {
      throw queryRefused(`The query parameter '${name}' is not supported.`);
    }
  }
  const skip = Number(query.get("$skip") ?? 0);
  const top = Number(query.get("$top") ?? rows.length);
  if (!Number.isSafeInteger(skip) || !Number.isSafeInteger(top) || skip < 0 || top < 0) {
    throw queryRefused("$top and $skip must be non-negative integers.");
  }
  const names = query
    .get("$select")
    ?.split(",")
    .map((name) => name.trim());
  const chosen = rows.slice(skip, skip + top);
  if (names === undefined) return chosen;
  return chosen.map((row) =>
    Object.fromEntries(Object.entries(row).filter(([name]) => names.includes(name))),
  );
}
