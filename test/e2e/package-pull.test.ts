import { cpSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { check } from "../../src/cli/check.ts";
import { EntityCatalogue } from "../../src/entity/catalogue.ts";
import { defaultConversion, valueConversion } from "../../src/package/field-conversion.ts";
import { manifest } from "../../src/package/manifest.ts";
import { readManifest } from "../../src/package/read-manifest.ts";
import { dmfpipe } from "./command-line.ts";
import { inProcess } from "./in-process.ts";
import {
  built,
  carried,
  emptyProject,
  entityOf,
  manifestOf,
  pull,
  unicode,
  writePackage,
} from "./pulled-package.ts";

const fixtures = path.join(import.meta.dirname, "..", "fixtures", "package");

interface MappingFile {
  readonly entity: string;
  readonly source: Readonly<Record<string, string>>;
  readonly legalEntity?: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly package?: Readonly<Record<string, unknown>>;
}

function mapping(root: string, name: string): MappingFile {
  return parse(readFileSync(path.join(root, "mappings", name), "utf8")) as MappingFile;
}

const vendorGroups = () => {
  const schema = EntityCatalogue.builtIn().find("Vendor groups");
  if (schema === undefined) throw new Error("no vendor groups");
  return schema;
};

describe("a whole package", () => {
  const groups = entityOf({
    label: "Vendor groups",
    aotName: "VendVendorGroupEntity",
    fields: ["DESCRIPTION", "VENDORGROUPID", "ISEXCLUDEDFROMSEARCHRESULTS"].slice(0, 2),
  });
  const rates = entityOf({
    label: "Exchange rates",
    aotName: "ExchangeRateEntity",
    fileName: "Exchange rates.csv",
    fields: ["CONVERSIONFACTOR", "FROMCURRENCY", "RATE", "RATETYPENAME", "STARTDATE", "TOCURRENCY"],
  });
  const files = {
    "Vendor groups.csv": unicode("VENDORGROUPID,DESCRIPTION", 'A,"Goods, and ""services"""', "Ä, blanks "),
    "Exchange rates.csv": unicode(
      "RATETYPENAME,FROMCURRENCY,TOCURRENCY,STARTDATE,CONVERSIONFACTOR,RATE",
      "Default,EUR,USD,2011-01-31 00:00:00,One,.500000",
      "Default,JPY,USD,2154-12-31 23:59:59,Hundred,92.125000",
    ),
  };

  test("becomes mappings whose packages are the same, member by member and row by row", async () => {
    const root = emptyProject();
    const words = manifestOf([groups, rates]);
    await writePackage(path.join(root, "export.zip"), words, files);
    const done = await pull(root, "export.zip", { company: "usmf", add: true });
    expect(done, done.stderr).toMatchObject({ code: 0 });
    expect(done.stderr.trimEnd().endsWith("Next: dmfpipe check")).toBe(true);
    expect(readFileSync(path.join(root, "mappings/project.yaml"), "utf8")).toContain(
      "entities: [vendor-groups.yaml, exchange-rates.yaml]",
    );
    expect(mapping(root, "vendor-groups.yaml")).toEqual({
      entity: "Vendor groups",
      source: { file: "extracts/export/Vendor groups.csv", delimiter: ",", encoding: "utf-16le" },
      legalEntity: "USMF",
      fields: { DESCRIPTION: "DESCRIPTION", VENDORGROUPID: "VENDORGROUPID" },
    });
    const packages = await built(root);
    expect(packages.get("Vendor groups")?.data.equals(files["Vendor groups.csv"])).toBe(true);
    expect(packages.get("Exchange rates")?.data.toString("utf16le")).toBe(
      files["Exchange rates.csv"].toString("utf16le").replace(",.5", ",0.5"),
    );
    for (const entity of readManifest(manifest(words)).manifest.entities) {
      const again = packages.get(entity.label)?.entity;
      expect(again === undefined ? undefined : carried(again)).toEqual(carried(entity));
    }
  });

  test("of several entities says how project.yaml would make it as it is", async () => {
    const root = emptyProject();
    await writePackage(
      path.join(root, "export.zip"),
      manifestOf([groups, rates], { packageVersion: 1, projectCategory: 1 }),
      files,
    );
    const done = await pull(root, "export.zip");
    expect(done.stderr).toContain("  packages:\n    version: 1\n");
    expect(done.stderr).toContain("    entities: all\n");
    expect(done.stderr).toContain("  - vendor-groups.yaml\n  - exchange-rates.yaml\n");
    expect(mapping(root, "vendor-groups.yaml").legalEntity).toBe("XXXX");
  });

  test("overwrites nothing unasked, neither mappings nor data, and says what to do", async () => {
    const root = emptyProject();
    await writePackage(path.join(root, "export.zip"), manifestOf([groups]), files);
    await pull(root, "export.zip");
    const data = path.join(root, "extracts/export/Vendor groups.csv");
    expect(statSync(data).mode & 0o777).toBe(0o600);
    writeFileSync(data, "changed by hand");
    const again = await pull(root, "export.zip");
    expect(again).toMatchObject({ code: 2 });
    expect(again.stderr).toMatch(/DMFP-FILE-EXISTS: mappings\/vendor-groups\.yaml is there already/);
    const other = await pull(root, "export.zip", { out: "mappings/again.yaml" });
    expect(other.stderr).toMatch(/DMFP-FILE-EXISTS: extracts\/export\/Vendor groups\.csv/);
    expect(readFileSync(data, "utf8")).toBe("changed by hand");
    expect(existsSync(path.join(root, "mappings/again.yaml"))).toBe(false);
    expect(await pull(root, "export.zip", { force: true })).toMatchObject({ code: 0 });
    expect(readFileSync(data).equals(files["Vendor groups.csv"])).toBe(true);
  });

  test("gives one of its entities, in any case, and names the others where there is none", async () => {
    const root = emptyProject();
    await writePackage(path.join(root, "export.zip"), manifestOf([groups, rates]), files);
    const printed = await pull(root, "export.zip", { entity: "exchange RATES", out: "-" });
    expect(printed.stdout).toContain("\nentity: Exchange rates\n");
    expect(existsSync(path.join(root, "mappings/exchange-rates.yaml"))).toBe(false);
    const none = await pull(root, "export.zip", { entity: "Vendor group" });
    expect(none).toMatchObject({ code: 2 });
    expect(none.stderr).toMatch(/Did you mean Vendor groups\?[\s\S]*It has Vendor groups, Exchange rates\./);
    const two = await pull(root, "export.zip", { out: "mappings/one.yaml" });
    expect(two.stderr).toMatch(/DMFP-USAGE: --out is for one mapping/);
  });

  test("is taken from where export unpacked it, without another copy", async () => {
    const root = emptyProject();
    await writePackage(path.join(root, "export.zip"), manifestOf([groups]), files);
    await pull(root, "export.zip", { data: "there" });
    writeFileSync(
      path.join(root, "there/Manifest.xml"),
      readFileSync(path.join(fixtures, "customer-definitions/Manifest.xml")),
    );
    const words = manifest(manifestOf([groups]));
    writeFileSync(path.join(root, "there/Manifest.xml"), words);
    for (const place of ["there", "there/Manifest.xml"]) {
      expect(await pull(root, place, { force: true }, { quiet: true })).toMatchObject({
        code: 0,
        stdout: "",
        stderr: "",
      });
      expect(mapping(root, "vendor-groups.yaml").source["file"]).toBe("there/Vendor groups.csv");
    }
    expect(existsSync(path.join(root, "extracts"))).toBe(false);
  });

  test("in machine words", async () => {
    const root = emptyProject();
    await writePackage(path.join(root, "export.zip"), manifestOf([groups]), { ...files, "notes.txt": "?" });
    const done = await pull(root, "export.zip", {}, { json: true });
    expect(JSON.parse(done.stdout)).toMatchObject({
      package: "export.zip",
      dataProject: "reference-data",
      version: 2,
      category: "Project",
      strangers: ["Exchange rates.csv", "notes.txt"],
      mappings: [
        {
          entity: "Vendor groups",
          file: "mappings/vendor-groups.yaml",
          entry: "vendor-groups.yaml",
          listed: false,
          data: { records: 2, unreadable: 0, more: false },
          fields: [
            { field: "DESCRIPTION", expression: "DESCRIPTION" },
            { field: "VENDORGROUPID", expression: "VENDORGROUPID" },
          ],
          lost: [],
        },
      ],
      next: "dmfpipe check",
    });
  });
});

describe("what a manifest says beside its fields", () => {
  test("is carried over, and the package built from it says it again", async () => {
    const schema = vendorGroups();
    const root = emptyProject();
    const entity = entityOf({
      label: "Vendor groups",
      aotName: "VendVendorGroupEntity",
      fileName: "Vendor groups.xml",
      sourceFormat: "XML-Attribute",
      failLevelOnError: true,
      failExecutionUnitOnError: true,
      runBusinessLogic: false,
      runBusinessValidation: false,
      skipStaging: true,
      fields: [
        { field: "VENDORGROUPID", autoGenerated: true },
        {
          field: "DESCRIPTION",
          column: "TEXT",
          conversions: [valueConversion({ schema, field: "DESCRIPTION", from: "", to: "none" })],
        },
        {
          field: "DEFAULTPAYMENTTERMNAME",
          autoDefault: true,
          conversions: [defaultConversion(schema, "DEFAULTPAYMENTTERMNAME", "Net30")],
        },
      ],
    });
    const words = manifestOf([entity]);
    await writePackage(path.join(root, "p.zip"), words, {
      "Vendor groups.xml":
        '<Document><VENDVENDORGROUPENTITY TEXT="a &amp; b"/><VENDVENDORGROUPENTITY TEXT=""/></Document>',
    });
    const done = await pull(root, "p.zip", { add: true, company: "USMF" });
    expect(done, done.stderr).toMatchObject({ code: 0 });
    expect(mapping(root, "vendor-groups.yaml")).toMatchObject({
      source: { file: "extracts/p/Vendor groups.xml", record: "/Document/VENDVENDORGROUPENTITY" },
      fields: { DESCRIPTION: "@TEXT" },
      package: {
        format: "XML-Attribute",
        generated: ["VENDORGROUPID"],
        defaults: { DEFAULTPAYMENTTERMNAME: "Net30" },
        conversions: { DESCRIPTION: { "": "none" } },
        columns: { DESCRIPTION: "TEXT" },
      },
    });
    const [again] = (await built(root)).values();
    const [original] = readManifest(manifest(words)).manifest.entities;
    expect(again === undefined ? again : carried(again.entity)).toEqual(
      original === undefined ? 1 : carried(original),
    );
    expect(again?.data.toString()).toContain('<VENDVENDORGROUPENTITY TEXT="a &amp; b" />');
  });

  test("and cannot be carried over is named, in the mapping and on the terminal", async () => {
    const root = emptyProject();
    const entity = entityOf({
      label: "Vendor groups",
      fields: [
        "VENDORGROUPID",
        {
          field: "DESCRIPTION",
          column: "A text",
          arrayIndex: 2,
          textQualifier: true,
          defaultValueEqualsNull: true,
        },
        { field: "DESCRIPTION", column: "OTHER" },
        { field: "DEFAULTPAYMENTTERMNAME", autoDefault: true },
        "NOSUCHFIELD",
        "DATAAREAID",
      ],
      sourceFormat: "EXCEL",
      fileName: "Vendor groups.xlsx",
      excelSheetName: "Vendor_groups$",
      defaultRefreshType: "FullPush",
      queryData: "4a01",
      queryFilter: "x",
      sampleFilePath: "{1}",
      validationStatus: "No",
      transforms: [{ sequenceNumber: 1, xsltFileName: "turn.xslt", xsltResourceFileName: null }],
      disabled: true,
    });
    await writePackage(path.join(root, "p.zip"), manifestOf([entity]), { "Vendor groups.xlsx": "PK" });
    const done = await pull(root, "p.zip", { add: true });
    expect(done).toMatchObject({ code: 0 });
    const text = readFileSync(path.join(root, "mappings/vendor-groups.yaml"), "utf8").replace(/\n# /g, " ");
    for (const said of [
      "the format EXCEL",
      "QueryData",
      'QueryFilter "x"',
      "DefaultRefreshType FullPush",
      "ExcelSheetName Vendor_groups$",
      "SampleFilePath {1}",
      "ValidationStatus No",
      "style sheet turn.xslt",
      "switched off",
      "DESCRIPTION: its place 2 in an array",
      "DESCRIPTION: IsDefaultValueEqualNull",
      "DESCRIPTION: UseTextQualifier",
      'DESCRIPTION: its column is called "A text"',
      "DESCRIPTION: it is mapped twice, the second time from OTHER",
      "DEFAULTPAYMENTTERMNAME: IsAutoDefault without a value",
    ]) {
      expect(text).toContain(said);
      expect(done.stderr).toContain(said);
    }
    expect(text).toContain("# NOSUCHFIELD: NOSUCHFIELD # the catalogue knows no such field of Vendor groups");
    expect(text).toContain("# DATAAREAID: DATAAREAID # the company is said by legalEntity");
    expect(done.stderr).toContain("dmfpipe reads no workbooks");
    expect(done.stderr).toContain("is switched off in its data project, so it is not added to project.yaml");
    expect(readFileSync(path.join(root, "mappings/project.yaml"), "utf8")).toContain("entities: []");
  });

  test("a format of the environment's own is set up as its file is", async () => {
    const root = emptyProject();
    const entity = entityOf({
      label: "Vendor groups",
      sourceFormat: "Ours",
      fields: ["VENDORGROUPID", "DESCRIPTION"],
    });
    await writePackage(path.join(root, "p.zip"), manifestOf([entity]), {
      "Vendor groups.csv": "\ufeffVENDORGROUPID;DESCRIPTION\r\nA;Größe\r\nB;b\r\n",
    });
    await pull(root, "p.zip", { add: true, company: "USMF" });
    expect(mapping(root, "vendor-groups.yaml").package).toEqual({
      format: "Ours",
      delimiter: ";",
      byteOrderMark: true,
    });
    const [again] = (await built(root)).values();
    expect(again?.data.toString()).toBe("\ufeffVENDORGROUPID;DESCRIPTION\r\nA;Größe\r\nB;b\r\n");
  });

  test("columns of the file and the map that do not agree", async () => {
    const root = emptyProject();
    const entity = entityOf({
      label: "Vendor groups",
      fields: ["VENDORGROUPID", "DESCRIPTION", "DEFAULTPAYMENTTERMNAME"],
    });
    await writePackage(path.join(root, "p.zip"), manifestOf([entity]), {
      "Vendor groups.csv": unicode("VendorGroupId,Description,DataAreaId,EndDate", "A,a,usmf,"),
    });
    await pull(root, "p.zip", { add: true });
    const { fields, legalEntity } = mapping(root, "vendor-groups.yaml");
    expect(fields).toEqual({ VENDORGROUPID: "VendorGroupId", DESCRIPTION: "Description" });
    expect(legalEntity).toBe("DataAreaId");
    const text = readFileSync(path.join(root, "mappings/vendor-groups.yaml"), "utf8");
    expect(text).toContain(
      "# DEFAULTPAYMENTTERMNAME: DEFAULTPAYMENTTERMNAME # the data file has no such column",
    );
    expect(text).toContain("# Columns of the file that the package maps to no field: DataAreaId, EndDate.");
    expect(await inProcess(root, (context) => check(context, {}))).toMatchObject({ code: 0 });
  });

  test("attachments come along", async () => {
    const root = emptyProject();
    const entity = entityOf({ label: "Vendor groups", fields: ["VENDORGROUPID", "DESCRIPTION"] });
    await writePackage(path.join(root, "p.zip"), manifestOf([entity]), {
      "Vendor groups.csv": unicode("VENDORGROUPID,DESCRIPTION", "A,picture.png"),
      "Resources/Vendor groups/picture.png": "png",
    });
    await pull(root, "p.zip");
    expect(readFileSync(path.join(root, "extracts/p/Resources/Vendor groups/picture.png"), "utf8")).toBe(
      "png",
    );
    expect(mapping(root, "vendor-groups.yaml").package).toEqual({
      attachments: { folder: "extracts/p/Resources/Vendor groups", field: "DESCRIPTION" },
    });
  });
});

describe("the manifests that were published", () => {
  test("customer definitions: every field is in the mapping, or named with the reason", async () => {
    const root = emptyProject();
    cpSync(path.join(fixtures, "customer-definitions"), path.join(root, "template"), { recursive: true });
    const done = await pull(root, "template", { company: "USMF", add: true });
    expect(done).toMatchObject({ code: 0 });
    const { manifest: published } = readManifest(
      readFileSync(path.join(fixtures, "customer-definitions/Manifest.xml")),
    );
    const names =
      published.entities[0]?.fields.map((field) => (typeof field === "string" ? field : field.field)) ?? [];
    const text = readFileSync(path.join(root, "mappings/customer-definitions.yaml"), "utf8");
    const lines = [...text.matchAll(/^ {2}(?:# )?([A-Z0-9_]+): /gm)].map(([, name]) => name);
    expect(lines).toEqual(names);
    expect(names).toHaveLength(194);
    // With an extract in the place it names, the project is in order; its package says what the template said.
    const { fields, source } = mapping(root, "customer-definitions.yaml");
    const columns = Object.keys(fields);
    const values = columns.map(
      (name) =>
        ({ CUSTOMERACCOUNT: "C1", CUSTOMERGROUPID: "10", NAME: "One", SALESCURRENCYCODE: "EUR" })[name] ?? "",
    );
    mkdirSync(path.join(root, "extracts"));
    writeFileSync(path.join(root, source["file"] ?? ""), `${columns.join(",")}\n${values.join(",")}\n`);
    const [again] = (await built(root)).values();
    expect(again?.words).toMatchObject({ packageVersion: 2, projectCategory: 0 });
    const original = published.entities[0];
    const kept = original && {
      ...original,
      fields: original.fields.filter((field) =>
        columns.includes(typeof field === "string" ? field : field.field),
      ),
    };
    // Files are named after their entities here; that another name is not kept is said.
    expect(text).toContain("InputFilePath CUSTCUSTOMERBASEENTITY.xml");
    const wanted = kept && carried({ ...kept, fileName: "Customer definitions.xml" });
    expect(again === undefined ? "no package" : carried(again.entity)).toMatchObject(wanted ?? {});
  });

  test("asset major types: the catalogue has no such entity, and the next command is told", async () => {
    const root = emptyProject();
    const done = await pull(root, path.join(fixtures, "asset-major-types/Manifest.xml"));
    expect(done).toMatchObject({ code: 2 });
    expect(done.stderr).toMatch(
      /DMFP-MAPPING-ENTITY: The catalogue does not have the entity Fixed asset major type/,
    );
    expect(done.stderr).toContain('dmfpipe schema pull "Fixed asset major type"');
  });

  test("once the entity is known, the same package gives its mapping", async () => {
    const root = emptyProject();
    writeFileSync(
      path.join(root, "mappings/schema-overrides.yaml"),
      "entities:\n  Fixed asset major type:\n    aotName: AssetMajorTypeEntity\n    scope: company\n    keys: [MAJORTYPEID]\n    fields:\n      MAJORTYPEID: { type: string }\n      DESCRIPTION: { type: string }\n",
    );
    const done = await pull(root, path.join(fixtures, "asset-major-types/Manifest.xml"), { company: "USMF" });
    expect(done, done.stderr).toMatchObject({ code: 0 });
    expect(mapping(root, "fixed-asset-major-type.yaml").fields).toEqual({
      DESCRIPTION: "DESCRIPTION",
      MAJORTYPEID: "MAJORTYPEID",
    });
    expect(done.stderr).toContain("Fixed asset major type.xlsx is not in");
  });
});

describe("a composite entity", () => {
  const label = "Sales orders composite V4";
  const element = "SALESORDERHEADERV2ENTITY";
  const day = "<REQUESTEDSHIPPINGDATE>2026-12-01T00:00:00</REQUESTEDSHIPPINGDATE>";
  const line = (lot: string, item: string): string =>
    `<SALESORDERLINEV2ENTITY><INVENTORYLOTID>${lot}</INVENTORYLOTID><ITEMNUMBER>${item}</ITEMNUMBER>${day}</SALESORDERLINEV2ENTITY>`;
  const customer = ["ORDERINGCUSTOMERACCOUNTNUMBER", "INVOICECUSTOMERACCOUNTNUMBER"].map(
    (name) => `<${name}>C1</${name}>`,
  );
  const order = (number: string, ...lines: string[]): string =>
    `<${element}><SALESORDERNUMBER>${number}</SALESORDERNUMBER>${customer.join("")}${day}${lines.join("")}</${element}>`;
  const data = `<Document>${order("S1", line("L1", "A"), line("L2", "B"))}${order("S2", line("L3", "C"))}</Document>`;

  test("becomes one mapping for each entity nested in it, and the words for project.yaml", async () => {
    const root = emptyProject();
    const entity = entityOf({ label, fileName: "orders.xml", sourceFormat: "XML-Element", fields: [] });
    await writePackage(path.join(root, "p.zip"), manifestOf([entity]), { "orders.xml": data });
    const done = await pull(root, "p.zip", { company: "USMF", add: true });
    expect(done, done.stderr).toMatchObject({ code: 0 });
    expect(mapping(root, "sales-order-headers.yaml")).toMatchObject({
      entity: "Sales order headers V2",
      source: { file: "extracts/p/orders.xml", record: `/Document/${element}` },
      fields: {
        SALESORDERNUMBER: "SALESORDERNUMBER",
        ORDERINGCUSTOMERACCOUNTNUMBER: "ORDERINGCUSTOMERACCOUNTNUMBER",
      },
    });
    expect(mapping(root, "sales-order-lines.yaml")).toMatchObject({
      entity: "Sales order lines V2",
      source: { record: `/Document/${element}`, rows: "SALESORDERLINEV2ENTITY" },
      fields: {
        INVENTORYLOTID: "INVENTORYLOTID",
        ITEMNUMBER: "ITEMNUMBER",
        SALESORDERNUMBER: "../SALESORDERNUMBER",
      },
    });
    const words = /^ {2}composites:\n(?: {4}.*\n)+/m.exec(done.stderr)?.[0].replace(/^ {2}/gm, "") ?? "";
    expect(parse(words)).toEqual({
      composites: [
        {
          entity: label,
          parts: ["Sales order headers V2", { entity: "Sales order lines V2", in: "Sales order headers V2" }],
        },
      ],
    });
    // With these words the documents are nested again.
    const file = path.join(root, "mappings/project.yaml");
    writeFileSync(file, `${readFileSync(file, "utf8")}\n${words}`);
    const [again] = (await built(root)).values();
    const xml = again?.data.toString() ?? "";
    expect(
      [...xml.matchAll(/<(?:SALESORDERNUMBER|INVENTORYLOTID)>([^<]*)/g)].map(([, value]) => value),
    ).toEqual(expect.arrayContaining(["S1", "L1", "L2", "S2", "L3"]));
    expect(xml.indexOf("L2")).toBeLessThan(xml.indexOf("S2"));
    expect(xml.match(new RegExp(`<${element}>`, "g"))).toHaveLength(2);
  });
});

describe("what is no good package", () => {
  test.each([
    ["no zip and no XML", "nothing at all", /DMFP-PACKAGE-UNREADABLE/],
    ["another XML", "<a/>", /names no entities/],
    ["a damaged zip", "PK and then nothing", /DMFP-PACKAGE-UNREADABLE/],
  ])("%s is refused", async (_name, content, said) => {
    const root = emptyProject();
    writeFileSync(path.join(root, "p.zip"), content);
    const done = await pull(root, "p.zip");
    expect(done).toMatchObject({ code: 3 });
    expect(done.stderr).toMatch(said);
  });

  test("nothing there, data outside the project, a company that is none", async () => {
    const root = emptyProject();
    expect(await pull(root, "missing.zip")).toMatchObject({ code: 3 });
    const file = path.join(fixtures, "customer-definitions/Manifest.xml");
    const outside = await pull(root, file, { data: "../elsewhere" });
    expect(outside.stderr).toMatch(/DMFP-PATH-OUTSIDE/);
    expect((await pull(root, file, { company: "TOOLONG" })).stderr).toMatch(/TOOLONG is no legal entity/);
  });

  test("members F&O would drop are told", async () => {
    const root = emptyProject();
    const text = readFileSync(path.join(fixtures, "customer-definitions/Manifest.xml")).toString("utf16le");
    const late = text
      .replace(/<EntityName>Customer definitions<\/EntityName>/, "")
      .replace(
        "</DataManagementPackageEntityData>",
        "<EntityName>Customer definitions</EntityName></DataManagementPackageEntityData>",
      );
    writeFileSync(path.join(root, "Manifest.xml"), Buffer.from(late, "utf16le"));
    const done = await pull(root, "Manifest.xml", { company: "USMF" });
    expect(done).toMatchObject({ code: 0 });
    expect(done.stderr).toMatch(/EntityName comes after \w+ and is dropped/);
  });
});

test("the command line knows it", async () => {
  const root = emptyProject();
  const help = await dmfpipe(root, ["package", "pull", "--help"]);
  expect(help).toMatchObject({ code: 0 });
  expect(help.stdout).toContain("--entity <label>");
  const done = await dmfpipe(root, [
    "package",
    "pull",
    path.join(fixtures, "customer-definitions"),
    "--company",
    "USMF",
  ]);
  expect(done, done.stderr).toMatchObject({ code: 0 });
  expect(existsSync(path.join(root, "mappings/customer-definitions.yaml"))).toBe(true);
});
