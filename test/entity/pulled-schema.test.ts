import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { fieldTypes } from "../../src/entity/entity-schema.ts";
import { PulledSchema, type PulledEntity, type PulledEnum } from "../../src/entity/pulled-schema.ts";
import { pulledBodyOf, pulledBodyText, pulledHeadText } from "../../src/entity/pulled-schema-text.ts";

const folder = mkdtempSync(path.join(os.tmpdir(), "dmfpipe-pulled-"));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const head = { environment: "uat", pulledAt: "2026-01-31T10:00:00.000Z", application: "10.0.47" };

async function textOf(
  entities: ReadonlyMap<string, PulledEntity>,
  enums: ReadonlyMap<string, PulledEnum>,
): Promise<string> {
  async function* inOrder(): AsyncGenerator<readonly [string, PulledEntity]> {
    yield* await Promise.resolve([...entities].sort(([a], [b]) => (a < b ? -1 : 1)));
  }
  const parts = [pulledHeadText(head)];
  for await (const part of pulledBodyText(inOrder(), () => enums)) parts.push(part);
  return parts.join("");
}

function read(text: string): PulledSchema {
  const file = path.join(folder, "schema.json");
  writeFileSync(file, text);
  return PulledSchema.read(file);
}

const name = fc.stringMatching(/^[A-Z][A-Z0-9_]{0,8}$/);
const field = fc.record(
  {
    type: fc.constantFrom(...fieldTypes),
    odata: fc.string(),
    enum: fc.string(),
    size: fc.integer({ min: 1, max: 1000 }),
    mandatory: fc.constant(true as const),
    readOnly: fc.constant(true as const),
  },
  { requiredKeys: ["type"] },
);
const entity = fc.record(
  {
    aotName: fc.string(),
    scope: fc.constantFrom("company" as const, "shared" as const),
    fields: fc.dictionary(name, field, { noNullPrototype: true }),
    keys: fc.array(name),
    odataCollection: fc.string(),
    stagingTable: fc.string(),
  },
  { requiredKeys: ["aotName", "scope", "fields"] },
);
// A label such as __proto__ would not survive JSON.parse into a plain object; F&O has none.
const label = fc.string({ minLength: 1 }).filter((text) => text !== "__proto__");
const members = fc.dictionary(name, fc.nat(), { noNullPrototype: true });

test("what is written is what is read, whatever the labels and names", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.tuple(label, entity), { selector: ([text]) => text, maxLength: 4 }),
      fc.uniqueArray(fc.tuple(name, members), { selector: ([text]) => text, maxLength: 4 }),
      async (entities, enums) => {
        const schema = read(await textOf(new Map(entities), new Map(enums)));
        expect(schema.head).toEqual(head);
        expect(schema.labels()).toEqual(entities.map(([text]) => text).sort());
        for (const [text, expected] of entities) expect(schema.entity(text)).toEqual(expected);
        for (const [text, expected] of enums) expect(schema.enumOf(text)).toEqual(expected);
      },
    ),
    { numRuns: 60 },
  );
});

test("the order in which fields and enums come makes no difference", async () => {
  const fields = { B: { type: "string" as const }, A: { type: "int32" as const } };
  const one: PulledEntity = { aotName: "X", scope: "shared", fields };
  const other: PulledEntity = { aotName: "X", scope: "shared", fields: { A: fields.A, B: fields.B } };
  const enums = new Map([
    ["Second", { b: 0 }],
    ["First", { a: 0 }],
  ]);
  const first = await textOf(new Map([["X", one]]), enums);
  const second = await textOf(new Map([["X", other]]), new Map([...enums].reverse()));
  expect(second).toBe(first);
  expect(pulledBodyOf(first)).not.toContain(head.pulledAt);
});

test("what is asked for and is not there is undefined; what is wrong names its place", async () => {
  const good: PulledEntity = { aotName: "X", scope: "shared", fields: { A: { type: "string", size: 5 } } };
  const text = await textOf(new Map([["X", good]]), new Map());
  expect(read(text).entity("constructor")).toBeUndefined();
  expect(read(text).enumOf("constructor")).toBeUndefined();
  const broken = read(text.replace('"size": 5', '"size": "five"'));
  expect(() => broken.entity("X")).toThrow(/entities, X, fields, A, size/);
  expect(() => read(text.slice(0, -5))).toThrow(/cannot be read/);
});
