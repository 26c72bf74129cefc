import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { EntityCatalogue } from "../../src/entity/catalogue.ts";
import type { EntityField, EntitySchema } from "../../src/entity/entity-schema.ts";
import { parseLookup } from "../../src/mapping/lookup.ts";
import { mappingText } from "../../src/mapping/propose/mapping-text.ts";
import { folderWith } from "../project/temporary-project.ts";
import { compiled, definitionOf, lineOf, propose } from "./proposed-mapping.ts";

const catalogue = EntityCatalogue.builtIn();

function schemaOf(label: string): EntitySchema {
  const schema = catalogue.find(label);
  if (schema === undefined) throw new Error(`no entity ${label}`);
  return schema;
}

const vendors = schemaOf("Vendors V2");

describe("values decide the steps", () => {
  test.each([
    ["ADDRESSVALIDFROM", ["31.12.2024", "01.02.2023"], 'date("dd.MM.yyyy")'],
    ["ADDRESSVALIDFROM", ["20241231", "00000000", "20230201"], 'date("yyyyMMdd")'],
    ["ADDRESSVALIDFROM", ["45688", "45001"], "excelDate"],
    ["CREDITLIMIT", ["1.234,50", "12,5", "7"], 'decimal(",", 2)'],
    ["CREDITLIMIT", ["1234.505", "1"], 'decimal(".", 3)'],
    ["CREDITLIMIT", ["5", "12"], undefined],
    ["ISONETIMEVENDOR", ["X", "", "X"], 'yesNo("X")'],
    ["ISONETIMEVENDOR", ["ja", "nein"], "yesNo"],
    ["ISONETIMEVENDOR", ["Yes", "No"], undefined],
    ["ONHOLDSTATUS", ["All", "No"], undefined],
    ["ONHOLDSTATUS", ["purch order", "all"], "enumByName"],
    ["VENDORGROUPID", [" A", "B"], "trim"],
  ])("%s from %j", (field, values, step) => {
    const line = lineOf(propose(vendors, { [field]: values }), field);
    expect(line?.state).toBe("proposed");
    expect(line?.expression).toBe(step === undefined ? field : `${field} | ${step}`);
  });

  test("values that cannot be right make a good name doubtful, or worse", () => {
    const line = lineOf(propose(vendors, { CREDITLIMIT: ["high", "low"] }), "CREDITLIMIT");
    expect(line).toBeUndefined();
    const dates = lineOf(propose(vendors, { ADDRESSVALIDFROM: ["soon", "later"] }), "ADDRESSVALIDFROM");
    expect(dates).toBeUndefined();
  });

  test("values nobody can know the meaning of become a map to fill in, as a comment", () => {
    const proposal = propose(vendors, {
      SPERR: ["X", "Z", "No"],
      LIFNR: ["1", "2", "3"],
      KTOKK: ["A", "B", "C"],
    });
    const line = lineOf(proposal, "ONHOLDSTATUS");
    expect(line).toMatchObject({
      state: "open",
      expression: 'SPERR | map("X" -> ?, "Z" -> ?, "No" -> No)',
    });
    expect(definitionOf(proposal, folderWith({})).fields.map(({ name }) => name.value)).toEqual([
      "VENDORACCOUNTNUMBER",
      "VENDORGROUPID",
    ]);
  });

  test("a few bad values do not change what is proposed", () => {
    const values = [...Array.from({ length: 99 }, (_, index) => `${(index % 28) + 1}.01.2024`), "unknown"];
    const line = lineOf(propose(vendors, { ADDRESSVALIDFROM: values }), "ADDRESSVALIDFROM");
    expect(line?.expression).toBe('ADDRESSVALIDFROM | date("d.M.yyyy")');
  });

  test("what does not fit is said", () => {
    const proposal = propose(vendors, {
      LIFNR: ["0000000001", "7", ""],
      KTOKK: ["far too long a group", "B", "C"],
    });
    expect(lineOf(proposal, "VENDORACCOUNTNUMBER")?.remarks.join("; ")).toMatch(
      /empty in 1 records.*leading zeros.*padStart\(10, "0"\)/,
    );
    expect(lineOf(proposal, "VENDORGROUPID")?.remarks.join("; ")).toMatch(/up to 20 characters, 10 fit/);
  });

  test("a lookup of the project that knows the values is used", () => {
    const lookups = [
      parseLookup("languages", "from,to\nD,de\nE,en-US\n", "languages.csv"),
      parseLookup("terms", "from,to\nNT30,Net30\n", "terms.csv"),
    ];
    const proposal = propose(vendors, { SPRAS: ["D", "E", "D"], ZTERM: ["NT30", "X1", "X2"] }, { lookups });
    expect(lineOf(proposal, "LANGUAGEID")?.expression).toBe("SPRAS | lookup(languages)");
    expect(lineOf(proposal, "DEFAULTPAYMENTTERMSNAME")?.expression).toBe("ZTERM");
  });
});

describe("which column goes where", () => {
  test("the same meaning is found under the names of every system", () => {
    const names = {
      SAP: ["LIFNR", "NAME1", "KTOKK", "WAERS", "ORT01"],
      AX: ["AccountNum", "Name", "VendGroup", "Currency", "City"],
      "Business Central": ["No.", "Name", "Vendor Posting Group", "Currency Code", "City"],
      Baan: ["t_suno", "t_nama", "Lieferantengruppe", "t_ccur", "t_ccit"],
      German: ["Lieferantennummer", "Name", "Lieferantengruppe", "Währung", "Ort"],
    };
    const fields = [
      "VENDORACCOUNTNUMBER",
      "VENDORORGANIZATIONNAME",
      "VENDORGROUPID",
      "CURRENCYCODE",
      "ADDRESSCITY",
    ];
    for (const [system, columns] of Object.entries(names)) {
      const source = Object.fromEntries(columns.map((name) => [name, ["a", "b"]]));
      const proposal = propose(vendors, source);
      const found = fields.map((field) => lineOf(proposal, field)?.column);
      expect(found, system).toEqual(columns);
      expect(fields.map((field) => lineOf(proposal, field)?.state)).toEqual(fields.map(() => "proposed"));
    }
  });

  test("the legal entity comes from a column, or from the project", () => {
    const map = propose(vendors, { BUKRS: ["100", "200", "100"], LIFNR: ["1", "2", "3"] }).legalEntity;
    expect(map).toMatchObject({
      column: "BUKRS",
      expression: 'BUKRS | map("100" -> XXXX, "200" -> XXXX)',
      open: true,
    });
    const own = propose(vendors, { DATAAREAID: ["usmf", "DEMF"] }, { writableCompanies: ["USMF", "DEMF"] });
    expect(own.legalEntity).toMatchObject({ expression: "DATAAREAID", open: false });
    const one = propose(vendors, { BUKRS: ["100", "100"] });
    expect(one.legalEntity.expression).toBe('BUKRS | map("100" -> USMF)');
    expect(propose(vendors, { LIFNR: ["1"] }).legalEntity.expression).toBeUndefined();
  });

  test("who is invoiced is the one who ordered, where a source leaves it empty", () => {
    const orders = schemaOf("Sales order headers V2");
    const both = propose(orders, { SOLD_TO: ["C1", "C2", "C3"], BILL_TO: ["C9", "", ""] });
    expect(lineOf(both, "INVOICECUSTOMERACCOUNTNUMBER")?.expression).toBe("coalesce(BILL_TO, SOLD_TO)");
    const one = propose(orders, { SOLD_TO: ["C1", "C2", "C3"] });
    expect(lineOf(one, "INVOICECUSTOMERACCOUNTNUMBER")?.expression).toBe("SOLD_TO");
  });

  test("wanted fields without a column are named", () => {
    const proposal = propose(vendors, { NAME1: ["a", "b"] });
    expect(lineOf(proposal, "VENDORACCOUNTNUMBER")).toMatchObject({ state: "missing", wanted: true });
    expect(compiled(proposal, vendors, folderWith({}))).toBeUndefined();
  });

  test("a mark for deletion becomes a condition, as a comment", () => {
    const proposal = propose(vendors, { LOEVM: ["", "X", ""], LIFNR: ["1", "2", "3"] });
    expect(proposal.where).toMatchObject({ column: "LOEVM", condition: "LOEVM is empty" });
    expect(proposal.fields.some(({ column }) => column === "LOEVM")).toBe(false);
  });
});

/** Values of the type of a field, as a careful source would write them. */
function valuesFor(schema: EntitySchema, field: EntityField): string[] {
  switch (field.type) {
    case "datetime":
      return ["2024-01-31", "2024-02-29"];
    case "decimal":
      return ["1.50", "2.25"];
    case "int32":
    case "int64":
      return ["1", "20"];
    case "enum":
      return [...(schema.enums.get(field.enumName ?? "") ?? ["A", "B"])];
    default:
      return ["a", "b"];
  }
}

describe("every entity of the catalogue", () => {
  test.each(catalogue.labels())("%s finds its own fields again, and compiles", (label) => {
    const schema = schemaOf(label);
    const fields = [...schema.fields.values()].filter((field) => field.readOnly !== true || field.mandatory);
    const columns = Object.fromEntries(fields.map((field) => [field.odataName, valuesFor(schema, field)]));
    // Of some entities only the key is known.
    const keys = schema.fieldsKnown ? [] : schema.keys.map((key) => [key, ["1", "2"]] as const);
    const proposal = propose(schema, { ...columns, ...Object.fromEntries(keys) });
    const lost = fields.filter(({ name }) => lineOf(proposal, name)?.state !== "proposed");
    // A column that is called like the company is taken for it.
    const company = proposal.legalEntity.column?.toUpperCase();
    expect(lost.map(({ name }) => name).filter((name) => name !== company)).toEqual([]);
    expect(compiled(proposal, schema, folderWith({}))).toBeDefined();
  });

  test.each(catalogue.labels())("%s gets a mapping that compiles from a source of SAP", (label) => {
    const schema = schemaOf(label);
    const proposal = propose(schema, {
      BUKRS: ["100", "200"],
      LIFNR: ["1", "2"],
      KUNNR: ["1", "2"],
      NAME1: ["a", "b"],
      MATNR: ["1", "2"],
      ERDAT: ["31.12.2024", "01.01.2025"],
      NETWR: ["1,50", "2.000,00"],
      SPERR: ["X", "Z"],
    });
    // Fails for every mistake but that wanted fields are missing, which the proposal itself names.
    compiled(proposal, schema, folderWith({}));
    expect(proposal.fields.filter(({ wanted }) => wanted).length).toBeGreaterThanOrEqual(schema.keys.length);
  });
});

describe("whatever the source", () => {
  test("the proposal can be read back, compiles, uses no column twice, and is the same again", () => {
    const folder = folderWith({});
    const name = fc.oneof(
      fc.constantFrom(
        "LIFNR",
        "NAME1",
        "WAERS",
        "BUKRS",
        "Name",
        "@id",
        "Group/@code",
        "Phone[1]",
        "SPERR",
        "E-Mail",
      ),
      fc.string({ minLength: 1, maxLength: 12, unit: "binary" }).map((text) => text.trim() || "x"),
      fc.stringMatching(/^[A-Za-z_ ,:#|'"`[\]{}\\-]{1,10}$/).map((text) => text.trim() || "y"),
    );
    const value = fc.oneof(
      fc.constantFrom(
        "X",
        "",
        "1",
        "0",
        "31.12.2024",
        "1,5",
        "1.5",
        "true",
        "Yes",
        " a ",
        '"',
        "\\",
        "\n",
        "?",
      ),
      fc.string({ maxLength: 10, unit: "binary" }),
    );
    const source = fc.dictionary(name, fc.array(value, { minLength: 1, maxLength: 6 }), {
      maxKeys: 8,
      noNullPrototype: true,
    });
    fc.assert(
      fc.property(source, fc.constantFrom("Vendors V2", "Customers V3"), (columns, label) => {
        const schema = schemaOf(label);
        const proposal = propose(schema, columns);
        compiled(proposal, schema, folder);
        const used = proposal.fields
          .filter(({ expression }) => expression?.startsWith("coalesce") !== true)
          .flatMap(({ column }) => column ?? []);
        expect(new Set(used).size).toBe(used.length);
        const all = [...used, ...proposal.unused.map(({ profile }) => profile.name)];
        for (const other of [proposal.legalEntity.column, proposal.where?.column]) {
          if (other !== undefined) all.push(other);
        }
        expect(all.sort()).toEqual(Object.keys(columns).sort());
        expect(propose(schema, columns)).toEqual(proposal);
      }),
      { numRuns: 300 },
    );
  });

  test("with what it says of other columns, a person can do the rest", () => {
    const proposal = propose(vendors, {
      LIFNR: ["1", "2"],
      KTOKK: ["A", "A"],
      ERNAM: ["BATCH", "BATCH"],
      FOO: ["", ""],
    });
    const text = mappingText({ proposal, source: { file: "x.csv", delimiter: "\t", quote: "" }, head: [] });
    expect(text).toContain('source: { file: x.csv, delimiter: "\\t", quote: "" }');
    expect(text).toMatch(/# {3}ERNAM {2}100 % filled +"BATCH" {2}\(SAP ERNAM: created by\)/);
    expect(text).toMatch(/# {3}FOO {4}never filled\n/);
    expect(text).toMatch(/VENDORACCOUNTNUMBER: LIFNR +# 0\.\d\d SAP LIFNR: vendor number/);
    expect(text.split("\n").filter((line) => line.length > 140)).toEqual([]);
  });
});
