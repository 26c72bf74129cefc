import { expect, test } from "vitest";
import { applyPulled } from "../../src/entity/apply-pulled.ts";
import { EntityCatalogue } from "../../src/entity/catalogue.ts";
import { EntityDirectory } from "../../src/load/schema/entity-directory.ts";
import { pullEntity, type PulledParts } from "../../src/load/schema/pull-entity.ts";
import { connectionTo, environmentFor } from "../environment/connection.ts";
import { metadataServer, property, stagingRow } from "../environment/metadata-server.ts";

const builtIn = EntityCatalogue.builtIn();

interface Told {
  readonly label: string;
  readonly aotName: string;
  readonly publicName?: string;
  readonly properties?: readonly object[];
  readonly staging?: readonly object[];
  readonly changes?: object;
}

async function pulled(told: Told): Promise<PulledParts> {
  const { label, aotName, publicName = "", properties = [], staging = [], changes = {} } = told;
  const server = await metadataServer({
    "/data/DataManagementEntities": {
      value: [{ EntityName: label, TargetName: aotName, StagingTableName: "", IsShared: "No" }],
    },
    "/metadata/DataEntities": {
      value: [{ Name: aotName, PublicEntityName: publicName, DataManagementEnabled: true, ...changes }],
    },
    [`/metadata/PublicEntities('${publicName}')`]: {
      ...{ Name: publicName, EntitySetName: `${publicName}s`, Properties: properties },
    },
    "/data/DataManagementTargetMapEntities": { value: staging },
    "/metadata/PublicEnumerations('Status')": {
      Name: "Status",
      Members: [
        { Name: "Closed", Value: 10 },
        { Name: "Open", Value: 0 },
      ],
    },
  });
  const { metadata } = environmentFor(connectionTo(server.url));
  const listed = (await EntityDirectory.read(metadata)).find(label);
  if (listed === undefined) throw new Error("not listed");
  return await pullEntity(metadata, listed, {
    known: builtIn.find(label),
    enumOf: async (name) => {
      const members = await metadata.enumeration(name);
      return members && Object.fromEntries(members);
    },
  });
}

const vendorGroups = {
  ...{ label: "Vendor groups", aotName: "VendVendorGroupEntity", publicName: "VendorGroup" },
  properties: [
    property("dataAreaId", { IsKey: true, IsMandatory: true }),
    property("VendorGroupId", { IsKey: true, IsMandatory: true, AllowEdit: false }),
    property("Description", { IsMandatory: true }),
    property("OurStatus", { TypeName: "Microsoft.Dynamics.DataEntities.Status", DataType: "Enum" }),
    property("OurAmount", { TypeName: "Edm.Decimal", DataType: "Real" }),
    property("OurTotal", { TypeName: "Edm.Decimal", AllowEdit: false, AllowEditOnCreate: false }),
    property("SwitchedOff", { ConfigurationEnabled: false }),
  ],
  staging: [
    stagingRow("VENDORGROUPID", 15),
    stagingRow("DESCRIPTION", 0),
    stagingRow("OURAMOUNT", 38),
    stagingRow("OnlyInStaging", 25, { IsRequired: "Yes" }),
    stagingRow("SWITCHEDOFF", 10),
    stagingRow("DATAAREAID", 4),
    stagingRow("EXECUTIONID", 90, { IsSystem: "Yes" }),
  ],
};

test("a public entity: types, key, sizes, enums; no system field, nothing that is switched off", async () => {
  const { entity, enums, isPublic, sizes, notes } = await pulled(vendorGroups);
  expect(entity).toEqual({
    aotName: "VendVendorGroupEntity",
    odataCollection: "VendorGroups",
    scope: "company",
    keys: ["VENDORGROUPID"],
    fields: {
      VENDORGROUPID: { odata: "VendorGroupId", type: "string", size: 15, mandatory: true },
      DESCRIPTION: { odata: "Description", type: "string", mandatory: true },
      OURSTATUS: { odata: "OurStatus", type: "enum", enum: "Status" },
      OURAMOUNT: { odata: "OurAmount", type: "decimal" },
      OURTOTAL: { odata: "OurTotal", type: "decimal", readOnly: true },
      ONLYINSTAGING: { type: "unknown", size: 25, mandatory: true },
    },
  });
  expect([...enums]).toEqual([["Status", { Open: 0, Closed: 10 }]]);
  expect([isPublic, sizes]).toEqual([true, 2]);
  expect(notes).toEqual(["left out 1 that a configuration key switches off"]);
});

test("on top of the catalogue: relations and parents stay, fields and sizes are the environment's", async () => {
  const known = builtIn.find("Vendor groups");
  const withTerms = [...vendorGroups.properties, property("DefaultPaymentTermName")];
  const { entity, enums } = await pulled({ ...vendorGroups, properties: withTerms });
  const schema = applyPulled("Vendor groups", entity, { known, enumOf: (name) => enums.get(name) });
  expect(schema.fields.get("VENDORGROUPID")).toEqual({
    ...{ name: "VENDORGROUPID", odataName: "VendorGroupId", type: "string", size: 15 },
    ...{ mandatory: true, key: true, evidence: { size: "environment" } },
  });
  expect(schema.fields.get("DESCRIPTION")?.evidence).toEqual({ mandatory: "environment" });
  expect(schema.fields.get("OURTOTAL")?.readOnly).toBe(true);
  expect(schema.fields.has("ISPUBLICSECTOR_IT")).toBe(false);
  expect(schema.enums.get("Status")).toEqual(["Open", "Closed"]);
  expect(schema.enumNumbers?.get("Status")).toEqual([0, 10]);
  expect(schema.relations).toEqual(known?.relations);
  expect(schema.parents).toEqual(known?.parents);
  expect(schema.templateSequence).toEqual(known?.templateSequence);
});

test("a relation of a field that is gone goes with it", async () => {
  const { entity } = await pulled(vendorGroups);
  const known = builtIn.find("Vendor groups");
  const schema = applyPulled("Vendor groups", entity, { known, enumOf: () => undefined });
  expect(schema.relations).toEqual([]);
});

test("what only business logic demands stays mandatory; what the data model says does not", async () => {
  const { entity } = await pulled({
    ...{ label: "Vendors V2", aotName: "VendVendorV2Entity", publicName: "VendorV2" },
    properties: [
      property("dataAreaId", { IsKey: true }),
      property("VendorAccountNumber", { IsKey: true }),
      property("VendorGroupId"),
    ],
  });
  const known = builtIn.find("Vendors V2");
  const schema = applyPulled("Vendors V2", entity, { known, enumOf: () => undefined });
  expect(schema.fields.get("VENDORGROUPID")).toMatchObject({
    mandatory: true,
    evidence: { mandatory: "inferred" },
  });
  const rates = await pulled({
    ...{ label: "Exchange rates", aotName: "ExchangeRateEntity", publicName: "ExchangeRate" },
    properties: [
      ...["FromCurrency", "RateTypeName", "StartDate", "ToCurrency"].map((name) =>
        property(name, { IsKey: true }),
      ),
      property("Rate", { TypeName: "Edm.Decimal" }),
    ],
  });
  const knownRates = builtIn.find("Exchange rates");
  const newRates = applyPulled("Exchange rates", rates.entity, {
    known: knownRates,
    enumOf: () => undefined,
  });
  expect(knownRates?.fields.get("RATE")?.mandatory).toBe(true);
  expect(newRates.fields.get("RATE")?.mandatory).toBe(false);
  expect(newRates.keys, "the order of a key that is known stays").toEqual(knownRates?.keys);
});

test("an entity that is not public: sizes from staging, the rest as the catalogue knows it", async () => {
  const { entity, isPublic, notes } = await pulled({
    ...{ label: "General journal", aotName: "LedgerJournalEntity" },
    staging: [stagingRow("JOURNALBATCHNUMBER", 10), stagingRow("LINENUMBER", 0), stagingRow("TRANSDATE", 8)],
  });
  expect(isPublic).toBe(false);
  expect(notes).toEqual(["not public: types, keys and OData names as dmfpipe knows them"]);
  expect(entity.keys).toBeUndefined();
  const schema = applyPulled("General journal", entity, {
    known: builtIn.find("General journal"),
    enumOf: () => undefined,
  });
  expect(schema.keys).toEqual(["JOURNALBATCHNUMBER", "LINENUMBER"]);
  expect(schema.fields.get("JOURNALBATCHNUMBER")).toMatchObject({
    size: 10,
    odataName: "JournalBatchNumber",
  });
  expect(schema.fields.size).toBe(3);
});

test("without the staging list, fields that are not public stay as the catalogue knows them", async () => {
  const { entity, notes } = await pulled({ ...vendorGroups, staging: [] });
  expect(notes).toContain("no field lengths: its staging fields are not listed");
  const schema = applyPulled("Vendor groups", entity, {
    known: builtIn.find("Vendor groups"),
    enumOf: () => undefined,
  });
  expect(schema.fields.get("VENDACCOUNTNUMSEQ")?.type).toBe("unknown");
  expect(schema.fields.get("VENDORGROUPID")).toMatchObject({ size: 10, evidence: { size: "inferred" } });
});

test("an entity nothing can be imported into says so", async () => {
  const { entity, notes } = await pulled({ ...vendorGroups, changes: { IsReadOnly: true } });
  expect(entity.readOnly).toBe(true);
  expect(notes).toContain("nothing can be imported into it");
});

test("why an entity is not there: another language, a list to refresh, or not at all", async () => {
  const server = await metadataServer({
    "/data/DataManagementEntities": {
      value: [{ EntityName: "Kreditoren V2", TargetName: "VendVendorV2Entity" }],
    },
    "/metadata/DataEntities": {
      value: [{ Name: "VendVendorGroupEntity", PublicEntityName: "VendorGroup", LabelId: "@X:1" }],
    },
    "/metadata/Labels(Id='@X:1',Language='de')": { Value: "Kreditorengruppen" },
  });
  const { metadata } = environmentFor(connectionTo(server.url));
  const directory = await EntityDirectory.read(metadata);
  const why = (label: string): Promise<string> =>
    directory.whyUnknown(label, { known: builtIn.find(label), metadata, language: "de" });
  expect(await why("Vendors V2")).toBe(
    'the environment calls VendVendorV2Entity "Kreditoren V2"; packages have to call it so too',
  );
  expect(await why("Vendor groups")).toContain('its label is "Kreditorengruppen"');
  expect(await why("Vendor groups")).toContain("refresh the entity list there");
  expect(await why("Currencies")).toBe("the environment has no entity CurrencyEntity");
  expect(await why("Never heard of")).toBe("the environment has no entity of that label");
});
