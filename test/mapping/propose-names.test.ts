import { describe, expect, test } from "vitest";
import { EntityCatalogue } from "../../src/entity/catalogue.ts";
import { knownColumn, synonymCount } from "../../src/mapping/propose/column-synonyms.ts";
import { customaryValues, fallbackFields } from "../../src/mapping/propose/customary-values.ts";
import type { Meaning } from "../../src/mapping/propose/meaning.ts";
import { meanings } from "../../src/mapping/propose/meanings.ts";
import {
  columnWords,
  fieldWords,
  impliedWords,
  likeness,
  nameKey,
} from "../../src/mapping/propose/name-words.ts";

const catalogue = EntityCatalogue.builtIn();
const schemas = catalogue.labels().flatMap((label) => catalogue.find(label) ?? []);

function alike(column: string, field: string, entity: string): number {
  const implied = impliedWords(entity);
  return likeness(columnWords(column, implied), fieldWords(field, implied));
}

describe("names", () => {
  test("are compared without case, separators and umlauts", () => {
    expect(nameKey("Country/Region Code")).toBe(nameKey("Country_Region CODE"));
    expect(nameKey("Währung")).toBe("waehrung");
    expect(nameKey("Straße")).toBe("strasse");
  });

  test.each([
    ["PAY_TERMS", "PaymentTermsName", "PaymentTermsBaseDate"],
    ["REQ_SHIP_DATE", "RequestedShippingDate", "RequestedReceiptDate"],
    ["Auftrag Name", "SalesOrderName", "SalesOrderNumber"],
    ["ORDER_NO", "SalesOrderNumber", "SalesOrderName"],
  ])("%s is more like %s than like %s", (column, right, wrong) => {
    expect(alike(column, right, "Sales order headers V2")).toBeGreaterThan(
      alike(column, wrong, "Sales order headers V2"),
    );
  });

  test("in a path, the last step counts, and the parent of a mere code", () => {
    const entity = "Customers V3";
    expect(alike("Finance/Currency", "SalesCurrencyCode", entity)).toBeGreaterThan(0.5);
    expect(alike("Group/@code", "CustomerGroupId", entity)).toBeGreaterThan(
      alike("Group/@code", "CustomerAccount", entity),
    );
  });

  test("are never more alike than a name is to itself", () => {
    for (const { label, fields } of schemas) {
      for (const { odataName } of fields.values()) expect(alike(odataName, odataName, label)).toBeCloseTo(1);
    }
  });
});

describe("the lists of names", () => {
  test("know SAP, Baan, AX, Business Central, and ordinary words", () => {
    expect(synonymCount).toBeGreaterThan(500);
    const known = (column: string): string | undefined => knownColumn(column)?.name;
    expect(known("LIFNR")).toBe("vendorNumber");
    expect(known("LFA1-LIFNR")).toBe("vendorNumber");
    expect(known("lfa1_name1")).toBe("partyName");
    expect(known("t_suno")).toBe("vendorNumber");
    expect(known("DlvMode")).toBe("deliveryMode");
    expect(known("VendTable.PaymTermId")).toBe("paymentTerms");
    expect(known("Vendor Posting Group")).toBe("vendorGroup");
    expect(known("Country_Region Code")).toBe("country");
    expect(known("No_")).toBe("ownKey");
    expect(known("Währung")).toBe("currency");
    expect(known("Address/@country")).toBe("country");
    expect(known("KNA1-LIFNR")).toBe("customersVendor");
  });

  test("take neither a part of a name nor the code of something inside the record for what they know", () => {
    expect(knownColumn("CUST_REFERENCE_TEXT")).toBeUndefined();
    expect(knownColumn("Group/@code")).toBeUndefined();
    expect(knownColumn("XYZ")).toBeUndefined();
  });

  test("lead to fields that some entity of the catalogue has", () => {
    const names = new Map(
      schemas.map(({ label, fields, keys }) => [label, new Set([...fields.keys(), ...keys])]),
    );
    const anywhere = new Set([...names.values()].flatMap((fields) => [...fields]));
    const wrong = Object.values<Meaning>(meanings).flatMap(({ fields }) =>
      fields.filter((written) => {
        const [entity = "", field] = written.split(":");
        if (field !== undefined) return names.get(entity)?.has(field.toUpperCase()) !== true;
        return !anywhere.has(written.toUpperCase());
      }),
    );
    expect(wrong).toEqual([]);
    const others = [...customaryValues, ...fallbackFields].map(({ field }) => field);
    expect(others.filter((field) => !anywhere.has(field))).toEqual([]);
  });
});
