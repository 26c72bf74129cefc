import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DmfpipeError } from "../../src/errors/dmfpipe-error.ts";
import { readProject } from "../../src/project/project.ts";
import {
  demandKnownEntities,
  ownerOf,
  unassigned,
  type Owned,
  type Stewardship,
} from "../../src/project/stewards.ts";
import { folderWith } from "./temporary-project.ts";

const vendorsYaml = `entity: Vendors V2
source: { file: data/vendors.csv }
legalEntity: USMF
fields:
  VENDORACCOUNTNUMBER: NO
`;

/** `rules`: the entries of the list, one a line. */
function stewardship(...rules: readonly string[]): Stewardship {
  const project = `project: small
entities: [vendors.yaml]
environments:
  sandbox: { kind: sandbox }
${rules.length === 0 ? "" : "stewards:\n"}${rules.map((rule) => `  - ${rule}\n`).join("")}`;
  const root = folderWith({ "mappings/project.yaml": project, "mappings/vendors.yaml": vendorsYaml });
  return readProject("mappings/project.yaml", root).stewardship;
}

const rejection: Owned = {
  entity: "Vendors V2",
  legalEntity: "DEMF",
  stage: "mapping",
  reasons: [
    { code: "DMFP-MAP-LOOKUP", field: "VENDORGROUPID" },
    { code: "DMFP-VALUE-LENGTH", field: "VENDORORGANIZATIONNAME" },
  ],
};

function mistake(work: () => unknown): DmfpipeError {
  try {
    work();
  } catch (thrown) {
    if (thrown instanceof DmfpipeError) return thrown;
    throw thrown;
  }
  throw new Error("It was taken.");
}

describe("the owner of a rejection", () => {
  test.each<[string, Partial<Owned>, string]>([
    ["entity: Vendors V2", {}, "Ana"],
    ["entity: vendors*", {}, "Ana"],
    ["entity: Vendors V?", {}, "Ana"],
    ["entity: Vendors", {}, unassigned],
    ["legalEntity: [USMF, DEMF]", {}, "Ana"],
    ["legalEntity: USMF", {}, unassigned],
    ["legalEntity: '*'", { legalEntity: "" }, "Ana"],
    ["stage: [staging, target]", {}, unassigned],
    ["stage: target", { stage: "target" }, "Ana"],
    ["field: '*GROUP*'", {}, "Ana"],
    ["field: CURRENCY*", {}, unassigned],
    // A reason that is about two fields is about each of them.
    ["field: ACCOUNT", { reasons: [{ code: "DMFP-KEY-DUPLICATE", field: "COMPANY, ACCOUNT" }] }, "Ana"],
    ["code: DMFP-MAP-*", {}, "Ana"],
    ["code: DMFP-FNO-*", {}, unassigned],
    // Field and code of one reason, not of two.
    ["{ code: DMFP-MAP-LOOKUP, field: VENDORGROUPID }", {}, "Ana"],
    ["{ code: DMFP-MAP-LOOKUP, field: VENDORORGANIZATIONNAME }", {}, unassigned],
    ["{ entity: Vendors*, legalEntity: DEMF, stage: mapping, code: '*LENGTH' }", {}, "Ana"],
    ["{ entity: Vendors*, legalEntity: USMF }", {}, unassigned],
  ])("%s, of %o: %s", (match, changes, owner) => {
    const written = match.startsWith("{") ? match : `{ ${match} }`;
    const rules = stewardship(`{ owner: Ana, match: ${written} }`);
    expect(ownerOf({ ...rejection, ...changes }, rules)).toBe(owner);
  });

  test("is the one of the first rule that fits, and the rule without match takes the rest", () => {
    const rules = stewardship(
      "{ owner: Purchasing, match: { field: '*GROUP*' } }",
      "{ owner: Finance, name: Ana Lopez, email: ana@example.com, match: { entity: Vendors* } }",
      "{ owner: Purchasing, match: { stage: source } }",
      "{ owner: Everybody }",
    );
    expect(ownerOf(rejection, rules)).toBe("Purchasing");
    expect(ownerOf({ ...rejection, reasons: [{ code: "DMFP-FNO-RULE" }] }, rules)).toBe("Finance");
    expect(ownerOf({ ...rejection, entity: "Customer groups", reasons: [] }, rules)).toBe("Everybody");
    expect(rules.stewards).toEqual([
      { owner: "Purchasing" },
      { owner: "Finance", name: "Ana Lopez", email: "ana@example.com" },
      { owner: "Everybody" },
    ]);
  });

  test("is nobody in a project without stewards", () => {
    expect(ownerOf(rejection, stewardship())).toBe(unassigned);
  });

  test("is found for any pattern that was made from the text itself", () => {
    const letters = fc.string({
      unit: fc.constantFrom("a", "b", ".", "+", "(", "é", "[", "{", "$", "|"),
      minLength: 1,
      maxLength: 12,
    });
    fc.assert(
      fc.property(letters, fc.nat(), fc.nat(), (entity, from, length) => {
        const start = from % (entity.length + 1);
        const glob = `${entity.slice(0, start)}*${entity.slice(start + (length % 4))}`;
        const { rules } = stewardship(`{ owner: Ana, match: { entity: ${JSON.stringify(glob)} } }`);
        expect(ownerOf({ ...rejection, entity }, { rules })).toBe("Ana");
        expect(ownerOf({ ...rejection, entity: `${entity}z` }, { rules })).toBe(
          glob.endsWith("*") ? "Ana" : unassigned,
        );
      }),
      { numRuns: 40 },
    );
  });
});

describe("stewards that cannot be meant are refused, with the place", () => {
  test.each<[string, readonly string[], string]>([
    ["a code nobody has", ["{ owner: A, match: { code: DMFP-MAP-LOKUP } }"], "Did you mean DMFP-MAP-LOOKUP?"],
    ["a glob no code fits", ["{ owner: A, match: { code: FNO* } }"], "no code fits FNO*"],
    ["a stage there is not", ["{ owner: A, match: { stage: maping } }"], "Did you mean mapping?"],
    ["an unknown aspect", ["{ owner: A, match: { entitty: X } }"], "Did you mean entity?"],
    ["an empty match", ["{ owner: A, match: {} }"], "needs entity, legalEntity, field, code or stage"],
    ["no owner", ["{ match: { entity: X } }"], "owner is missing"],
    ["a rule behind the one for everything", ["{ owner: A }", "{ owner: B }"], "takes everything"],
    [
      "two addresses",
      ["{ owner: A, email: a@b, match: { stage: source } }", "{ owner: A, email: c@d }"],
      "earlier rule",
    ],
    ["no address", ["{ owner: A, email: a at b }"], "an e-mail address"],
    ["too many stars", ["{ owner: A, match: { entity: '*a*b*c*d*e*f' } }"], "more than five stars"],
  ])("%s", (_what, rules, words) => {
    const error = mistake(() => stewardship(...rules));
    expect(error.code).toBe("DMFP-PROJECT-INVALID");
    expect(error.message).toContain(words);
    expect(error.at).toMatchObject({ file: "mappings/project.yaml", line: 5 + rules.length });
  });

  test("an entity that is neither in the catalogue nor in the project", () => {
    const rules = stewardship("{ owner: A, match: { entity: [Vendors*, Vendor groops] } }");
    const error = mistake(() => {
      demandKnownEntities(rules, ["Vendors V2", "Vendor groups"]);
    });
    expect(error.code).toBe("DMFP-PROJECT-INVALID");
    expect(error.message).toContain("no entity fits Vendor groops. Did you mean Vendor groups?");
    expect(error.at).toEqual({ file: "mappings/project.yaml", line: 6, column: 45 });
  });
});
