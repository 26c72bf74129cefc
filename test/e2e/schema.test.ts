import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { check } from "../../src/cli/check.ts";
import type { CommandContext } from "../../src/cli/command-context.ts";
import { schemaShow } from "../../src/cli/schema-show.ts";
import { schemaDiff, schemaPull } from "../../src/cli/schema.ts";
import type { ExitCode } from "../../src/errors/exit-code.ts";
import { dmfpipe, type Finished } from "./command-line.ts";
import { inProcess } from "./in-process.ts";
import {
  cleanVendors,
  smallProject,
  startEnvironment,
  type RunningEnvironment,
  type SmallProject,
} from "./small-project.ts";

let environment: RunningEnvironment;
let project: SmallProject | undefined;

beforeAll(async () => {
  environment = await startEnvironment(
    {},
    {},
    {
      entityFields: { "Vendors V2": [{ name: "OURREGION", odataName: "OurRegion", size: 5 }] },
      fieldSizes: { "Vendors V2": { VENDORORGANIZATIONNAME: 60 } },
    },
  );
});
afterAll(async () => {
  await environment.stop();
});
afterEach(() => {
  project?.remove();
});

function newProject(): SmallProject {
  project = smallProject({ vendors: cleanVendors, environments: environment.environments });
  return project;
}

const schemaFile = (root: string): string => path.join(root, "mappings", "schema.json");

/** Commands as program.ts dispatches them, in this process. */
async function run(root: string, name: string, ...args: string[]): Promise<Finished> {
  const flags = args.filter((arg) => arg.startsWith("--"));
  const [first, ...rest] = args.filter((arg) => !arg.startsWith("--"));
  const options = {
    ...(flags.includes("--quiet") ? { quiet: true as const } : {}),
    ...(flags.includes("--json") ? { json: true as const } : {}),
  };
  const { variables } = environment;
  const work = (context: CommandContext): Promise<ExitCode> | ExitCode => {
    if (name === "check") return check(context, {});
    if (first === "pull") return schemaPull(context, rest, { language: "en-us" });
    return first === "diff" ? schemaDiff(context, rest[0], rest[1]) : schemaShow(context, rest[0]);
  };
  return await inProcess(root, work, { options, variables });
}

interface Field {
  readonly size?: number;
}
interface SchemaFile {
  readonly environment: string;
  readonly entities: Record<string, { fields: Record<string, Field> }>;
}

function readSchema(root: string): SchemaFile {
  return JSON.parse(readFileSync(schemaFile(root), "utf8")) as SchemaFile;
}

test("schema pull fetches what the project needs, and the same again changes nothing", async () => {
  const { root } = newProject();
  const first = await run(root, "schema", "pull");
  expect([first.code, first.stderr]).toEqual([0, expect.stringContaining("Next: ")]);
  expect(first.stdout).toContain("~ VENDORORGANIZATIONNAME: size 100 → 60  (mappings/vendors.yaml:6)");
  expect(first.stdout).toContain("+ OURREGION: new, text of 5");
  const schema = readSchema(root);
  expect(schema.environment).toBe("uat");
  expect(Object.keys(schema.entities)).toEqual(["Terms of payment", "Vendor groups", "Vendors V2"]);
  expect(schema.entities["Vendors V2"]?.fields["OURREGION"]).toMatchObject({ size: 5 });

  const text = readFileSync(schemaFile(root), "utf8");
  const second = await run(root, "schema", "pull");
  expect(second.code).toBe(0);
  expect(second.stderr).toContain("is up to date");
  expect(readFileSync(schemaFile(root), "utf8")).toBe(text);
  expect(existsSync(`${schemaFile(root)}.partial`)).toBe(false);

  // One field a line, sorted: what changes in one field changes one line.
  const fields = [...text.matchAll(/^ {8}"([A-Z0-9_]+)": \{.*\},?$/gm)].map((match) => match[1]);
  expect(fields).toHaveLength(
    Object.values(schema.entities).reduce((sum, entity) => sum + Object.keys(entity.fields).length, 0),
  );
  const vendors = Object.keys(schema.entities["Vendors V2"]?.fields ?? {});
  expect(vendors).toEqual(vendors.toSorted());
});

test("single entities are added to what is there; --json says what was found", async () => {
  const { root } = newProject();
  expect((await run(root, "schema", "pull", "--quiet")).code).toBe(0);
  const added = await run(root, "schema", "pull", "Currencies", "Cash discount", "--json");
  expect(added.code).toBe(0);
  const result = JSON.parse(added.stdout) as { written: boolean; entities: { entity: string }[] };
  expect(result).toMatchObject({
    written: true,
    environment: "uat",
    file: "mappings/schema.json",
    broken: [],
  });
  expect(result.entities).toEqual([
    expect.objectContaining({ entity: "Cash discount", public: false, fields: 0 }),
    expect.objectContaining({ entity: "Currencies", public: true, notes: [] }),
  ]);
  expect(Object.keys(readSchema(root).entities)).toEqual([
    "Cash discount",
    "Currencies",
    "Terms of payment",
    "Vendor groups",
    "Vendors V2",
  ]);
});

test("a label the environment does not have: exit code 6, the file as it was", async () => {
  const { root } = newProject();
  const refused = await run(root, "schema", "pull", "Curencies");
  expect(refused.code).toBe(6);
  expect(refused.stderr).toContain("Did you mean Currencies?");
  expect(existsSync(schemaFile(root))).toBe(false);
});

test("entities of two environments are not mixed", async () => {
  const { root } = newProject();
  expect((await run(root, "schema", "pull", "--quiet")).code).toBe(0);
  const text = readFileSync(schemaFile(root), "utf8").replace(
    '"environment": "uat"',
    '"environment": "prod"',
  );
  writeFileSync(schemaFile(root), text);
  const refused = await run(root, "schema", "pull", "Currencies");
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain("comes from the environment prod");
  expect((await run(root, "schema", "pull", "--quiet")).code).toBe(0);
  expect(readSchema(root).environment).toBe("uat");
});

test("check uses the pull and the overrides, which win", async () => {
  const { root, write } = newProject();
  const mapping = readFileSync(path.join(root, "mappings", "vendors.yaml"), "utf8");
  write("mappings/vendors.yaml", `${mapping}  OURREGION: GROUP\n`);
  const unknown = await run(root, "check");
  expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining("has no field OURREGION")]);

  expect((await run(root, "schema", "pull", "--quiet")).code).toBe(0);
  const tooLong = await run(root, "check", "--json");
  expect(tooLong.code, "ABROAD has six characters, five fit").toBe(4);
  expect(tooLong.stdout).toContain("DMFP-VALUE-LENGTH");

  write(
    "mappings/schema-overrides.yaml",
    "entities:\n  Vendors V2:\n    fields:\n      OURREGION: { size: 6 }\n",
  );
  expect((await run(root, "check", "--quiet")).code).toBe(0);

  write(
    "mappings/schema-overrides.yaml",
    "entities:\n  Vendors V2:\n    fields:\n      OURREGIN: { size: 6 }\n",
  );
  const wrong = await run(root, "check");
  expect(wrong.code).toBe(2);
  expect(wrong.stderr).toContain("Did you mean OURREGION?");
  expect(wrong.stderr).toContain("mappings/schema-overrides.yaml:4:7");
});

test("schema diff names the mapping line that breaks: exit code 2; nothing breaks: 0", async () => {
  const { root, write } = newProject();
  const nothing = await run(root, "schema", "diff");
  expect([nothing.code, nothing.stderr]).toEqual([2, expect.stringContaining("schema pull")]);

  expect((await run(root, "schema", "pull", "--quiet")).code).toBe(0);
  const fine = await run(root, "schema", "diff");
  expect([fine.code, fine.stderr]).toEqual([0, expect.stringContaining("no mapping breaks")]);

  const text = readFileSync(schemaFile(root), "utf8");
  write(
    "new.json",
    text.replace(
      '"VENDORORGANIZATIONNAME": { "odata": "VendorOrganizationName"',
      '"VENDORORGANISATIONNAME": { "odata": "VendorOrganisationName"',
    ),
  );
  for (const files of [["new.json"], ["mappings/schema.json", "new.json"]]) {
    const broken = await run(root, "schema", "diff", ...files);
    expect(broken.code).toBe(2);
    expect(broken.stdout).toContain(
      "- VENDORORGANIZATIONNAME: gone; it may be VENDORORGANISATIONNAME now  (mappings/vendors.yaml:6)",
    );
    expect(broken.stdout).toMatch(
      /Mappings that no longer fit:\n {2}mappings\/vendors\.yaml:6:3 {2}.*Did you mean VENDORORGANISATIONNAME\?/,
    );
  }
  const back = await run(root, "schema", "diff", "new.json", "mappings/schema.json", "--json");
  expect(back.code).toBe(0);
  const result = JSON.parse(back.stdout) as { changes: object[]; broken: object[]; already: object[] };
  expect(result.broken).toEqual([]);
  expect(result.changes).toContainEqual(
    expect.objectContaining({
      field: "VENDORORGANIZATIONNAME",
      kind: "field added",
      mappedAt: "mappings/vendors.yaml:6",
    }),
  );
});

test("the command line takes labels and flags, and passes the exit code on", async () => {
  const { root, write } = newProject();
  const { variables } = environment;
  const pulled = await dmfpipe(root, ["schema", "pull", "Vendors V2", "Vendor groups", "--quiet"], {
    variables,
  });
  expect(pulled).toMatchObject({ code: 0, stdout: "", stderr: "" });
  const names = Object.keys(readSchema(root).entities);
  expect(names).toEqual(["Vendor groups", "Vendors V2"]);
  write("new.json", readFileSync(schemaFile(root), "utf8").replace('"VENDORGROUPID"', '"VENDORGROUPCODE"'));
  const broken = await dmfpipe(root, ["schema", "diff", "new.json", "--quiet"], { variables });
  expect([broken.code, broken.stdout]).toEqual([2, expect.stringContaining("Mappings that no longer fit:")]);
});

test("a file that is no pull says what to do", async () => {
  const { root, write } = newProject();
  write("mappings/schema.json", '{ "version": 2 }');
  const refused = await run(root, "check");
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain("DMFP-SCHEMA-INVALID");
  expect(refused.stderr).toContain("dmfpipe schema pull");
});

test("schema show prints a schema with its evidence", async () => {
  const { root } = newProject();
  const shown = await run(root, "schema", "show", "Vendors V2");
  expect(shown.code).toBe(0);
  expect(shown.stdout).toMatch(/^VENDORACCOUNTNUMBER +text of 20 +key +size: table$/m);
  expect(shown.stdout).toMatch(
    /^VENDORGROUPID +text of 10 +mandatory +size: inferred, mandatory: inferred$/m,
  );
  expect((await run(root, "schema", "show", "Vendor V2")).stderr).toContain("Did you mean Vendors V2?");
  expect((await run(root, "schema", "show")).stdout.split("\n")).toContain("Currencies");
});
