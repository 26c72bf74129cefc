import fc from "fast-check";
import { expect, test } from "vitest";
import { EntityCatalogue } from "../../src/entity/catalogue.ts";
import type { EntityRelation, EntitySchema, TemplateSequence } from "../../src/entity/entity-schema.ts";
import { dependencyGraph, selfReferences, type EntityToLoad } from "../../src/sequence/dependency-graph.ts";
import { planSequence, type PlannedEntity } from "../../src/sequence/plan-sequence.ts";

const catalogue = EntityCatalogue.builtIn();

/** An entity of the catalogue whose mapping fills these fields. */
function known(label: string, fields: readonly string[], dependsOn: readonly string[] = []): EntityToLoad {
  const schema = catalogue.find(label);
  if (schema === undefined) throw new Error(`the catalogue has no ${label}`);
  return { schema, fields, dependsOn };
}

interface Made {
  readonly parents?: readonly string[];
  readonly relations?: readonly EntityRelation[];
  readonly fields?: readonly string[];
  readonly dependsOn?: readonly string[];
  readonly template?: TemplateSequence;
}

function made(label: string, { parents, relations, fields, dependsOn, template }: Made = {}): EntityToLoad {
  const schema: EntitySchema = {
    label,
    aotName: `${label}Entity`,
    scope: "company",
    keys: [],
    fieldsKnown: false,
    fields: new Map(),
    enums: new Map(),
    relations: relations ?? [],
    parents: parents ?? [],
    ...(template === undefined ? {} : { templateSequence: template }),
  };
  return { schema, fields: fields ?? [], dependsOn: dependsOn ?? [] };
}

function labels(plan: readonly PlannedEntity[]): string[] {
  return plan.map((planned) => planned.entity);
}

function failureOf(entities: readonly EntityToLoad[]): { message: string; next: string } {
  try {
    planSequence(entities);
  } catch (thrown) {
    expect(thrown).toMatchObject({ code: "DMFP-SEQUENCE-CIRCLE" });
    return thrown as { message: string; next: string };
  }
  throw new Error("there was no circle");
}

test("groups go before vendors and customers, headers before lines, with nothing declared", () => {
  const plan = planSequence([
    known("Sales order lines V2", ["SALESORDERNUMBER", "ITEMNUMBER"]),
    known("Sales order headers V2", ["SALESORDERNUMBER", "ORDERINGCUSTOMERACCOUNTNUMBER"]),
    known("Customers V3", ["CUSTOMERACCOUNT", "CUSTOMERGROUPID"]),
    known("Vendors V2", ["VENDORACCOUNTNUMBER", "VENDORGROUPID"]),
    known("Exchange rates", ["FROMCURRENCY"]),
    known("Customer groups", ["CUSTOMERGROUPID"]),
    known("Vendor groups", ["VENDORGROUPID"]),
  ]);
  expect(plan).toEqual([
    { entity: "Exchange rates", executionUnit: 1, level: 1, sequence: 1, waitsFor: [] },
    { entity: "Vendor groups", executionUnit: 1, level: 1, sequence: 2, waitsFor: [] },
    { entity: "Customer groups", executionUnit: 1, level: 1, sequence: 3, waitsFor: [] },
    { entity: "Vendors V2", executionUnit: 1, level: 2, sequence: 1, waitsFor: ["Vendor groups"] },
    { entity: "Customers V3", executionUnit: 1, level: 2, sequence: 2, waitsFor: ["Customer groups"] },
    { entity: "Sales order headers V2", executionUnit: 1, level: 3, sequence: 1, waitsFor: ["Customers V3"] },
    {
      entity: "Sales order lines V2",
      executionUnit: 1,
      level: 4,
      sequence: 1,
      waitsFor: ["Sales order headers V2"],
    },
  ]);
});

test("the whole catalogue, every field filled, has an order", () => {
  const everything = catalogue.labels().map((label) => {
    const fields = catalogue.find(label)?.fields.keys() ?? [];
    return known(label, [...fields]);
  });
  const plan = planSequence(everything);
  expect(new Set(labels(plan))).toEqual(new Set(catalogue.labels()));
});

test("a relation counts only when the mapping fills its fields", () => {
  const relations = [{ fields: ["A", "B"], entity: "Target", targetFields: ["X", "Y"] }];
  const graphWith = (fields: readonly string[]) =>
    dependencyGraph([made("Target"), made("Source", { relations, fields })]).get("Source");
  expect(graphWith(["A"])?.size).toBe(0);
  expect(graphWith(["A", "B", "C"])?.get("Target")).toEqual([
    { kind: "relation", fields: ["A", "B"], canWait: false },
  ]);
});

test("loose names of parents, entities that are not loaded and references to itself give no edge", () => {
  const relations = [{ fields: ["PARENT"], entity: "Source", targetFields: ["KEY"] }];
  const parents = ["Customers", "Vendors V2 (primary vendor)", "Customer definitions/Customers V3", "Units"];
  const graph = dependencyGraph([
    made("Customers V3"),
    made("Vendors V2"),
    made("Source", { relations, parents, fields: ["PARENT"], dependsOn: ["Somewhere else", "Source"] }),
  ]);
  expect(graph.get("Source")?.size).toBe(0);
});

test("several mappings of one entity are one entity, with the dependencies of all of them", () => {
  const plan = planSequence([
    made("Vendors", { dependsOn: ["Groups"] }),
    made("Vendors", { dependsOn: ["Terms"] }),
    made("Groups"),
    made("Terms"),
  ]);
  expect(plan.at(-1)).toMatchObject({ entity: "Vendors", level: 2, waitsFor: ["Groups", "Terms"] });
  expect(plan).toHaveLength(3);
});

test("inside a level the templates of F&O decide, then the label", () => {
  const plan = planSequence([
    made("D"),
    made("C"),
    made("B", { template: { executionUnit: 1, level: 20, sequence: 10 } }),
    made("A", { template: { executionUnit: 1, level: 20, sequence: 20 } }),
    made("Z", { template: { executionUnit: 1, level: 10, sequence: 70 } }),
  ]);
  expect(labels(plan)).toEqual(["Z", "B", "A", "C", "D"]);
  expect(plan.map((planned) => planned.sequence)).toEqual([1, 2, 3, 4, 5]);
});

test("a circle is drawn, with why each waits and which dependsOn to remove", () => {
  const error = failureOf([
    made("A", { dependsOn: ["B"] }),
    made("B", { parents: ["C"] }),
    made("C", { relations: [{ fields: ["AREF"], entity: "A", targetFields: ["ID"] }], fields: ["AREF"] }),
    made("D", { dependsOn: ["A"] }),
  ]);
  expect(error.message).toContain("A → B → C → A");
  expect(error.message).toContain("A waits for B: its mapping says so under dependsOn");
  expect(error.message).toContain("B waits for C: F&O needs those records first");
  expect(error.message).toContain("C waits for A: its mapping fills AREF");
  expect(error.next).toBe(
    'Do one of these: remove "B" from dependsOn in the mapping of A; or ' +
      "take AREF out of the mapping of C and load it in a second run.",
  );
});

test("a circle nobody declared says so too", () => {
  const error = failureOf([made("A", { parents: ["B"] }), made("B", { parents: ["A"] })]);
  expect(error.message).toContain("A → B → A");
  expect(error.next).toBe("Load the entities in two runs.");
});

/** Entities E0, E1, … where each may depend on those before it only, in any order. */
const acyclic = fc
  .integer({ min: 1, max: 25 })
  .chain((count) =>
    fc.tuple(
      fc.array(fc.array(fc.nat(24), { maxLength: 4 }), { minLength: count, maxLength: count }),
      fc.array(fc.integer({ min: 0, max: 3 }), { minLength: count, maxLength: count }),
      fc.shuffledSubarray([...Array(count).keys()], { minLength: count, maxLength: count }),
    ),
  )
  .map(([edges, templates, order]) =>
    order.map((index) => {
      const dependsOn = (edges[index] ?? []).filter((target) => target < index).map((target) => `E${target}`);
      const level = templates[index] ?? 0;
      return made(`E${index}`, {
        dependsOn,
        ...(level === 0 ? {} : { template: { executionUnit: 1, level, sequence: 1 } }),
      });
    }),
  );

test("the plan is a topological order, its levels are barriers, and the listing does not matter", () => {
  fc.assert(
    fc.property(acyclic, (entities) => {
      const plan = planSequence(entities);
      const byLabel = new Map(plan.map((planned) => [planned.entity, planned]));
      expect(plan).toHaveLength(entities.length);
      for (const { schema, dependsOn } of entities) {
        const own = byLabel.get(schema.label);
        expect(new Set(own?.waitsFor)).toEqual(new Set(dependsOn));
        const levels = dependsOn.map((label) => byLabel.get(label)?.level ?? Infinity);
        expect(own?.level).toBe(Math.max(0, ...levels) + 1);
      }
      for (const [index, planned] of plan.entries()) {
        const before = plan[index - 1];
        const sameLevel = before?.level === planned.level;
        expect(planned.sequence).toBe(sameLevel ? before.sequence + 1 : 1);
        expect(planned.level).toBeGreaterThanOrEqual(before?.level ?? 1);
      }
      expect(planSequence([...entities].reverse())).toEqual(plan);
    }),
  );
});

test("whatever the edges, there is a plan, or a circle that really is one", () => {
  const entities = fc
    .array(fc.array(fc.nat(7), { maxLength: 2 }), { minLength: 8, maxLength: 8 })
    .map((edges) =>
      edges.map((targets, index) => made(`E${index}`, { dependsOn: targets.map((target) => `E${target}`) })),
    );
  let circles = 0;
  fc.assert(
    fc.property(entities, (loaded) => {
      try {
        expect(planSequence(loaded)).toHaveLength(8);
      } catch (thrown) {
        expect(thrown).toMatchObject({ code: "DMFP-SEQUENCE-CIRCLE" });
        circles += 1;
        const drawn = /circle: ([^.]*)\./.exec((thrown as Error).message)?.[1]?.split(" → ") ?? [];
        expect(drawn.length).toBeGreaterThanOrEqual(3);
        expect(drawn.at(-1)).toBe(drawn[0]);
        for (const [index, label] of drawn.slice(0, -1).entries()) {
          const entity = loaded.find((candidate) => candidate.schema.label === label);
          expect(entity?.dependsOn).toContain(drawn[index + 1]);
        }
      }
    }),
  );
  expect(circles).toBeGreaterThan(0);
});

test("a chain of ten thousand entities is planned", () => {
  const chain = Array.from({ length: 10_000 }, (_, index) =>
    made(`E${String(index).padStart(5, "0")}`, { dependsOn: [`E${String(index - 1).padStart(5, "0")}`] }),
  );
  expect(planSequence(chain).at(-1)).toMatchObject({ entity: "E09999", level: 10_000, sequence: 1 });
});

const keyed = (
  label: string,
  more: Made & { mandatory?: readonly string[]; heldBack?: readonly string[] },
) => {
  const entity = made(label, { ...more, fields: ["ID", ...(more.fields ?? [])] });
  const fields = new Map(
    entity.fields.map((name) => [
      name,
      {
        name,
        odataName: name,
        type: "string" as const,
        mandatory: more.mandatory?.includes(name) ?? false,
        key: name === "ID",
      },
    ]),
  );
  return {
    ...entity,
    schema: { ...entity.schema, keys: ["ID"], fields },
    ...(more.heldBack === undefined ? {} : { heldBack: more.heldBack }),
  };
};
const refersTo = (field: string, entity: string): EntityRelation => ({
  fields: [field],
  entity,
  targetFields: ["ID"],
});

test("a circle of references says which fields a second pass can fill, and which it cannot", () => {
  const error = failureOf([
    keyed("A", { relations: [refersTo("TOB", "B")], fields: ["TOB"] }),
    keyed("B", { relations: [refersTo("TOA", "A")], fields: ["TOA"], mandatory: ["TOA"] }),
  ]);
  expect(error.next).toBe(
    "Do one of these: say twoPass: [TOB] in the mapping of A, whose records are then loaded without it first and get it in a second pass; or take TOA out of the mapping of B and load it in a second run.",
  );
});

test("a parent that is one because of held-back fields is no edge", () => {
  const parts = { relations: [refersTo("TOB", "B")], fields: ["TOB"], parents: ["B"] };
  const b = keyed("B", { dependsOn: ["A"] });
  expect(failureOf([keyed("A", parts), b]).next).toContain("twoPass: [TOB]");
  expect(labels(planSequence([keyed("A", { ...parts, heldBack: ["TOB"] }), b]))).toEqual(["A", "B"]);
});

test("circles that have nothing in common are told together", () => {
  const error = failureOf([
    made("A", { dependsOn: ["B"] }),
    made("B", { dependsOn: ["A"] }),
    made("C", { dependsOn: ["D"] }),
    made("D", { dependsOn: ["C"] }),
  ]);
  expect(error.message).toContain("A → B → A");
  expect(error.message).toContain("C → D → C");
});

test("second passes come behind all first passes and wait for their own and for what they refer to", () => {
  const plan = planSequence([
    keyed("A", {
      relations: [refersTo("TOB", "B"), refersTo("TOA", "A")],
      fields: ["TOB", "TOA"],
      heldBack: ["TOB", "TOA"],
    }),
    keyed("B", { relations: [refersTo("TOA", "A")], fields: ["TOA"] }),
    made("C", { dependsOn: ["B"] }),
  ]);
  expect(plan.map(({ entity, level }) => [entity, level])).toEqual([
    ["A", 1],
    ["B", 2],
    ["C", 3],
  ]);
  expect(plan[0]?.secondPass).toEqual({
    executionUnit: 1,
    level: 4,
    sequence: 1,
    waitsFor: ["A", "B"],
    heldBack: ["TOB", "TOA"],
  });
  expect(plan[1]).not.toHaveProperty("secondPass");
});

test("references of an entity to itself are found, unless they are held back", () => {
  const self = { relations: [refersTo("TOA", "A")], fields: ["TOA"] };
  expect(selfReferences([keyed("A", self)])).toEqual([{ entity: "A", fields: ["TOA"], canWait: true }]);
  expect(selfReferences([keyed("A", { ...self, mandatory: ["TOA"] })])[0]?.canWait).toBe(false);
  expect(selfReferences([keyed("A", { ...self, heldBack: ["TOA"] })])).toEqual([]);
  expect(selfReferences([made("A", { relations: [refersTo("TOA", "A")] })])).toEqual([]);
});

test("execution units share no edge, are as many as there are parts, and change nothing in the order", () => {
  fc.assert(
    fc.property(acyclic, (entities) => {
      const one = planSequence(entities);
      const plan = planSequence(entities, { executionUnits: "independent" });
      expect(labels(plan)).toEqual(labels(one));
      const unitOf = new Map(plan.map(({ entity, executionUnit }) => [entity, executionUnit]));
      for (const { entity, executionUnit, waitsFor } of plan) {
        for (const target of waitsFor) expect(unitOf.get(target), entity).toBe(executionUnit);
      }
      // As many parts as entities, less one for each edge that joins two parts.
      const parts = new Map(plan.map(({ entity }) => [entity, entity]));
      const rootOf = (label: string): string => {
        const next = parts.get(label) ?? label;
        return next === label ? label : rootOf(next);
      };
      for (const { entity, waitsFor } of plan)
        for (const target of waitsFor) parts.set(rootOf(entity), rootOf(target));
      const roots = new Set(plan.map(({ entity }) => rootOf(entity)));
      expect(new Set(unitOf.values())).toEqual(new Set([...roots].map((_, index) => index + 1)));
      const places = plan.map((planned) => `${planned.executionUnit}.${planned.level}.${planned.sequence}`);
      expect(new Set(places).size).toBe(plan.length);
      expect(planSequence([...entities].reverse(), { executionUnits: "independent" })).toEqual(plan);
    }),
  );
});

test("what a second pass refers to is in its execution unit", () => {
  const plan = planSequence(
    [
      keyed("A", { relations: [refersTo("TOB", "B")], fields: ["TOB"], heldBack: ["TOB"] }),
      made("B"),
      made("C"),
    ],
    { executionUnits: "independent" },
  );
  expect(plan.map(({ entity, executionUnit, sequence }) => [entity, executionUnit, sequence])).toEqual([
    ["A", 1, 1],
    ["B", 1, 2],
    ["C", 2, 1],
  ]);
  expect(plan[0]?.secondPass).toMatchObject({ executionUnit: 1, level: 2, waitsFor: ["A", "B"] });
});
