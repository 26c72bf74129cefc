import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import type { ExpectedRejection, ExpectedRun } from "../../samples/generator/expected.ts";
import { EntityCatalogue } from "../../src/entity/catalogue.ts";
import { planLoad, type PlannedLoad } from "../../src/load/load-plan.ts";
import type { OwnRejection } from "../../src/load/reading/own-rejections.ts";
import { EntityReader } from "../../src/load/reading/read-entity.ts";
import { readProject } from "../../src/project/project.ts";

const root = path.join(import.meta.dirname, "..", "..");
const expected = JSON.parse(readFileSync(path.join(root, "samples/expected.json"), "utf8")) as ExpectedRun;
const planned = await planLoad(readProject("mappings/project.yaml", root), EntityCatalogue.builtIn());

/** Judges every record of an entity as `check` and `load` do, and returns those that are refused. */
async function refused(entity: PlannedLoad): Promise<OwnRejection[]> {
  const reader = new EntityReader(entity);
  const found: OwnRejection[] = [];
  for (const source of entity.sources) {
    for await (const items of source.source.batches()) {
      for (const item of items) {
        const verdict = reader.judge(source, item);
        if (verdict.kind === "rejected") found.push(verdict.rejection);
      }
    }
  }
  return found;
}

test.each(planned)("$schema.label: what is rejected here is what expected.json says", async (entity) => {
  const rejected = await refused(entity);
  const wanted = expected.rejections.filter(
    ({ entity: label, stage }) => label === entity.schema.label && stage !== "staging" && stage !== "target",
  );
  const place = (line: number, stage: string, legalEntity: string): unknown => ({ line, stage, legalEntity });
  expect(rejected.map((own) => place(own.position.line, own.stage, own.legalEntity ?? ""))).toEqual(
    wanted.map((row) => place(row.line, row.stage, row.legalEntity)),
  );
  for (const [index, row] of wanted.entries()) expectReason(rejected[index], row);
});

function expectReason(own: OwnRejection | undefined, row: ExpectedRejection): void {
  const where = `${row.kind} on line ${row.line}`;
  expect(
    own?.reasons.map((reason) => reason.code),
    where,
  ).toContain(row.code);
  if (row.field !== undefined) {
    expect(
      own?.reasons.map((reason) => reason.field),
      where,
    ).toContain(row.field);
  }
}
