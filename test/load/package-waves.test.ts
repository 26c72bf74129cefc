import fc from "fast-check";
import { expect, test } from "vitest";
import { comesBefore } from "../../src/load/load-order.ts";
import type { PlannedLoad } from "../../src/load/load-plan.ts";
import { PackageWaves } from "../../src/load/packing/package-waves.ts";

/** What the waves look at of a planned entity. */
function entity(label: string, level: number, shared: boolean): PlannedLoad {
  return {
    schema: { label, scope: shared ? "shared" : "company" },
    place: { entity: label, executionUnit: 1, level, sequence: 1, waitsFor: [] },
  } as unknown as PlannedLoad;
}

const companies = ["DEMF", "FRMF", "USMF"] as const;

/** Entities in the order of loading, each with the legal entities of its records one after the other. */
const loads = fc.array(
  fc.record({
    deeper: fc.boolean(),
    shared: fc.boolean(),
    records: fc.array(fc.constantFrom(...companies), { minLength: 1, maxLength: 8 }),
  }),
  { maxLength: 8 },
);

test("property: what an entity waits for in another legal entity is in an earlier wave, and waves only grow", () => {
  fc.assert(
    fc.property(loads, (load) => {
      const waves = new PackageWaves();
      const placed: { legalEntity: string; planned: PlannedLoad; wave: number }[] = [];
      let level = 1;
      for (const [index, { deeper, shared, records }] of load.entries()) {
        if (deeper) level++;
        const planned = entity(`E${index}`, level, shared);
        for (const legalEntity of records) {
          const before = waves.of(legalEntity);
          const begins = waves.begin(legalEntity, planned);
          const wave = waves.of(legalEntity);
          expect(begins).toBe(wave > before);
          for (const other of placed) {
            if (other.legalEntity === legalEntity) expect(other.wave).toBeLessThanOrEqual(wave);
            else if (comesBefore(other, { legalEntity, planned })) expect(other.wave).toBeLessThan(wave);
          }
          placed.push({ legalEntity, planned, wave });
        }
      }
      if (load.every(({ shared }) => !shared)) expect(placed.every(({ wave }) => wave === 0)).toBe(true);
      // Records of one entity never divide the packages of a legal entity.
      const ofOne = Map.groupBy(
        placed,
        ({ legalEntity, planned }) => `${planned.schema.label} ${legalEntity}`,
      );
      for (const same of ofOne.values()) expect(new Set(same.map(({ wave }) => wave)).size).toBe(1);
    }),
  );
});

test("after all packages were closed, nothing before counts any more", () => {
  const waves = new PackageWaves();
  waves.begin("USMF", entity("Currencies", 1, true));
  expect(waves.begin("DEMF", entity("Vendors", 2, false))).toBe(true);
  waves.restart();
  expect(waves.begin("DEMF", entity("Invoices", 3, false))).toBe(false);
  expect(waves.of("DEMF")).toBe(0);
});
