import { XMLParser } from "fast-xml-parser";
import { expect, test } from "vitest";
import { frameworkActions } from "../../src/sandbox/framework-actions.ts";
import { ODataTestClient } from "./odata-client.ts";
import { sharedSandbox } from "./sandbox-client.ts";

const client = sharedSandbox();
let shared: ODataTestClient | undefined;
const odata = (): ODataTestClient => (shared ??= new ODataTestClient(client()));

interface Schema {
  EntityType: {
    Name: string;
    Key: { PropertyRef: { Name: string }[] };
    Property: { Name: string; Type: string; Nullable?: string }[];
    NavigationProperty?: { Name: string; Type: string }[];
  }[];
  EnumType: { Name: string; Member?: { Name: string; Value: string }[] }[];
  Action: { Name: string; IsBound: string; Parameter: { Name: string; Type: string }[] }[];
  EntityContainer: { EntitySet: { Name: string; EntityType: string }[] };
}

async function schema(): Promise<Schema> {
  const answer = await odata().get("/data/$metadata");
  expect(answer.headers.get("content-type")).toContain("application/xml");
  const lists = ["EntityType", "PropertyRef", "Property", "NavigationProperty", "Parameter", "Member"];
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: "",
    parseAttributeValue: false,
    isArray: (name, _path, _leaf, isAttribute) => !isAttribute && lists.includes(name),
  });
  const document = parser.parse(answer.text) as Record<string, Record<string, Record<string, unknown>>>;
  return document["edmx:Edmx"]?.["edmx:DataServices"]?.["Schema"] as Schema;
}

test("$metadata describes types, keys, enums, actions and sets", async () => {
  const { EntityType, EnumType, Action, EntityContainer } = await schema();
  const vendor = EntityType.find(({ Name }) => Name === "VendorV2");
  expect(vendor?.Key.PropertyRef).toEqual([{ Name: "dataAreaId" }, { Name: "VendorAccountNumber" }]);
  expect(vendor?.Property).toContainEqual({
    Name: "VendorAccountNumber",
    Type: "Edm.String",
    Nullable: "false",
  });
  expect(vendor?.NavigationProperty).toContainEqual(
    expect.objectContaining({ Name: "VendorGroup", Type: "Microsoft.Dynamics.DataEntities.VendorGroup" }),
  );
  expect(EnumType.find(({ Name }) => Name === "NoYes")?.Member).toEqual([
    { Name: "No", Value: "0" },
    { Name: "Yes", Value: "1" },
  ]);
  expect(EntityContainer.EntitySet).toContainEqual(
    expect.objectContaining({
      Name: "VendorsV2",
      EntityType: "Microsoft.Dynamics.DataEntities.VendorV2",
    }),
  );
  const importing = Action.find(({ Name }) => Name === "ImportFromPackage");
  expect(importing?.IsBound).toBe("true");
  expect(importing?.Parameter.map(({ Name }) => Name)).toEqual([
    "DataManagementDefinitionGroup",
    ...["packageUrl", "definitionGroupId", "executionId", "execute", "overwrite", "legalEntityId"],
  ]);
});

test("every name in $metadata is defined there, and every set can be read as it says", async () => {
  const { EntityType, EnumType, EntityContainer } = await schema();
  const types = new Map(EntityType.map((type) => [`Microsoft.Dynamics.DataEntities.${type.Name}`, type]));
  const enums = new Set(EnumType.map(({ Name }) => `Microsoft.Dynamics.DataEntities.${Name}`));
  expect(types.size).toBe(EntityType.length);
  for (const { Property, NavigationProperty = [] } of EntityType) {
    const unknown = Property.filter(({ Type }) => !Type.startsWith("Edm.") && !enums.has(Type));
    expect(unknown).toEqual([]);
    const targets = NavigationProperty.map(({ Type }) => Type.replace(/^Collection\((.*)\)$/, "$1"));
    expect(targets.filter((name) => !types.has(name))).toEqual([]);
    const names = [...Property, ...NavigationProperty].map(({ Name }) => Name);
    expect(new Set(names).size).toBe(names.length);
  }
  for (const { Name, EntityType: type } of EntityContainer.EntitySet) {
    const { value } = await odata().json(`/data/${Name}?$top=1&cross-company=true`);
    const [row] = value as Record<string, unknown>[];
    const expected = types.get(type)?.Property.map((property) => property.Name);
    if (row !== undefined) expect(Object.keys(row)).toEqual(["@odata.etag", ...(expected ?? [])]);
  }
});

test("every action in $metadata can be called", async () => {
  for (const { name } of frameworkActions) {
    const answer = await client().action(name, {});
    expect([name, answer.status]).not.toEqual([name, 404]);
  }
});

test("the metadata service has the members that clients read", async () => {
  const { value: entities } = await odata().json("/metadata/DataEntities");
  expect(entities).toContainEqual({
    Name: "VendVendorV2Entity",
    PublicEntityName: "VendorV2",
    PublicCollectionName: "VendorsV2",
    LabelId: "@Sandbox:VendVendorV2Entity",
    DataServiceEnabled: true,
    DataManagementEnabled: true,
    EntityCategory: "Master",
    IsReadOnly: false,
  });
  expect(entities).toContainEqual(
    expect.objectContaining({
      Name: "CashDiscountEntity",
      PublicCollectionName: "",
      DataServiceEnabled: false,
    }),
  );
  const group = await odata().json("/metadata/PublicEntities('VendorGroup')");
  expect(group).toMatchObject({ Name: "VendorGroup", EntitySetName: "VendorGroups", IsReadOnly: false });
  expect(group["Properties"]).toContainEqual({
    Name: "VendorGroupId",
    TypeName: "Edm.String",
    DataType: "String",
    LabelId: "@Sandbox:VendVendorGroupEntity_VendorGroupId",
    IsKey: true,
    IsMandatory: true,
    ConfigurationEnabled: true,
    AllowEdit: false,
    AllowEditOnCreate: true,
    IsDimension: false,
    DimensionRelation: null,
    IsDynamicDimension: false,
    DimensionLegalEntityProperty: null,
    DimensionTypeProperty: null,
  });
  expect(group["NavigationProperties"]).toContainEqual({
    Name: "PaymentTerm",
    RelatedEntity: "PaymentTerm",
    RelatedRelationName: null,
    Cardinality: "Single",
    Constraints: [
      {
        "@odata.type": "#Microsoft.Dynamics.Metadata.ReferentialConstraint",
        Property: "DefaultPaymentTermName",
        ReferencedProperty: "Name",
      },
    ],
  });
  const project = await odata().json("/metadata/PublicEntities('DataManagementDefinitionGroup')");
  expect(project["Actions"]).toContainEqual({
    Name: "GetAzureWriteUrl",
    BindingKind: "BoundToEntitySet",
    Parameters: [{ Name: "uniqueFileName", Type: { TypeName: "Edm.String", IsCollection: false } }],
    ReturnType: { TypeName: "Edm.String", IsCollection: false },
    FieldLookup: null,
  });
  expect(await odata().json("/metadata/PublicEnumerations('NoYes')")).toMatchObject({
    Name: "NoYes",
    Members: [
      { Name: "No", Value: 0, LabelId: "", ConfigurationEnabled: true },
      { Name: "Yes", Value: 1, LabelId: "", ConfigurationEnabled: true },
    ],
  });
});

test("labels lead from a technical name to the one that packages use", async () => {
  for (const [id, value] of [
    ["@Sandbox:VendVendorV2Entity", "Vendors V2"],
    ["@Sandbox:VendVendorGroupEntity_VendorGroupId", "Vendor group"],
  ] as const) {
    const label = await odata().json(`/metadata/Labels(Id='${id}',Language='en-us')`);
    expect(label).toMatchObject({ Id: id, Language: "en-us", Value: value });
  }
  expect((await odata().get("/metadata/Labels(Id='@SYS1',Language='en-us')")).status).toBe(404);
});

test("lists of the metadata service can be cut; what they do not have is 404", async () => {
  const { value } = await odata().json("/metadata/DataEntities?$skip=1&$top=2&$select=Name");
  expect(value).toHaveLength(2);
  expect(Object.keys((value as object[])[0] ?? {})).toEqual(["Name"]);
  for (const target of [
    "/metadata/PublicEntities('Nothing')",
    "/metadata/Nothing",
    "/metadata/constructor",
    "/metadata/",
  ]) {
    expect((await odata().get(target)).status).toBe(404);
  }
  expect((await odata().get("/metadata/DataEntities?$top=x")).status).toBe(400);
  expect((await odata().get("/metadata/PublicEntities(7)")).status).toBe(400);
  expect((await odata().call("POST", "/metadata/DataEntities", {})).status).toBe(405);
});
