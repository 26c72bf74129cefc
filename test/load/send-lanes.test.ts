import { describe, expect, test } from "vitest";
import type { PlannedLoad } from "../../src/load/load-plan.ts";
import { sendLanes } from "../../src/load/sending/send-lanes.ts";
import { ledgerPackage } from "./ledger-package.ts";

/** What the lanes look at of a planned entity. */
function entity(
  label: string,
  level: number,
  more: { readonly shared?: true; readonly unit?: number; readonly waitsFor?: readonly string[] } = {},
): PlannedLoad {
  const { shared, unit = 1, waitsFor = [] } = more;
  return {
    schema: { label, scope: shared === true ? "shared" : "company" },
    place: { entity: label, executionUnit: unit, level, sequence: 1, waitsFor },
  } as unknown as PlannedLoad;
}

/** Packages with one entity, in data projects of their own. */
function waits(
  planned: readonly PlannedLoad[],
  content: readonly (readonly [string, string])[],
): Record<string, string[]> {
  const packages = content.map(([label, legalEntity], index) =>
    ledgerPackage(`${label} ${legalEntity} ${index}`, {
      position: index + 1,
      legalEntity,
      dataProject: `${label} ${legalEntity}`,
      part: { entity: label },
    }),
  );
  const lanes = sendLanes(packages, planned);
  return Object.fromEntries(
    lanes.map(({ dataProject, waitsFor }) => [
      dataProject,
      waitsFor.map((index) => lanes[index]?.dataProject ?? ""),
    ]),
  );
}

test("a level is a barrier inside a legal entity, and nothing to another one", () => {
  const planned = [entity("Groups", 1), entity("Terms", 1), entity("Vendors", 2)];
  const content = [
    ["Groups", "DEMF"],
    ["Groups", "USMF"],
    ["Terms", "USMF"],
    ["Vendors", "DEMF"],
    ["Vendors", "USMF"],
  ] as const;
  expect(waits(planned, content)).toEqual({
    "Groups DEMF": [],
    "Groups USMF": [],
    "Terms USMF": [],
    "Vendors DEMF": ["Groups DEMF"],
    "Vendors USMF": ["Groups USMF", "Terms USMF"],
  });
});

test("a shared entity belongs to all legal entities: they wait for it, and it for them", () => {
  const planned = [
    entity("Currencies", 1, { shared: true }),
    entity("Groups", 2),
    entity("Rates", 3, { shared: true }),
  ];
  const content = [
    ["Currencies", "DEMF"],
    ["Groups", "DEMF"],
    ["Groups", "USMF"],
    ["Rates", "USMF"],
  ] as const;
  expect(waits(planned, content)).toEqual({
    "Currencies DEMF": [],
    "Groups DEMF": ["Currencies DEMF"],
    "Groups USMF": ["Currencies DEMF"],
    "Rates USMF": ["Currencies DEMF", "Groups DEMF", "Groups USMF"],
  });
});

test("a shared entity whose records come under two legal entities is loaded one after the other", () => {
  const planned = [entity("Currencies", 1, { shared: true })];
  expect(
    waits(planned, [
      ["Currencies", "DEMF"],
      ["Currencies", "USMF"],
    ]),
  ).toEqual({ "Currencies DEMF": [], "Currencies USMF": ["Currencies DEMF"] });
});

test("execution units run side by side, but what an entity waits for comes first wherever it is", () => {
  const planned = [
    entity("Groups", 1),
    entity("Units", 1, { unit: 2 }),
    entity("Products", 2, { unit: 2, waitsFor: ["Groups"] }),
  ];
  const content = [
    ["Groups", "USMF"],
    ["Units", "USMF"],
    ["Products", "USMF"],
  ] as const;
  expect(waits(planned, content)).toEqual({
    "Groups USMF": [],
    "Units USMF": [],
    "Products USMF": ["Groups USMF", "Units USMF"],
  });
});

/** What each lane holds and waits for, where a package holds several entities; a data project is a legal entity. */
function lanesOf(
  planned: readonly PlannedLoad[],
  content: readonly (readonly [string, string, ...string[]])[],
): readonly (readonly [string[], string[]])[] {
  const packages = content.map(([key, legalEntity, ...labels], index) => {
    const pack = ledgerPackage(key, { position: index + 1, legalEntity, dataProject: legalEntity });
    const [part] = pack.parts;
    if (part === undefined) throw new Error(key);
    return { ...pack, parts: labels.map((entity) => ({ ...part, entity })) };
  });
  const lanes = sendLanes(packages, planned);
  return lanes.map(({ packages: own, waitsFor }) => [
    own.map(({ key }) => key),
    waitsFor.map((index) => lanes[index]?.packages[0]?.key ?? ""),
  ]);
}

describe("packages that hold several entities", () => {
  const planned = [
    entity("Groups", 1),
    entity("Currencies", 1, { shared: true }),
    entity("Vendors", 2),
    entity("Rates", 3, { shared: true }),
    entity("Invoices", 4),
  ];

  test("go one after the other where nothing else is to be waited for, as one lane", () => {
    const content = [
      ["d1", "DEMF", "Groups"],
      ["d2", "DEMF", "Groups", "Vendors"],
      ["u1", "USMF", "Groups", "Vendors"],
    ] as const;
    expect(lanesOf(planned, content)).toEqual([
      [["d1", "d2"], []],
      [["u1"], []],
    ]);
  });

  test("wait for a shared entity in the package of another legal entity, however that sorts", () => {
    const content = [
      ["d1", "DEMF", "Groups"],
      ["u1", "USMF", "Groups", "Currencies", "Vendors"],
      ["d2", "DEMF", "Vendors"],
      ["d3", "DEMF", "Vendors"],
    ] as const;
    expect(lanesOf(planned, content)).toEqual([
      [["d1"], []],
      [["u1"], []],
      [
        ["d2", "d3"],
        ["d1", "u1"],
      ],
    ]);
  });

  test("to and fro", () => {
    const content = [
      ["d1", "DEMF", "Groups", "Currencies", "Vendors"],
      ["u1", "USMF", "Groups"],
      ["u2", "USMF", "Vendors", "Rates", "Invoices"],
      ["d2", "DEMF", "Invoices"],
    ] as const;
    expect(lanesOf(planned, content)).toEqual([
      [["d1"], []],
      [["u1"], []],
      [["u2"], ["d1", "u1"]],
      [["d2"], ["d1", "u2"]],
    ]);
  });
});
