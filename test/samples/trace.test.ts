import path from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { EntityCatalogue } from "../../src/entity/catalogue.ts";
import { compileEntity } from "../../src/load/load-plan.ts";
import type { MapResult } from "../../src/mapping/map-result.ts";
import { TraceRecorder, type Trace } from "../../src/mapping/trace.ts";
import { readProject } from "../../src/project/project.ts";
import type { SourceRecord } from "../../src/source/source-record.ts";

const root = path.join(import.meta.dirname, "..", "..");
const project = readProject("mappings/project.yaml", root);
const catalogue = EntityCatalogue.builtIn();

/** Values as the sample sources have them, good and bad, beside anything else. */
const value = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom("", "100", "200", "1", "X", "D", "TEST", "true", "ST", "LIEF", "DE", "0001"),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(" a ", "31.12.2024", "20250131", "2024-02-30", "1.234,50-", "12.5", "Net30"),
  },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 12 }) },
);

/** Reasons of a trace, in the order in which they came. */
function reasonsOf(trace: Trace): readonly unknown[] {
  return [...trace.parts.flatMap(reasonsOf), ...trace.reasons];
}

test.each(project.mappings)("$file gives the same with and without a trace", async (definition) => {
  const recorder = new TraceRecorder();
  const plain = await compileEntity(project, definition, { catalogue });
  const traced = await compileEntity(project, definition, { catalogue, recorder });
  const columns = plain.mapping.sourceColumns;
  const plainMapper = plain.mapping.bind(columns);
  const tracedMapper = traced.mapping.bind(columns);
  fc.assert(
    fc.property(fc.array(value, { minLength: columns.length, maxLength: columns.length }), (values) => {
      const position = { file: "s", line: 2, record: 1, byteOffset: 0, byteLength: 1 };
      const record: SourceRecord = { kind: "record", position, values };
      const result: MapResult = plainMapper.map(record);
      expect(tracedMapper.map(record)).toEqual(result);
      const parts = recorder.take();
      if (result.kind === "filtered") return;
      for (const [index, field] of plain.mapping.targetFields.entries()) {
        const trace = parts.find((part) => part.field === field)?.trace;
        expect(trace?.output ?? "").toBe(result.values[index]);
      }
      // Every reason of the record stands at one place of the traces, but that of a strange company.
      const reasons = parts.flatMap(({ trace }) => reasonsOf(trace));
      const own = (result.kind === "rejected" ? result.reasons : []).filter(
        ({ code }) => code !== "DMFP-MAP-COMPANY",
      );
      expect(reasons).toEqual(own);
    }),
    { numRuns: 300 },
  );
});
