import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { EntityCatalogue } from "../../src/entity/catalogue.ts";
import type { EntitySchema } from "../../src/entity/entity-schema.ts";
import { normalizeKey } from "../../src/entity/record-key.ts";
import { planLoad, type PlannedLoad } from "../../src/load/load-plan.ts";
import { ReferenceCheck, type KnownKeys } from "../../src/load/reading/reference-check.ts";
import { readProject } from "../../src/project/project.ts";

const catalogue = EntityCatalogue.builtIn();
const schemaOf = (label: string): EntitySchema => {
  const schema = catalogue.find(label);
  if (schema === undefined) throw new Error(label);
  return schema;
};
const groups = schemaOf("Vendor groups");
const vendors = schemaOf("Vendors V2");

let root = "";
let planned: readonly PlannedLoad[];

beforeAll(async () => {
  root = mkdtempSync(path.join(os.tmpdir(), "dmfpipe-references-"));
  mkdirSync(path.join(root, "mappings"));
  const write = (name: string, text: string): void => {
    writeFileSync(path.join(root, name), text);
  };
  write("groups.csv", "G\n");
  write("vendors.csv", "V,G,C\n");
  write(
    "mappings/groups.yaml",
    "entity: Vendor groups\nsource: { file: groups.csv }\nlegalEntity: USMF\nfields: { VENDORGROUPID: G }\n",
  );
  write(
    "mappings/vendors.yaml",
    "entity: Vendors V2\nsource: { file: vendors.csv }\nlegalEntity: USMF\nfields: { VENDORACCOUNTNUMBER: V, VENDORGROUPID: G, CURRENCYCODE: C }\n",
  );
  write(
    "mappings/project.yaml",
    "project: p\nentities: [vendors.yaml, groups.yaml]\nenvironments: { sandbox: { kind: sandbox } }\n",
  );
  planned = await planLoad(readProject("mappings/project.yaml", root), catalogue);
});
afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});

/** An environment that has these keys, written `scope/key`, in lower case as they are compared. */
const having = (...keys: string[]): KnownKeys => ({
  has: (scope, key) => keys.includes(`${scope}/${key}`),
});

/** Notes what became of a vendor group of this load. */
function note(references: ReferenceCheck, company: string, group: string, fate: "taken" | "refused"): void {
  const keys = references.begin(groups);
  const keyed = {
    scope: company,
    key: normalizeKey([group]),
    line: keys?.lines.numberOf("groups.csv", 17) ?? 0,
  };
  if (fate === "taken") keys?.take(keyed);
  else keys?.refuse(keyed);
}

function check(snapshots: Readonly<Record<string, KnownKeys>> = {}): ReferenceCheck {
  return new ReferenceCheck(planned, new Map(Object.entries(snapshots)), (label) => catalogue.find(label));
}

/** Codes of the problems of a vendor of this group and currency, with the field. */
function problems(references: ReferenceCheck, group: string, currency: string, company = "USMF"): string[] {
  return references
    .problems(vendors, company, ["V1", group, currency])
    .map(({ code, field }) => `${field ?? ""} ${code}`);
}

describe("references, checked offline", () => {
  test("a record of the load is there, whatever its case and blanks", () => {
    const references = check({ "Vendor groups": having() });
    note(references, "USMF", "Local ", "taken");
    expect(problems(references, "LOCAL", "")).toEqual([]);
  });

  test("a record of another company is not", () => {
    const references = check({ "Vendor groups": having() });
    note(references, "DEMF", "LOCAL", "taken");
    expect(problems(references, "LOCAL", "")).toEqual(["VENDORGROUPID DMFP-REFERENCE-MISSING"]);
  });

  test("a record that was rejected itself is a consequence, and its line is named", () => {
    const references = check();
    note(references, "USMF", "LOCAL", "refused");
    const [problem] = references.problems(vendors, "USMF", ["V1", "LOCAL", ""]);
    expect(problem).toMatchObject({
      code: "DMFP-REFERENCE-REJECTED",
      field: "VENDORGROUPID",
      value: "LOCAL",
    });
    expect(problem?.message).toContain("line 17 of groups.csv");
  });

  test("a rejected record does not matter where the environment has one of that key", () => {
    const references = check({ "Vendor groups": having("USMF/local") });
    note(references, "USMF", "LOCAL", "refused");
    expect(problems(references, "LOCAL", "")).toEqual([]);
  });

  test("nor where another record of the load has it", () => {
    const references = check();
    const keys = references.begin(groups);
    keys?.take({ scope: "USMF", key: "local", line: 2 });
    keys?.refuse({ scope: "USMF", key: "local", line: 3 });
    expect(problems(references, "LOCAL", "")).toEqual([]);
  });

  test("without a snapshot nothing is said of what is not in the load", () => {
    expect(problems(check(), "ELSEWHERE", "EUR")).toEqual([]);
  });

  test("shared entities are looked up without a company; an empty reference is fine", () => {
    const references = check({ Currencies: having("/eur"), "Vendor groups": having() });
    expect(problems(references, "", "EUR")).toEqual([]);
    expect(problems(references, "", "XBT")).toEqual(["CURRENCYCODE DMFP-REFERENCE-MISSING"]);
  });

  test("of a record without a company only shared references are judged", () => {
    const references = check({ Currencies: having(), "Vendor groups": having() });
    expect(problems(references, "LOCAL", "XBT", "")).toEqual(["CURRENCYCODE DMFP-REFERENCE-MISSING"]);
  });

  test("what was asked before does not matter", () => {
    const snapshots = { Currencies: having("/eur"), "Vendor groups": having("USMF/a", "DEMF/b") };
    const question = fc.record({
      group: fc.constantFrom("", "a", "A ", "b", "c", "a".repeat(100)),
      currency: fc.constantFrom("", "EUR", "XBT"),
      company: fc.constantFrom("", "USMF", "DEMF"),
    });
    fc.assert(
      fc.property(fc.array(question, { maxLength: 30 }), (questions) => {
        const references = check(snapshots);
        for (const { group, currency, company } of questions) {
          const alone = problems(check(snapshots), group, currency, company);
          expect(problems(references, group, currency, company)).toEqual(alone);
        }
      }),
    );
  });
});
