import path from "node:path";
import { describe, expect, test } from "vitest";
import { DmfpipeError } from "../../src/errors/dmfpipe-error.ts";
import { findEnvironment, readProject, type Project } from "../../src/project/project.ts";
import { folderWith } from "./temporary-project.ts";

const projectYaml = `project: small
entities: [vendors.yaml]
environments:
  sandbox: { kind: sandbox }
`;
const vendorsYaml = `entity: Vendors V2
source: { file: data/vendors.csv }
legalEntity: USMF
fields:
  VENDORACCOUNTNUMBER: NO | trim
  VENDORORGANIZATIONNAME: "NAME"
`;

function read(files: Readonly<Record<string, string>> = {}): Project {
  return readProject(
    "mappings/project.yaml",
    folderWith({ "mappings/project.yaml": projectYaml, "mappings/vendors.yaml": vendorsYaml, ...files }),
  );
}

function mistake(work: () => unknown): DmfpipeError {
  try {
    work();
  } catch (thrown) {
    if (thrown instanceof DmfpipeError) return thrown;
    throw thrown;
  }
  throw new Error("It was taken.");
}

describe("a project that is right", () => {
  test("is read with its mappings and its defaults", () => {
    const project = read();
    expect(project).toMatchObject({
      name: "small",
      file: path.join(project.root, "mappings/project.yaml"),
      defaultEnvironment: "sandbox",
      sourceRoots: [],
      limits: { recordBytes: 1_048_576, importMinutes: 720 },
      packages: { entities: "one", version: 2, category: "Project", dataProjects: "replace" },
    });
    expect(project.defaultLegalEntity).toBeUndefined();
    const [mapping] = project.mappings;
    expect(mapping).toMatchObject({
      file: "mappings/vendors.yaml",
      entity: { value: "Vendors V2", line: 1, column: 9 },
      sourceFile: { value: "data/vendors.csv", line: 2, column: 17 },
      fields: [
        {
          name: { value: "VENDORACCOUNTNUMBER", line: 5, column: 3 },
          expression: { value: "NO | trim", line: 5, column: 24 },
        },
        // The text of a quoted value begins behind its quote.
        { expression: { value: "NAME", line: 6, column: 28 } },
      ],
    });
  });

  test("may be written on a machine with a byte order mark and CRLF", () => {
    const { mappings } = read({ "mappings/vendors.yaml": `\uFEFF${vendorsYaml.replaceAll("\n", "\r\n")}` });
    expect(mappings[0]?.entity.value).toBe("Vendors V2");
  });

  test("keeps texts that look like numbers, and follows aliases", () => {
    const { mappings } = read({
      "mappings/vendors.yaml": `entity: Vendors V2
source: { file: a.csv }
legalEntity: 0100
fields:
  VENDORACCOUNTNUMBER: &number NO | trim
  VENDORSEARCHNAME: *number
controlTotals: { 2026: AMOUNT }
`,
    });
    expect(mappings[0]?.legalEntity?.value).toBe("0100");
    expect(mappings[0]?.fields.map(({ expression }) => expression.value)).toEqual(["NO | trim", "NO | trim"]);
    expect(mappings[0]?.controlTotals.get("2026")?.value).toBe("AMOUNT");
  });
});

describe("a mistake in project.yaml is shown where it is, in words, with a proposal", () => {
  const live = (changes: string): string =>
    `project: x\nentities: [vendors.yaml]\nenvironments:\n  uat:\n    kind: live\n    tenant: t\n${changes}`;
  const rest = "    url: https://x.example.com\n    writes: [USMF]\n";
  const auth = "    auth: { kind: client-secret, clientId: a, clientSecret: '${B}' }\n";

  test.each<[string, string, string]>([
    ["", "1:1", "the file is empty"],
    ["- a\n", "1:1", "the file has to be a group of settings"],
    ["project: x\nentities: [a\nenvironments: {}\n", "3:1", "is no valid YAML"],
    ["project: x\nproject: y\n", "2:1", "is no valid YAML: Map keys must be unique"],
    ["project: *nobody\n", "1:10", "is no valid YAML: Unresolved alias"],
    ["project: x\nenvironments: {}\n", "1:1", "entities is missing."],
    ["project: x\nentities: a\nenvironments: {}\n", "2:11", "entities has to be a list."],
    ["project: x\nentities: []\nenvironments: {}\n", "2:11", "entities needs at least one entry."],
    [
      "project: x\nentities: [a, 7]\nenvironments: {}\n",
      "2:15",
      "entities (entry 2) has to be a text. Put 7 between quotes.",
    ],
    [
      "project: my project\nentities: [a]\nenvironments: {}\n",
      "1:10",
      "project: 1 to 30 letters, digits, - or _.",
    ],
    [`${projectYaml}limit: {}\n`, "5:1", "limit is not a setting dmfpipe knows. Did you mean limits?"],
    [`${projectYaml}packages:\n  record: 5\n`, "6:3", "Did you mean records?"],
    [`${projectYaml}packages: { records: 0 }\n`, "5:22", "has to be greater than 0."],
    [`${projectYaml}packages: { records: many }\n`, "5:22", "has to be a number."],
    [`${projectYaml}limits: { recordBytes: 1.5 }\n`, "5:24", "limits.recordBytes has to be a whole number."],
    [`${projectYaml}limits: { rejections: lots }\n`, "5:23", 'a number of records, or a share such as "5%".'],
    [
      projectYaml.replace("kind: sandbox", "kind: sandbocks"),
      "4:20",
      "one of sandbox, live. Did you mean sandbox?",
    ],
    [live(rest), "5:5", "environments.uat.auth is missing."],
    [live(`    writes: [USMF]\n${auth}`), "5:5", "environments.uat.url is missing"],
    [
      live(`    url: nowhere\n    writes: [USMF]\n${auth}`),
      "7:10",
      "has to be the address of the environment",
    ],
    [
      live(`${rest.replace("USMF", "USMF, LONGER")}${auth}`),
      "8:20",
      "writes (entry 2): a legal entity has 1 to 4",
    ],
    [
      live(`${rest.replace("[USMF]", "[]")}${auth}`),
      "8:13",
      "environments.uat.writes needs at least one entry.",
    ],
    [live(`${rest}${auth.replace("client-secret", "client_secret")}`), "9:19", "Did you mean client-secret?"],
    [live(`${rest}${auth.replace("clientId", "clientID")}`), "9:34", "Did you mean clientId?"],
    [live(`${rest}${auth.replace("'${B}'", "''")}`), "9:61", "clientSecret must not be empty."],
    [live(`${rest}${auth.replace("'${B}'", "b")}`), "9:61", "a secret does not belong in a file"],
    [
      live(`${rest}${auth}`).replace("tenant: t", "tenant: adfs"),
      "6:13",
      "authorityHost has to name the AD FS server",
    ],
  ])("%j", (content, place, words) => {
    const error = mistake(() => read({ "mappings/project.yaml": content }));
    expect(error.code).toBe("DMFP-PROJECT-INVALID");
    expect(error.message).toContain(words);
    expect(error.message).toMatch(/[^.][.?]$/);
    const [line, column] = place.split(":").map(Number);
    expect(error.at).toEqual({ file: "mappings/project.yaml", line, column });
  });

  test("aliases that multiply beyond reason are refused, not followed", () => {
    const levels = ["a: &a [x, x, x, x, x, x, x, x, x]"];
    for (const [from, to] of ["ab", "bc", "cd", "de"].map((pair) => pair.split(""))) {
      levels.push(
        `${String(to)}: &${String(to)} [${Array(9)
          .fill(`*${String(from)}`)
          .join(", ")}]`,
      );
    }
    const error = mistake(() => read({ "mappings/project.yaml": levels.join("\n") }));
    expect(error.message).toContain("Excessive alias count");
    expect(error.at.line).toBe(5);
  });
});

describe("a mistake in a mapping is shown in that file", () => {
  test.each<[string, string, string]>([
    ["", "1:1", "the file is empty"],
    [vendorsYaml.replace("source: {", "source: { encoding: utf8,"), "2:21", "one of utf-8, utf-16le"],
    [
      vendorsYaml.replace("source: {", "source: { record: Vendors,"),
      "2:19",
      "a path such as /Customers/Customer",
    ],
    [vendorsYaml.replace("source: {", "source: { delimitor: ;,"), "2:11", "Did you mean delimiter?"],
    [
      vendorsYaml.replace("VENDORACCOUNTNUMBER", "vendoraccountnumber"),
      "5:3",
      "Did you mean VENDORACCOUNTNUMBER?",
    ],
    [vendorsYaml.replace('"NAME"', "[NAME]"), "6:27", "an expression, as text"],
    [vendorsYaml.replace(' "NAME"', ""), "6:26", "fields.VENDORORGANIZATIONNAME is missing"],
    [`${vendorsYaml}dependsOn: Vendor groups\n`, "7:12", "dependsOn has to be a list."],
    [
      vendorsYaml.replace("entity: Vendors V2", "entity: 5"),
      "1:9",
      "entity has to be a text. Put 5 between quotes.",
    ],
    ["\tentity: x\n", "1:1", "is no valid YAML: Tabs are not allowed"],
  ])("%j", (content, place, words) => {
    const error = mistake(() => read({ "mappings/vendors.yaml": content }));
    expect(error.code).toBe("DMFP-MAPPING-INVALID");
    expect(error.message).toContain(words);
    const [line, column] = place.split(":").map(Number);
    expect(error.at).toEqual({ file: "mappings/vendors.yaml", line, column });
  });
});

describe("files that are not there", () => {
  test("project.yaml, or a folder of that name", () => {
    const root = folderWith({ "mappings/x.yaml": "" });
    for (const file of ["mappings/project.yaml", "mappings"]) {
      expect(mistake(() => readProject(file, root)).code).toBe("DMFP-PROJECT-MISSING");
    }
  });

  test.each(["vendor.yaml", "''", ".", "../data"])("a mapping called %s", (entry) => {
    const error = mistake(() =>
      read({ "mappings/project.yaml": projectYaml.replace("vendors.yaml", entry) }),
    );
    expect(error.code).toBe("DMFP-MAPPING-MISSING");
    expect(error.at).toEqual({ file: "mappings/project.yaml", line: 2, column: 12 });
  });

  test.each(["../../elsewhere.yaml", '"../../\\0"'])("a mapping outside, %s", (entry) => {
    const error = mistake(() =>
      read({ "mappings/project.yaml": projectYaml.replace("vendors.yaml", entry) }),
    );
    expect(error.code).toBe("DMFP-PATH-OUTSIDE");
    expect(error.at.line).toBe(2);
  });
});

describe("the environment that is asked for", () => {
  test("is found by its name", () => {
    expect(findEnvironment(read(), "sandbox")).toMatchObject({ kind: "sandbox", onInDoubt: "ask" });
  });

  test.each(["sandbocks", "constructor", "toString", "__proto__", ""])("%j is none", (name) => {
    const error = mistake(() => findEnvironment(read(), name));
    expect(error.code).toBe("DMFP-ENVIRONMENT-UNKNOWN");
    expect(error.next).toBe("Use one of: sandbox.");
  });

  test("and is misspelt: a proposal", () => {
    expect(mistake(() => findEnvironment(read(), "sandbocks")).message).toContain("Did you mean sandbox?");
  });
});
