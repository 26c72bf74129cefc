import { mkdtempSync, readdirSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ScratchLines } from "../../src/rejection/scratch-lines.ts";
import { Statements, type Statement } from "../../src/rejection/statements.ts";

const newFolder = (): string => mkdtempSync(path.join(os.tmpdir(), "dmfpipe-statements-"));

async function statementsOf(all: readonly Statement[], perPortion: number): Promise<Statements> {
  const statements = new Statements(newFolder(), { statements: perPortion, chars: 1e9 });
  for (const statement of all) await statements.add(statement);
  await statements.divide();
  return statements;
}

describe("what was said, in portions", () => {
  test("nothing of it is left for those that have its memory afterwards", async () => {
    const said = await statementsOf([{ channel: "target", part: 0, id: ["V1"] }], 5);
    expect(said.portionsOf(["V1"])).toEqual([0]);
    said.close();
    const next = await statementsOf([{ channel: "target", part: 0, id: ["V2"] }], 5);
    expect([next.portionsOf(["V1"]), next.portionsOf(["V2"])]).toEqual([[], [0]]);
  });

  const field = fc.string({ unit: fc.constantFrom("a", "B", "1", "-", ","), minLength: 1, maxLength: 6 });

  test("a record's statements are in a portion it is looked for in, however its key is written", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(field, field), { minLength: 1, maxLength: 40 }),
        fc.constantFrom("", ",", "; "),
        async (keys, separator) => {
          const said = keys.map((key, index): Statement =>
            index % 3 === 0
              ? { channel: "staging", part: 0, id: key }
              : { channel: "message", id: [(index % 3 === 1 ? key : key.toReversed()).join(separator)] },
          );
          const statements = await statementsOf(said, 5);
          expect(statements.portions).toBe(Math.max(1, Math.ceil(said.length / 5)));
          const portions = await Promise.all(
            Array.from({ length: statements.portions }, async (_, index) =>
              (await Array.fromAsync(statements.portion(index))).map((statement) =>
                JSON.stringify(statement),
              ),
            ),
          );
          expect(portions.flat().sort()).toEqual(said.map((statement) => JSON.stringify(statement)).sort());
          for (const [index, key] of keys.entries()) {
            const near = statements.portionsOf(key).flatMap((portion) => portions[portion] ?? []);
            expect(near).toContain(JSON.stringify(said[index]));
          }
        },
      ),
      { numRuns: 50 },
    );
  });

  test("nothing is looked for of a record nobody spoke of", async () => {
    const statements = await statementsOf([{ channel: "message", id: ["V1"] }], 100);
    expect(statements.portionsOf(["V1"])).toEqual([0]);
    expect(statements.portionsOf(["V2"])).toEqual([]);
  });
});

describe("lines that do not fit into memory", () => {
  test("come back as they were, as often as they are read; a few never reach the disk", async () => {
    const folder = newFolder();
    const few = new ScratchLines<string>(path.join(folder, "few"));
    await few.add("line\nbreak \u2028");
    expect(await Array.fromAsync(few.read())).toEqual(["line\nbreak \u2028"]);
    expect(readdirSync(folder)).toEqual([]);
    const many = new ScratchLines<readonly [number, string]>(path.join(folder, "many"));
    const values = Array.from(
      { length: 20_000 },
      (_, index) => [index, "ü\u{1F600}\r\n".repeat(index % 4)] as const,
    );
    for (const value of values) await many.add(value);
    expect(await Array.fromAsync(many.read())).toEqual(values);
    expect(await Array.fromAsync(many.read())).toEqual(values);
    expect(many.count).toBe(values.length);
  });
});
