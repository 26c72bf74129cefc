import { afterEach, describe, expect, test } from "vitest";
import { dmfpipe } from "./command-line.ts";
import { smallProject, vendorsMapping, type SmallProject } from "./small-project.ts";

let project: SmallProject | undefined;

afterEach(() => {
  project?.remove();
});

const changed = vendorsMapping.replace("GROUP\n", 'GROUP | map("LOCAL" -> "HOME")\n');

describe("explain", () => {
  test("prints the story of a record, and of a line without one which is near", async () => {
    project = smallProject();
    project.write("mappings/vendors.yaml", changed);
    await dmfpipe(project.root, ["check", "--quiet"]);
    const { code, stdout } = await dmfpipe(project.root, ["explain", "data/vendors.csv:3"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^data\/vendors.csv, line 3: record 2, /);
    expect(stdout).toContain("Vendors V2 (mappings/vendors.yaml): rejected (mapping), 1 problem");
    expect(stdout).toMatch(/ {2}NAME +"Smith; Jones"\n/);
    expect(stdout).toMatch(/ {2}VENDORACCOUNTNUMBER \(key\) +"V2" {2}← NO\n/);
    expect(stdout).toMatch(
      / {4}GROUP +"ABROAD"\n {4}\| map\("LOCAL" -> "HOME"\) +✗ DMFP-MAP-VALUE: GROUP holds/,
    );
    expect(stdout).toMatch(
      /Earlier runs\n.*check into sandbox.*\n.*rejected \(mapping\) for the same reasons as above\n/,
    );
    const missing = await dmfpipe(project.root, ["explain", "data/vendors.csv:1"]);
    expect(missing.code).toBe(2);
    expect(missing.stderr.trim().split("\n").at(-1)).toBe(
      "Next: The nearest record: dmfpipe explain data/vendors.csv:2",
    );
  });

  test("gives machines the same", async () => {
    project = smallProject();
    const { stdout } = await dmfpipe(project.root, ["explain", "data/vendors.csv:#1", "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({
      file: "data/vendors.csv",
      joins: [],
      entities: [
        {
          entity: "Vendors V2",
          verdict: "packaged",
          position: { line: 2 },
          legalEntity: { value: "USMF" },
          fields: [
            { field: "VENDORACCOUNTNUMBER", value: "V1", trace: { kind: "column", text: "NO" } },
            {},
            {},
            {},
          ],
          history: { runs: [], runsInAll: 0 },
        },
      ],
    });
  });

  test("what is no place, and a file nobody reads, are said so", async () => {
    project = smallProject();
    const noPlace = await dmfpipe(project.root, ["explain", "data/vendors.csv"]);
    expect(noPlace).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("is no place in a source") as string,
    });
    const noFile = await dmfpipe(project.root, ["explain", "data/vendor.csv:2", "--json"]);
    expect(JSON.parse(noFile.stdout)).toMatchObject({
      error: {
        code: "DMFP-USAGE",
        message: expect.stringContaining("Did you mean data/vendors.csv?") as string,
      },
    });
  });
});

describe("diff-mapping", () => {
  test("says what a change does, and ends with 4 only when asked to", async () => {
    project = smallProject();
    project.write("mappings/next.yaml", changed);
    const files = ["mappings/vendors.yaml", "mappings/next.yaml"];
    const { code, stdout } = await dmfpipe(project.root, ["diff-mapping", ...files]);
    expect(code).toBe(0);
    expect(stdout).toContain("3 of 3 records of data/vendors.csv come out differently.");
    expect(stdout).toContain("packaged → rejected: 1 record");
    expect(stdout).toContain('data/vendors.csv:2  "LOCAL" → "HOME"');
    expect((await dmfpipe(project.root, ["diff-mapping", ...files, "--exit-code"])).code).toBe(4);
    const same = await dmfpipe(project.root, ["diff-mapping", "vendors.yaml", "vendors.yaml", "--exit-code"]);
    expect(same).toMatchObject({ code: 0, stdout: expect.stringContaining("come out the same") as string });
  });

  test("the old mapping may come with its own project: a changed lookup is a change of the mapping", async () => {
    project = smallProject();
    const lookup = (to: string): string => `from,to\nLOCAL,${to}\nABROAD,A\n`;
    const mapping = vendorsMapping.replace("GROUP\n", "GROUP | lookup(groups)\n");
    project.write("mappings/vendors.yaml", mapping);
    project.write("mappings/lookups/groups.csv", lookup("HOME"));
    project.write(
      "before/mappings/project.yaml",
      "project: b\nentities: [vendors.yaml]\nenvironments: { s: { kind: sandbox } }\n",
    );
    project.write("before/mappings/vendors.yaml", mapping);
    project.write("before/mappings/lookups/groups.csv", lookup("LOC"));
    project.write("before/data/vendors.csv", "not looked at\n");
    const args = [
      "diff-mapping",
      "vendors.yaml",
      "mappings/vendors.yaml",
      "--old-project",
      "before/mappings/project.yaml",
    ];
    const { code, stdout, stderr } = await dmfpipe(project.root, [...args, "--json"]);
    expect(stderr).toBe("");
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      matchedBy: "position",
      different: 2,
      fields: [{ field: "VENDORGROUPID", changed: 2 }],
    });
  });
});

test("check reports the mistakes of all mappings at once, for people and for machines", async () => {
  project = smallProject();
  project.write("mappings/vendors.yaml", vendorsMapping.replace("NAME\n", "NAM\n"));
  project.write(
    "mappings/vendor-groups.yaml",
    vendorsMapping.replace("Vendors V2", "Vendor groups").replace("NO\n", "NO | tri\n"),
  );
  const { code, stdout, stderr } = await dmfpipe(project.root, ["check", "--json"]);
  expect(code).toBe(2);
  const { error } = JSON.parse(stdout) as { error: { mistakes: { at: { file: string } }[] } };
  expect(error.mistakes.map(({ at }) => at.file)).toContain("mappings/vendors.yaml");
  expect(error.mistakes.map(({ at }) => at.file)).toContain("mappings/vendor-groups.yaml");
  expect(stderr).toContain(`${error.mistakes.length} mistakes in 2 files:`);
});
