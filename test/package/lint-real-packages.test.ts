import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { EntityCatalogue } from "../../src/entity/catalogue.ts";
import type { LintedPackage } from "../../src/package/lint/lint-finding.ts";
import { lintPackage } from "../../src/package/lint/lint-package.ts";
import { entityFileFormat } from "../../src/package/choose-format.ts";
import { PackageWriter } from "../../src/package/package-writer.ts";
import { entity, manifest, map, packageFiles, packageZip } from "./foreign-package.ts";
import { sampleOptions, sampleRecord } from "./sample-package.ts";
import { makeZip } from "./zip-maker.ts";

const folder = mkdtempSync(path.join(tmpdir(), "dmfpipe-lint-"));
const fixtures = path.join(import.meta.dirname, "..", "fixtures");
const catalogue = EntityCatalogue.builtIn();

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function lintFile(file: string): Promise<LintedPackage> {
  return await lintPackage(file, { catalogue, shownAs: file, signal: new AbortController().signal });
}

async function lintZip(zip: Buffer): Promise<LintedPackage> {
  const file = path.join(folder, "package.zip");
  writeFileSync(file, zip);
  return await lintFile(file);
}

function rulesOf({ findings }: LintedPackage): string[] {
  return findings.map(({ rule }) => rule);
}

test("an export of F&O has nothing but what dmfpipe does not look at", async () => {
  const linted = await lintFile(path.join(fixtures, "sandbox", "asset-major-types.zip"));
  expect(rulesOf(linted)).toEqual(["DMFP-LINT-ENTITY-UNKNOWN", "DMFP-LINT-EXCEL-NOT-READ"]);
});

test("the manifest of a project in use has only fields of its own that dmfpipe does not know", async () => {
  const definition = path.join(fixtures, "package", "customer-definitions");
  const text = readFileSync(path.join(definition, "Manifest.xml"), "utf16le");
  const columns = [...text.matchAll(/<XMLField>(\w+)<\/XMLField>/g)].map((match) => match[1] ?? "");
  const attributes = columns.map((column) => `${column}="${column === "CUSTOMERACCOUNT" ? "C1" : ""}"`);
  const linted = await lintZip(
    makeZip([
      {
        name: "CUSTCUSTOMERBASEENTITY.xml",
        data: `<Document><CUSTCUSTOMERBASEENTITY ${attributes.join(" ")} /></Document>`,
      },
      ...["Manifest.xml", "PackageHeader.xml"].map((name) => ({
        name,
        data: readFileSync(path.join(definition, name)),
      })),
    ]),
  );
  expect(columns.length).toBeGreaterThan(50);
  expect(linted.findings.map(({ rule, message }) => [rule, message.slice(0, 58)])).toEqual([
    ["DMFP-LINT-MAP-FIELD-UNKNOWN", "dmfpipe does not know 106 mapped fields of Customer defini"],
  ]);
  expect(linted.entities[0]?.records).toBe(1);
});

test.each(["CSV-Unicode", "XML-Element", "XML-Attribute"])(
  "our own packages in %s are clean",
  async (name) => {
    const writer = await PackageWriter.open({ ...sampleOptions(folder), format: entityFileFormat({ name }) });
    for (let number = 1; number <= 500; number++) await writer.write(sampleRecord(number));
    const built = await writer.close();
    const linted = await lintFile(built.path);
    expect(linted.findings).toEqual([]);
    expect(linted.entities[0]?.records).toBe(500);
  },
);

test("our own UTF-8 format is what the environment must have, and nothing else", async () => {
  const format = entityFileFormat({ name: "CSV-UTF8", encoding: "utf-8", delimiter: ";" });
  const writer = await PackageWriter.open({ ...sampleOptions(folder), format });
  await writer.write(sampleRecord(1));
  expect(rulesOf(await lintFile((await writer.close()).path))).toEqual(["DMFP-LINT-ENTITY-FORMAT-OWN"]);
});

test("everything that is wrong is said at once, with its place", async () => {
  const rows = ["CUSTOMERGROUPID,DESCRIPTION", "A,First", "A,Second", "", "B", "C,x,y", "D", 'E,"4"" pipe"'];
  const { findings } = await lintZip(
    packageZip({
      manifest: manifest(entity({ label: "Customer group" }))
        .replace("<Disable>false", "<Disable>No")
        .replaceAll("><", ">\n<"),
      data: `${rows.join("\n")}\n`,
      more: [{ name: "left.txt", data: "x" }],
    }),
  );
  const found = findings.map(({ rule, place, count, moreLines }) => ({
    rule,
    place: [place.entry, place.line, place.field].join(" "),
    count,
    moreLines,
  }));
  const file = "Customer groups.csv";
  expect(found).toEqual([
    { rule: "DMFP-LINT-DOCUMENT-BOOLEAN", place: "Manifest.xml 6 Disable", count: 1, moreLines: [] },
    { rule: "DMFP-LINT-DATA-KEY-TWICE", place: `${file} 3 `, count: 1, moreLines: [] },
    { rule: "DMFP-LINT-CSV-LINE-END", place: `${file} 1 `, count: 7, moreLines: [2, 3, 5, 6] },
    { rule: "DMFP-LINT-CSV-ROW-WIDTH", place: `${file} 5 `, count: 3, moreLines: [6, 7] },
    { rule: "DMFP-LINT-CSV-BLANK-LINE", place: `${file} 4 `, count: 1, moreLines: [] },
    { rule: "DMFP-LINT-FILE-UNUSED", place: "left.txt  ", count: 1, moreLines: [] },
    { rule: "DMFP-LINT-ENTITY-LABEL", place: "Manifest.xml 29 EntityName", count: 1, moreLines: [] },
    { rule: "DMFP-LINT-CSV-QUALIFIER", place: `${file} 8 DESCRIPTION`, count: 1, moreLines: [] },
  ]);
});

test("a late member names what is lost", async () => {
  const text = manifest(entity()).replace(
    /(<EntityMapList>.*<\/EntityMapList>)(<EntityName>[^<]*<\/EntityName>)/,
    "$2$1",
  );
  const { findings } = await lintZip(packageZip({ manifest: text }));
  expect(findings.map(({ message }) => message)).toEqual([
    "EntityMapList stands behind EntityName, so F&O ignores it: the entity has no field map, and the import loads nothing without an error.",
  ]);
});

test("a bare ampersand is named where it stands, however far the next semicolon is", async () => {
  const record = (name: string): string =>
    `<CUSTCUSTOMERGROUPENTITY><CUSTOMERGROUPID>${name}</CUSTOMERGROUPID><DESCRIPTION>x</DESCRIPTION></CUSTCUSTOMERGROUPENTITY>\n`;
  const good = Array.from({ length: 20_000 }, (_, index) => record(`A &amp; ${index}`)).join("");
  const { findings } = await lintZip(
    packageZip({
      manifest: manifest(entity({ file: "a.xml", format: "XML-Element" })),
      data: null,
      more: [{ name: "a.xml", data: `<Document>\n${good}${record("B & C")}${good}</Document>` }],
    }),
  );
  expect(findings.map(({ rule, place }) => [rule, place.line])).toEqual([["DMFP-LINT-XML", 20_002]]);
});

test("of many different problems of one kind fifty are listed and the rest is counted", async () => {
  const names = Array.from({ length: 80 }, (_, index) => `EXTRA${index}`);
  const { findings } = await lintZip(
    packageZip({
      data: `CUSTOMERGROUPID,DESCRIPTION,${names.join(",")}\r\nA,x,${names.map(() => "y").join(",")}\r\n`,
    }),
  );
  expect(findings).toHaveLength(51);
  expect(findings.reduce((sum, { count }) => sum + count, 0)).toBe(80);
});

test("names of a foreign package cannot write to the terminal", async () => {
  const linted = await lintZip(
    packageZip({
      manifest: manifest(entity({ maps: [map("CUSTOMERGROUPID"), map("DESCRIPTION")] })),
      more: [{ name: "Resources\u001b[2J/../\u202Ecsv.exe", data: "x" }],
    }),
  );
  expect(linted.findings.length).toBeGreaterThan(0);
  expect(JSON.stringify(linted.findings)).not.toMatch(/\\u001b|\u202E/);
});

test("no damage to a package makes the judge fail", async () => {
  const good = packageZip({ more: [{ name: "Resources/a.txt", data: "x".repeat(2000) }] });
  const change = fc.record({ at: fc.nat(good.length - 1), byte: fc.nat(255) });
  await fc.assert(
    fc.asyncProperty(
      fc.array(change, { minLength: 1, maxLength: 4 }),
      fc.nat(good.length),
      async (changes, cut) => {
        const zip = Buffer.from(good);
        for (const { at, byte } of changes) zip[at] = byte;
        await lintZip(cut % 3 === 0 ? zip.subarray(0, cut) : zip);
      },
    ),
    { numRuns: 150 },
  );
});

test("no damage to the files of a package makes the judge fail", async () => {
  const files = packageFiles();
  const change = fc.record({ file: fc.nat(2), at: fc.nat(5000), text: fc.string({ maxLength: 6 }) });
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 3 }), async (changes) => {
      const changed = files.map(({ name, data }, index) => {
        let text = Buffer.from(data ?? "").toString("utf16le");
        for (const { file, at, text: inserted } of changes) {
          if (file === index)
            text = text.slice(0, at % text.length) + inserted + text.slice(at % text.length);
        }
        return { name, data: Buffer.from(text, "utf16le") };
      });
      await lintZip(makeZip(changed));
    }),
    { numRuns: 150 },
  );
});
