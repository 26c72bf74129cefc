import { expect, test } from "vitest";
import { EntityCatalogue } from "../../src/entity/catalogue.ts";

const catalogue = EntityCatalogue.builtIn();

function field(label: string, name: string) {
  return catalogue.find(label)?.fields.get(name);
}

test("a size says whether it is documented, read from a table, or inferred", () => {
  expect(field("Products V2", "PRODUCTSEARCHNAME")).toMatchObject({
    size: 20,
    evidence: { size: "documented" },
  });
  expect(field("Vendors V2", "VENDORACCOUNTNUMBER")).toMatchObject({ size: 20, evidence: { size: "table" } });
  expect(field("Vendors V2", "CURRENCYCODE")).toMatchObject({ size: 3, evidence: { size: "inferred" } });
});

test("what must be filled in says who wants it; a key needs no evidence", () => {
  expect(field("Vendors V2", "VENDORGROUPID")?.evidence?.mandatory).toBe("inferred");
  expect(field("Customer definitions", "NAME")?.evidence?.mandatory).toBe("data model");
  expect(field("Sales order headers V2", "REQUESTEDSHIPPINGDATE")?.evidence?.mandatory).toBe("documented");
  expect(field("Vendor groups", "VENDORGROUPID")).toMatchObject({ mandatory: true, key: true });
  expect(field("Vendor groups", "VENDORGROUPID")?.evidence?.mandatory).toBeUndefined();
});

test("relations, keys, template numbers and tasks carry their evidence", () => {
  const lines = catalogue.find("Sales order lines V2");
  expect(lines?.relations.map(({ fields, evidence }) => [fields.join(), evidence])).toEqual(
    expect.arrayContaining([
      ["ITEMNUMBER", "documented"],
      ["SALESORDERNUMBER", "documented"],
      ["SHIPPINGWAREHOUSEID", "inferred"],
    ]),
  );
  const terms = catalogue
    .find("Vendor groups")
    ?.relations.find(({ entity }) => entity === "Terms of payment");
  expect(terms?.evidence).toBe("data model");
  expect(catalogue.find("General journal")?.evidence?.keys).toBe("documented");
  expect(catalogue.find("Global address book V2")?.evidence?.keys).toBe("inferred");
  expect(catalogue.find("Currencies")?.evidence?.templateSequence).toBe("export");
  expect(catalogue.find("Vendors V2")?.evidence?.templateSequence).toBe("template");
  expect(catalogue.find("Customers V3")).toMatchObject({ singleThreaded: true });
  expect(catalogue.find("Released products V2")).toMatchObject({ singleThreaded: false });
  expect(catalogue.find("Vendors V2")?.singleThreaded).toBeUndefined();
});

test("every size and every relation of the catalogue has evidence", () => {
  const without = catalogue.labels().flatMap((label) => {
    const schema = catalogue.find(label);
    const sizes = [...(schema?.fields.values() ?? [])]
      .filter(({ size, evidence }) => size !== undefined && evidence?.size === undefined)
      .map(({ name }) => `${label}.${name}`);
    const relations = (schema?.relations ?? []).filter(({ evidence }) => evidence === undefined);
    return [...sizes, ...relations.map(({ entity }) => `${label} → ${entity}`)];
  });
  expect(without).toEqual([]);
});

test("invoice accounts refer to records of their own entity, and to no parent that is loaded before", () => {
  const own = catalogue.labels().flatMap((label) => {
    const schema = catalogue.find(label);
    const relations = (schema?.relations ?? []).filter(({ entity }) => entity === label);
    expect(schema?.parents).not.toContain(label);
    return relations.map(({ fields, targetFields }) => `${label}: ${fields.join()} → ${targetFields.join()}`);
  });
  expect(own).toEqual([
    "Customers V3: INVOICEACCOUNT → CUSTOMERACCOUNT",
    "Vendors V2: INVOICEVENDORACCOUNTNUMBER → VENDORACCOUNTNUMBER",
  ]);
});
