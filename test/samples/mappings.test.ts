import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { EntityCatalogue } from "../../src/entity/catalogue.ts";

const root = path.resolve(import.meta.dirname, "../..");
const mappingsFolder = path.join(root, "mappings");
const catalogue = EntityCatalogue.builtIn();

interface MappingFile {
  readonly entity: string;
  readonly source: { readonly file: string };
  readonly legalEntity: string;
  readonly fields: Readonly<Record<string, string>>;
}

function read(file: string): unknown {
  return parse(readFileSync(path.join(mappingsFolder, file), "utf8"));
}

const project = read("project.yaml") as {
  entities: string[];
  environments: { sandbox: { setup: string } };
};
const mappings = project.entities.map((file) => ({ file, mapping: read(file) as MappingFile }));

describe("the sample mappings", () => {
  test("are exactly those the project lists", () => {
    const written = readdirSync(mappingsFolder).filter((file) => file.endsWith(".yaml"));
    expect([...project.entities, "project.yaml"].sort()).toEqual(written.sort());
    expect(new Set(mappings.map(({ mapping }) => mapping.entity)).size).toBe(7);
  });

  test.each(mappings)("$file fills fields the catalogue has, and all that are wanted", ({ mapping }) => {
    const schema = catalogue.find(mapping.entity);
    const wanted = [...(schema?.fields.values() ?? [])].filter((field) => field.mandatory || field.key);
    expect(wanted.length).toBeGreaterThan(0);
    const filled = Object.keys(mapping.fields);
    expect(filled.filter((field) => schema?.fields.has(field) !== true)).toEqual([]);
    expect(wanted.map(({ name }) => name).filter((name) => !filled.includes(name))).toEqual([]);
  });

  test.each(mappings)("$file reads a source that exists and lookups that exist", ({ mapping }) => {
    expect(readFileSync(path.join(root, mapping.source.file)).length).toBeGreaterThan(0);
    for (const expression of Object.values(mapping.fields)) {
      for (const [, name = ""] of expression.matchAll(/lookup\(([\w-]+)/g)) {
        const lookup = readFileSync(path.join(mappingsFolder, "lookups", `${name}.csv`), "utf8");
        expect(lookup).toMatch(/^from,to(,comment)?\n/);
      }
    }
  });
});

describe("the sandbox's set-up", () => {
  const setup = JSON.parse(readFileSync(path.join(root, project.environments.sandbox.setup), "utf8")) as {
    referenceData: Record<string, Record<string, Record<string, string>[]>>;
    fieldSizes: Record<string, Record<string, number>>;
    rules: { entity: string; when: Record<string, unknown>; field: string; message: string }[];
  };

  test("holds records of fields the catalogue has, each with its key", () => {
    for (const [label, byCompany] of Object.entries(setup.referenceData)) {
      const schema = catalogue.find(label);
      expect(Object.keys(byCompany)).toEqual(schema?.scope === "shared" ? ["*"] : ["USMF", "DEMF"]);
      for (const record of Object.values(byCompany).flat()) {
        const unknown = Object.keys(record).filter((field) => schema?.fields.has(field) !== true);
        expect(schema?.fieldsKnown === true ? unknown : []).toEqual([]);
        for (const key of schema?.keys ?? [""]) expect(record[key]).not.toBe("");
      }
    }
  });

  test("has sizes only the environment knows, and rules on fields the mappings fill", () => {
    for (const [label, sizes] of Object.entries(setup.fieldSizes)) {
      for (const field of Object.keys(sizes)) {
        const known = catalogue.find(label)?.fields.get(field);
        expect(known, `${label} ${field}`).toBeDefined();
        expect(known?.size, `${label} ${field}`).toBeUndefined();
      }
    }
    for (const { entity, when } of setup.rules) {
      const filled = mappings.find(({ mapping }) => mapping.entity === entity)?.mapping.fields ?? {};
      for (const field of Object.keys(when)) expect(Object.keys(filled)).toContain(field);
    }
  });
});
