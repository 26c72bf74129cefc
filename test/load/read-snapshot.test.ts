import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { normalizeKey } from "../../src/entity/record-key.ts";
import { readSnapshots } from "../../src/load/reading/read-snapshot.ts";
import { snapshotFile } from "../../src/load/reading/snapshot.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const label = "Vendor groups";
const head = { entity: label, environment: "uat", takenAt: "2026-01-31T10:20:30.000Z" };

function writeLines(folder: string, lines: readonly unknown[]): void {
  const file = snapshotFile(folder, "uat", label);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(
    file,
    lines.map((line) => (typeof line === "string" ? line : JSON.stringify(line)) + "\n").join(""),
  );
}

test("every key of a snapshot is found again, in its company only", async () => {
  const folder = temporaryFolder();
  const row = fc.tuple(fc.constantFrom("", "USMF", "DEMF"), fc.string(), fc.string());
  await fc.assert(
    fc.asyncProperty(fc.array(row), async (rows) => {
      writeLines(folder, [head, ...rows]);
      const snapshot = (await readSnapshots(folder, "uat", [label])).get(label);
      expect(snapshot).toMatchObject({ ...head, records: rows.length });
      for (const [company, ...key] of rows) expect(snapshot?.keys.has(company, normalizeKey(key))).toBe(true);
      expect(snapshot?.keys.has("FRSI", normalizeKey(["a", "b"]))).toBe(false);
    }),
  );
});

test("a snapshot of many pieces is read to its end", async () => {
  const folder = temporaryFolder();
  const rows = Array.from({ length: 30_000 }, (_, number) => ["USMF", `Grüße\n${number}`]);
  writeLines(folder, [head, ...rows]);
  const snapshot = (await readSnapshots(folder, "uat", [label, "Currencies"])).get(label);
  expect(snapshot?.records).toBe(30_000);
  const missing = rows.filter(
    ([company = "", ...key]) => snapshot?.keys.has(company, normalizeKey(key)) !== true,
  );
  expect(missing).toEqual([]);
});

test.each<[string, readonly unknown[]]>([
  ["is empty", []],
  ["has no head", [["USMF", "10"]]],
  ["holds something else", [head, { key: "10" }]],
  ["holds numbers", [head, ["USMF", 10]]],
  ["was cut off", [head, ["USMF", "10"], '["USMF","20']],
])("a snapshot that %s is refused, with what to do", async (_, lines) => {
  const folder = temporaryFolder();
  writeLines(folder, lines);
  await expect(readSnapshots(folder, "uat", [label])).rejects.toMatchObject({
    code: "DMFP-SNAPSHOT-INVALID",
  });
});
