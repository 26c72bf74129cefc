import { expect, test } from "vitest";
import { EntityCatalogue } from "../../src/entity/catalogue.ts";
import type { EntityField, EntitySchema } from "../../src/entity/entity-schema.ts";
import { schemaChanges } from "../../src/entity/schema-difference.ts";

function vendors(): EntitySchema {
  const schema = EntityCatalogue.builtIn().find("Vendors V2");
  if (schema === undefined) throw new Error("no vendors");
  return schema;
}

function changed(
  change: (fields: Map<string, EntityField>) => void,
  more: Partial<EntitySchema> = {},
): EntitySchema {
  const fields = new Map(vendors().fields);
  change(fields);
  return { ...vendors(), ...more, fields };
}

function fieldOf(name: string): EntityField {
  const field = vendors().fields.get(name);
  if (field === undefined) throw new Error(name);
  return field;
}

const differences = (after: EntitySchema) => schemaChanges("Vendors V2", vendors(), after);

test("the same schema is no change, whatever its evidence", () => {
  expect(differences(vendors())).toEqual([]);
  const other = changed((fields) => {
    fields.set("CURRENCYCODE", { ...fieldOf("CURRENCYCODE"), evidence: { size: "environment" } });
  });
  expect(differences(other)).toEqual([]);
});

test("a field that is gone names the new one it looks like", () => {
  const after = changed((fields) => {
    fields.delete("VENDORSEARCHNAME");
    fields.delete("CURRENCYCODE");
    fields.set("VENDORSEARCHNAME2", { ...fieldOf("VENDORSEARCHNAME"), name: "VENDORSEARCHNAME2" });
  });
  expect(differences(after)).toEqual([
    { entity: "Vendors V2", field: "CURRENCYCODE", kind: "field removed" },
    {
      entity: "Vendors V2",
      field: "VENDORSEARCHNAME",
      kind: "field removed",
      renamedTo: "VENDORSEARCHNAME2",
    },
    { entity: "Vendors V2", field: "VENDORSEARCHNAME2", kind: "field added", after: "text of 20" },
  ]);
});

test("type, size, mandatory and read-only of a field", () => {
  const after = changed((fields) => {
    const { name, odataName, key } = fieldOf("LANGUAGEID");
    fields.set("LANGUAGEID", { name, odataName, key, type: "int32", mandatory: true, readOnly: true });
    fields.set("CURRENCYCODE", { ...fieldOf("CURRENCYCODE"), size: 5 });
  });
  expect(differences(after).map(({ field, kind, before, after: now }) => [field, kind, before, now])).toEqual(
    [
      ["CURRENCYCODE", "size", "3", "5"],
      ["LANGUAGEID", "type", "text", "int32"],
      ["LANGUAGEID", "size", "7", "unknown"],
      ["LANGUAGEID", "mandatory", "optional", "mandatory"],
      ["LANGUAGEID", "read-only", "can be written", "read-only"],
    ],
  );
});

test("values of an enum: gone, new, and those that got another number", () => {
  const enumName = fieldOf("ONHOLDSTATUS").enumName ?? "";
  const members = vendors().enums.get(enumName) ?? [];
  const [first = "", second = "", ...rest] = members;
  const swapped = {
    ...vendors(),
    enums: new Map([...vendors().enums, [enumName, [second, first, ...rest, "New"]]]),
  };
  expect(differences(swapped).find(({ field }) => field === "ONHOLDSTATUS")).toEqual({
    ...{ entity: "Vendors V2", field: "ONHOLDSTATUS", kind: "values" },
    before: `${first} (0), ${second} (1)`,
    after: `${second} (0), ${first} (1), New (${members.length})`,
  });
});

test("an entity as a whole: new, gone, other key, other scope, no longer public", () => {
  expect(schemaChanges("Vendors V2", undefined, vendors())).toEqual([
    { entity: "Vendors V2", kind: "entity added" },
  ]);
  expect(schemaChanges("Vendors V2", vendors(), undefined)).toEqual([
    { entity: "Vendors V2", kind: "entity removed" },
  ]);
  const { label, aotName, fieldsKnown, fields, enums, relations, parents } = vendors();
  const same = { label, aotName, fieldsKnown, fields, enums, relations, parents };
  const after: EntitySchema = { ...same, keys: ["PARTYNUMBER"], scope: "shared" };
  expect(differences(after).map(({ kind, before, after: now }) => [kind, before, now])).toEqual([
    ["OData name", "VendorsV2", "not public"],
    ["scope", "of each company", "shared by all companies"],
    ["key", "VENDORACCOUNTNUMBER", "PARTYNUMBER"],
  ]);
});

test("fields that were not known at all are one change, not hundreds", () => {
  const before: EntitySchema = { ...vendors(), fieldsKnown: false, fields: new Map() };
  expect(schemaChanges("Vendors V2", before, vendors())).toEqual([
    { entity: "Vendors V2", kind: "fields known", before: "none", after: `${vendors().fields.size} fields` },
  ]);
});
