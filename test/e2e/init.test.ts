import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { parse } from "yaml";
import { dmfpipe } from "./command-line.ts";

const repository = path.resolve(import.meta.dirname, "../..");

function emptyFolder(): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), "dmfpipe-init-"));
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

const vendors = [
  "BUKRS;LIFNR;NAME1;KTOKK;SPERR;ERDAT",
  "100;4711;Müller AG;A;;31.12.2024",
  "100;4712;Größe GmbH;B;X;01.01.2025",
  "200;4711;Contoso;A;;02.01.2025",
  "",
].join("\r\n");

interface MappingFile {
  readonly entity: string;
  readonly source: Readonly<Record<string, string>>;
  readonly fields: Readonly<Record<string, string>>;
}

interface Proposed {
  readonly fields: readonly { readonly field: string; readonly column?: string; readonly state: string }[];
  readonly source: Readonly<Record<string, string>>;
}

describe("init", () => {
  test("from nothing to a dry run, by the commands it tells", async () => {
    const root = emptyFolder();
    const begun = await dmfpipe(root, ["init"]);
    expect(begun).toMatchObject({ code: 0 });
    expect(begun.stderr).toContain('Next: dmfpipe init mapping "Vendors V2" extracts/vendors.csv --add');
    writeFileSync(path.join(root, "extracts/vendors.csv"), Buffer.from(vendors, "latin1"));

    const early = await dmfpipe(root, ["check"]);
    expect(early).toMatchObject({ code: 2 });
    expect(early.stderr).toMatch(/entities needs at least one entry[\s\S]*project.yaml:6/);

    const before = statSync(path.join(root, "mappings/project.yaml")).mode;
    const proposed = await dmfpipe(root, ["init", "mapping", "vendors v2", "extracts/vendors.csv", "--add"]);
    expect(proposed, proposed.stderr).toMatchObject({ code: 0 });
    expect(proposed.stderr).toMatch(
      /To be settled in mappings\/vendors\.yaml: the legal entity, 1 field whose values/,
    );
    expect(proposed.stderr.trimEnd().endsWith("Next: dmfpipe check")).toBe(true);
    expect(statSync(path.join(root, "mappings/project.yaml")).mode).toBe(before);

    const mapping = path.join(root, "mappings/vendors.yaml");
    const text = readFileSync(mapping, "utf8");
    const schema = /\$schema=(\S+)/.exec(text)?.[1] ?? "";
    expect(existsSync(path.join(root, "mappings", schema))).toBe(true);
    writeFileSync(mapping, text.replace('"100" -> XXXX, "200" -> XXXX', '"100" -> USMF, "200" -> DEMF'));
    const checked = await dmfpipe(root, ["check", "--json"]);
    expect(checked, checked.stderr).toMatchObject({ code: 0 });
    expect(JSON.parse(checked.stdout)).toMatchObject({
      entities: [
        { entity: "Vendors V2", legalEntity: "DEMF", read: 1, packaged: 1 },
        { entity: "Vendors V2", legalEntity: "USMF", read: 2, packaged: 2 },
      ],
    });
  });

  test("leaves alone what is there, and says so", async () => {
    const root = emptyFolder();
    await dmfpipe(root, ["init", "project"]);
    const project = path.join(root, "project");
    writeFileSync(path.join(project, ".gitignore"), "mine\n");
    rmSync(path.join(project, "extracts"), { recursive: true });
    const again = await dmfpipe(root, ["init", "project", "--json"]);
    expect(again).toMatchObject({ code: 0 });
    expect(JSON.parse(again.stdout)).toMatchObject({
      files: [
        { file: "mappings/project.yaml", state: "was there" },
        { file: "mappings/lookups/README.md", state: "was there" },
        { file: "extracts/README.md", state: "made" },
        { file: ".gitignore", state: "was there" },
      ],
      next: expect.stringMatching(/^cd project && dmfpipe init mapping /) as string,
    });
    expect(readFileSync(path.join(project, ".gitignore"), "utf8")).toBe("mine\n");
  });
});

describe("init mapping", () => {
  test("refuses what it cannot do, and says what to do instead", async () => {
    const root = emptyFolder();
    const args = ["init", "mapping", "Vendors V2", "extracts/vendors.csv"];
    const nowhere = await dmfpipe(root, args);
    expect(nowhere).toMatchObject({ code: 2 });
    expect(nowhere.stderr).toMatch(/DMFP-PROJECT-MISSING[\s\S]*dmfpipe init\n$/);
    await dmfpipe(root, ["init"]);
    expect((await dmfpipe(root, args)).stderr).toMatch(/DMFP-SOURCE-MISSING/);
    writeFileSync(path.join(root, "extracts/vendors.csv"), vendors);
    const unknown = await dmfpipe(root, ["init", "mapping", "Vendor V2", "extracts/vendors.csv"]);
    expect(unknown).toMatchObject({ code: 2 });
    expect(unknown.stderr).toMatch(/Did you mean Vendors V2\?/);
    const outside = await dmfpipe(root, [...args.slice(0, 3), "/etc/hostname"]);
    expect(outside.stderr).toMatch(/DMFP-PATH-OUTSIDE/);
    const encoding = await dmfpipe(root, [...args, "--encoding", "ebcdic"]);
    expect(encoding.stderr).toMatch(/DMFP-USAGE: .*ebcdic[\s\S]*utf-8/);
    expect(existsSync(path.join(root, "mappings/vendors.yaml"))).toBe(false);

    const mapping = path.join(root, "mappings/vendors.yaml");
    writeFileSync(mapping, "mine\n");
    const there = await dmfpipe(root, args);
    expect(there).toMatchObject({ code: 2 });
    expect(there.stderr).toMatch(/DMFP-FILE-EXISTS/);
    expect(readFileSync(mapping, "utf8")).toBe("mine\n");
    const printed = await dmfpipe(root, [...args, "--out", "-"]);
    expect(parse(printed.stdout)).toMatchObject({ entity: "Vendors V2" });
    expect(readFileSync(mapping, "utf8")).toBe("mine\n");
    const forced = await dmfpipe(root, [...args, "--force"]);
    expect(forced).toMatchObject({ code: 0 });
    expect(forced.stderr).toContain("Add it to entities in project.yaml");
    expect(forced.stderr).toContain("  - vendors.yaml");
  });

  test("says when it did not look at all of a source", async () => {
    const root = emptyFolder();
    await dmfpipe(root, ["init"]);
    writeFileSync(path.join(root, "extracts/vendors.csv"), vendors);
    const args = ["init", "mapping", "Vendors V2", "extracts/vendors.csv", "--records", "2"];
    const { stderr, code } = await dmfpipe(root, args);
    expect(code).toBe(0);
    expect(stderr).toMatch(/Only the first 2 records were looked at/);
    expect(readFileSync(path.join(root, "mappings/vendors.yaml"), "utf8")).toMatch(/the first 2 records/);
  });

  // How many of the fields that people mapped by hand are found, each from the very column they took.
  test.each([
    ["vendors", 0.9],
    ["vendor-groups", 1],
    ["customers", 0.9],
    ["customer-groups", 1],
    ["exchange-rates", 1],
    ["sales-order-headers", 0.9],
    ["sales-order-lines", 0.85],
  ])("proposes what the sample project says for %s", async (name, least) => {
    const root = emptyFolder();
    for (const folder of ["mappings", "samples"]) {
      cpSync(path.join(repository, folder), path.join(root, folder), { recursive: true });
    }
    const hand = parse(readFileSync(path.join(root, `mappings/${name}.yaml`), "utf8")) as MappingFile;
    const args = ["init", "mapping", hand.entity, hand.source["file"] ?? "", "--json", "--force"];
    const result = await dmfpipe(root, [...args, "--out", `mappings/${name}.yaml`]);
    expect(result, result.stderr).toMatchObject({ code: 0 });
    const { fields, source } = JSON.parse(result.stdout) as Proposed;
    expect(source["record"]).toBe(hand.source["record"]);
    expect(source["delimiter"]).toBe(
      hand.source["record"] === undefined ? (hand.source["delimiter"] ?? ",") : undefined,
    );
    expect(source["quote"]).toBe(hand.source["quote"]);

    const direct = Object.entries(hand.fields).flatMap(([field, expression]) => {
      const column = /^(?:coalesce\()?(?!constant|concat)([\w@/[\]]+)/.exec(expression)?.[1];
      return column === undefined ? [] : [{ field, column }];
    });
    const found = direct.filter(({ field, column }) =>
      fields.some((line) => line.field === field && line.column === column && line.state !== "missing"),
    );
    expect(direct.length).toBeGreaterThan(2);
    expect(found.length / direct.length).toBeGreaterThanOrEqual(least);

    // With companies filled in, all mappings of the project compile, this one among them.
    const mapping = path.join(root, `mappings/${name}.yaml`);
    const text = readFileSync(mapping, "utf8").replaceAll("XXXX", "USMF");
    writeFileSync(
      mapping,
      text.replace(/^ {2}# INVENTORYLOTID:.*$/m, "  INVENTORYLOTID: hashId(ORDER_NO, LINE_NO)"),
    );
    expect(await dmfpipe(root, ["plan", "--quiet"])).toMatchObject({ code: 0, stderr: "" });
  });
});
