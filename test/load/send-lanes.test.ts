import { expect, test } from "vitest";
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
