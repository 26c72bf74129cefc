import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, expect, test } from "vitest";
import { EntityCatalogue } from "../../src/entity/catalogue.ts";
import { DmfpipeError } from "../../src/errors/dmfpipe-error.ts";
import { mistakesOf } from "../../src/errors/mistakes.ts";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function catalogueWith(overrides: string): EntityCatalogue {
  const root = mkdtempSync(path.join(os.tmpdir(), "dmfpipe-overrides-"));
  folders.push(root);
  mkdirSync(path.join(root, "mappings"));
  writeFileSync(path.join(root, "mappings", "schema-overrides.yaml"), overrides);
  return EntityCatalogue.of(root);
}

function mistakesIn(overrides: string): string[] {
  try {
    catalogueWith(overrides);
  } catch (thrown) {
    if (!(thrown instanceof DmfpipeError)) throw thrown;
    expect(thrown.code).toBe("DMFP-SCHEMA-INVALID");
    return mistakesOf(thrown).map(({ at, message }) => `${at.line ?? 0}:${at.column ?? 0} ${message}`);
  }
  throw new Error("no mistake was found");
}

test("the example of the documentation does what it says", () => {
  const page = readFileSync(path.join(import.meta.dirname, "../../docs/schema.md"), "utf8");
  const example = /^```yaml overrides\n([\s\S]*?)^```$/m.exec(page)?.[1] ?? "";
  const catalogue = catalogueWith(example);
  const vendors = catalogue.find("Vendors V2");
  expect(vendors?.fields.get("VENDORSEARCHNAME")).toMatchObject({ size: 40, evidence: { size: "override" } });
  expect(vendors?.fields.get("VENDORORGANIZATIONNAME")).toMatchObject({
    mandatory: true,
    size: 100,
    evidence: { size: "table", mandatory: "override" },
  });
  expect(vendors?.fields.get("OURREGION")).toMatchObject({ type: "string", size: 10, mandatory: false });
  const rating = vendors?.fields.get("OURRATING");
  expect(rating?.type).toBe("enum");
  expect(vendors?.enums.get(rating?.enumName ?? "")).toEqual(["None", "Good", "Poor"]);
  const state = vendors?.fields.get("OURSTATE")?.enumName ?? "";
  expect(vendors?.enums.get(state)).toEqual(["Open", "Closed"]);
  expect(vendors?.enumNumbers?.get(state)).toEqual([0, 10]);
  expect(vendors?.relations).toContainEqual({
    fields: ["OURREGION"],
    entity: "Our regions",
    targetFields: ["REGIONID"],
    evidence: "override",
  });
  expect(vendors?.relations.flatMap(({ fields }) => fields)).not.toContain("CURRENCYCODE");
  expect(
    EntityCatalogue.builtIn()
      .find("Vendors V2")
      ?.relations.flatMap(({ fields }) => fields),
  ).toContain("CURRENCYCODE");
  expect(catalogue.labels()).toContain("Our regions");
  expect(catalogue.find("Our regions")).toMatchObject({
    aotName: "OurRegionEntity",
    keys: ["REGIONID"],
    fieldsKnown: true,
  });
  expect(catalogue.find("Our regions")?.fields.get("REGIONID")).toMatchObject({ key: true, mandatory: true });
});

test("an enum's members are changed for one field, not for others that use the enum", () => {
  const catalogue = catalogueWith(
    "entities:\n  Vendor groups:\n    fields:\n      ISPUBLICSECTOR_IT: { members: [No, Yes, Perhaps] }\n",
  );
  const groups = catalogue.find("Vendor groups");
  const members = (name: string) => groups?.enums.get(groups.fields.get(name)?.enumName ?? "");
  expect(members("ISPUBLICSECTOR_IT")).toEqual(["No", "Yes", "Perhaps"]);
  expect(members("ISEXCLUDEDFROMSEARCHRESULTS")).toEqual(["No", "Yes"]);
});

test("a length can be lifted, and a mandatory field made optional", () => {
  const catalogue = catalogueWith(
    "entities:\n  Vendors V2:\n    fields:\n      VENDORGROUPID: { mandatory: false, size: unlimited }\n",
  );
  const group = catalogue.find("Vendors V2")?.fields.get("VENDORGROUPID");
  expect(group).toMatchObject({ mandatory: false, evidence: { mandatory: "override" } });
  expect(group?.size).toBeUndefined();
});

test("other keys make other fields part of the key", () => {
  const catalogue = catalogueWith(
    "entities:\n  Sales order lines V2:\n    keys: [SALESORDERNUMBER, LINENUMBER]\n",
  );
  const lines = catalogue.find("Sales order lines V2");
  expect(lines?.keys).toEqual(["SALESORDERNUMBER", "LINENUMBER"]);
  expect(lines?.fields.get("LINENUMBER")).toMatchObject({ key: true, mandatory: true });
  expect(lines?.fields.get("INVENTORYLOTID")?.key).toBe(false);
});

test("mistakes say where they are and what was meant, all of them at once", () => {
  expect(
    mistakesIn(`entities:
  Vendor V2:
    scope: company
  Vendors V2:
    keys: [VENDORACCOUNT]
    dependsOn: [Vendor grops]
    unrelated: [CURENCYCODE]
    relations:
      - { fields: [CURRENCYCODE], entity: Curencies, targetFields: [CURRENCYCODE] }
      - { fields: [LANGUAGEID], entity: Currencies, targetFields: [CURENCYCODE] }
    fields:
      VENDORSEARCHNAMES: { size: 3 }
`),
  ).toEqual([
    "2:3 mappings/schema-overrides.yaml: no entity Vendor V2 is known. Did you mean Vendors V2?",
    "5:12 mappings/schema-overrides.yaml: the entity Vendors V2 has no field VENDORACCOUNT.",
    "6:17 mappings/schema-overrides.yaml: no entity Vendor grops is known. Did you mean Vendor groups?",
    "7:17 mappings/schema-overrides.yaml: the entity Vendors V2 has no field CURENCYCODE. Did you mean CURRENCYCODE?",
    "9:43 mappings/schema-overrides.yaml: no entity Curencies is known. Did you mean Currencies?",
    "10:68 mappings/schema-overrides.yaml: the entity Currencies has no field CURENCYCODE. Did you mean CURRENCYCODE?",
    "12:7 mappings/schema-overrides.yaml: the entity Vendors V2 has no field VENDORSEARCHNAMES. Did you mean VENDORSEARCHNAME?",
  ]);
});

test.each([
  ["fields:\n      vendorgroupid: { size: 3 }", "4:7", "Did you mean VENDORGROUPID?"],
  ["fields:\n      VENDORGROUPID: { sise: 3 }", "4:24", "Did you mean size?"],
  ["fields:\n      VENDORGROUPID: { size: 0 }", "4:30", "size"],
  ["fields:\n      VENDORGROUPID: { type: text }", "4:30", "one of string"],
  ["scope: shard", "3:12", "Did you mean shared?"],
])("a shape that is wrong is shown at its place: %s", (text, place, words) => {
  const [mistake = ""] = mistakesIn(`entities:\n  Vendors V2:\n    ${text}\n`);
  expect(mistake.startsWith(`${place} `), mistake).toBe(true);
  expect(mistake).toContain(words);
});
