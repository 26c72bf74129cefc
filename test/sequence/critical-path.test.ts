import fc from "fast-check";
import { expect, test } from "vitest";
import { criticalPath, type WeightedStep } from "../../src/sequence/critical-path.ts";

function step(name: string, weight: number, ...waitsFor: string[]): WeightedStep {
  return { name, waitsFor, weight };
}

test("the longest chain is that of the greatest sum, not of the most steps", () => {
  const steps = [step("a", 1), step("b", 1, "a"), step("c", 1, "b"), step("d", 9), step("e", 1, "d")];
  expect(criticalPath(steps)).toEqual({ names: ["d", "e"], weight: 10 });
});

test("of equal sums the one with more steps, then the first", () => {
  expect(criticalPath([step("a", 2), step("b", 0), step("c", 2, "b")]).names).toEqual(["b", "c"]);
  expect(criticalPath([step("a", 2), step("b", 2)]).names).toEqual(["a"]);
});

test("nothing has no path, and what is not listed is over already", () => {
  expect(criticalPath([])).toEqual({ names: [], weight: 0 });
  expect(criticalPath([step("a", 3, "elsewhere")])).toEqual({ names: ["a"], weight: 3 });
});

const graph = fc
  .array(fc.tuple(fc.nat(20), fc.array(fc.nat(11), { maxLength: 4 })), { minLength: 1, maxLength: 12 })
  .map((entries) =>
    entries.map(([weight, targets], index) =>
      step(
        `s${index}`,
        weight,
        ...new Set(targets.filter((target) => target < index).map((target) => `s${target}`)),
      ),
    ),
  );

test("it is a chain of the graph, and no other chain weighs more", () => {
  fc.assert(
    fc.property(graph, (steps) => {
      const byName = new Map(steps.map((entry) => [entry.name, entry]));
      const found = criticalPath(steps);
      const chain = found.names.map((name) => byName.get(name));
      expect(found.weight).toBe(chain.reduce((sum, entry) => sum + (entry?.weight ?? NaN), 0));
      for (const [index, entry] of chain.entries()) {
        if (index > 0) expect(entry?.waitsFor).toContain(found.names[index - 1]);
      }
      const heaviest = (name: string): number => {
        const entry = byName.get(name);
        return entry === undefined ? 0 : entry.weight + Math.max(0, ...entry.waitsFor.map(heaviest));
      };
      expect(found.weight).toBe(Math.max(...steps.map(({ name }) => heaviest(name))));
    }),
  );
});
