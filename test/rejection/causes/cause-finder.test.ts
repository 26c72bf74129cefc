import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { reason } from "../../../src/errors/reason.ts";
import type { LoadedEntity } from "../../../src/rejection/causes/broken-reference.ts";
import type { CauseOverview } from "../../../src/rejection/causes/cause.ts";
import { CauseFinder, type CauseLimits } from "../../../src/rejection/causes/cause-finder.ts";
import type { Rejection } from "../../../src/rejection/rejection.ts";

const groups: LoadedEntity = {
  label: "Customer groups",
  scope: "company",
  keys: ["CUSTOMERGROUPID"],
  relations: [],
};
const customers: LoadedEntity = {
  label: "Customers V3",
  scope: "company",
  keys: ["CUSTOMERACCOUNT"],
  relations: [
    { fields: ["CUSTOMERGROUPID"], entity: "Customer groups", targetFields: ["CUSTOMERGROUPID"] },
    { fields: ["SALESCURRENCYCODE"], entity: "Currencies", targetFields: ["CURRENCYCODE"] },
    { fields: ["PARENT"], entity: "Customers V3", targetFields: ["CUSTOMERACCOUNT"] },
  ],
};
const orders: LoadedEntity = {
  label: "Sales order headers V2",
  scope: "company",
  keys: ["SALESORDERNUMBER"],
  relations: [{ fields: ["CUSTOMER"], entity: "Customers V3", targetFields: ["CUSTOMERACCOUNT"] }],
};
const plan = [groups, customers, orders];

function rejected(
  schema: LoadedEntity,
  key: string,
  options: { readonly field?: string; readonly value?: string; readonly company?: string } = {},
): Rejection {
  const { field, value, company = "USMF" } = options;
  const why =
    field === undefined
      ? reason("DMFP-FNO-MANDATORY", { message: "Field 'Name' must be filled in" })
      : reason("DMFP-FNO-REFERENCE", { field, value, message: `The value '${value}' is not found.` });
  return {
    entity: schema.label,
    legalEntity: company,
    stage: "target",
    key: [key],
    reasons: [why],
    position: { file: "a.csv", line: 2, record: 1, byteOffset: 0, byteLength: 1 },
    columns: [],
    values: [],
    raw: "",
    mapped: { [schema.keys[0] ?? ""]: key, ...(field === undefined ? {} : { [field]: value ?? "" }) },
  };
}

function overviewOf(rejections: readonly Rejection[], limits: Partial<CauseLimits> = {}): CauseOverview {
  const finder = new CauseFinder(plan, limits);
  for (const rejection of rejections) finder.note(rejection);
  if (finder.needsCounting) for (const rejection of rejections) finder.count(rejection);
  return finder.overview();
}

const ofGroup = (key: string, group: string): Rejection =>
  rejected(customers, key, { field: "CUSTOMERGROUPID", value: group });
const ofCustomer = (key: string, customer: string): Rejection =>
  rejected(orders, key, { field: "CUSTOMER", value: customer });

describe("what rejections go back to", () => {
  test("records follow their references to the record that was rejected first, over several entities", () => {
    const overview = overviewOf([
      rejected(groups, "G1"),
      ofGroup("C1", " g1 "),
      ofGroup("C2", "G1"),
      ofCustomer("O1", "C1"),
      ofCustomer("O2", "c1"),
      rejected(customers, "C9"),
    ]);
    expect(overview).toMatchObject({ total: 6, own: 1, unfollowed: 0, others: { causes: 0, records: 0 } });
    expect(overview.groups).toEqual([{ kind: "rejected", entity: "Customer groups", causes: 1, records: 5 }]);
    expect(overview.top).toEqual([
      {
        kind: "rejected",
        entity: "Customer groups",
        legalEntity: "USMF",
        key: "G1",
        records: 5,
        direct: 2,
        entities: [
          { entity: "Customers V3", records: 2 },
          { entity: "Sales order headers V2", records: 2 },
          { entity: "Customer groups", records: 1 },
        ],
        reason: {
          code: "DMFP-FNO-MANDATORY",
          message: "Field 'Name' must be filled in",
          fix: "Fill in the value.",
        },
        file: "a.csv",
        line: 2,
      },
    ]);
  });

  test("what is not among the rejected records is missing, or a matter of set-up where it is not loaded at all", () => {
    const overview = overviewOf([
      ofGroup("C1", "G7"),
      ofGroup("C2", "G7"),
      ofCustomer("O1", "C2"),
      rejected(customers, "C3", { field: "SALESCURRENCYCODE", value: "XXX" }),
    ]);
    expect(overview.own).toBe(0);
    expect(
      overview.top.map(({ kind, entity, key, records, direct }) => [kind, entity, key, records, direct]),
    ).toEqual([
      ["missing", "Customer groups", "G7", 3, 2],
      ["set-up", "Currencies", "XXX", 1, 1],
    ]);
  });

  test("the records have to come by again only where it matters which one comes first, or what each is", () => {
    const needs = (...rejections: Rejection[]): boolean => {
      const finder = new CauseFinder(plan);
      for (const rejection of rejections) finder.note(rejection);
      return finder.needsCounting;
    };
    const missing = [ofGroup("C1", "G7"), ofGroup("C2", "G7"), ofCustomer("O1", "C9")];
    expect(needs(...missing, rejected(groups, "G1"))).toBe(false);
    expect(overviewOf([...missing, rejected(groups, "G1")])).toMatchObject({
      ...{ total: 4, own: 1 },
      top: [
        { entity: "Customer groups", entities: [{ entity: "Customers V3", records: 2 }] },
        { entity: "Customers V3", entities: [{ entity: "Sales order headers V2", records: 1 }] },
      ],
    });
    expect(needs(...missing, rejected(groups, "G7"))).toBe(true);
    expect(needs(...missing, ofGroup("C9", "G8"))).toBe(true);
    expect(needs(...missing, rejected(customers, "C5", { field: "PARENT", value: "C9" }))).toBe(true);
  });

  test("companies are kept apart", () => {
    const overview = overviewOf([
      rejected(groups, "G1"),
      rejected(customers, "C1", { field: "CUSTOMERGROUPID", value: "G1", company: "DEMF" }),
    ]);
    expect(overview.own).toBe(1);
    expect(overview.top).toMatchObject([{ kind: "missing", legalEntity: "DEMF", key: "G1", records: 1 }]);
  });

  test("a reference to a record that comes later is found, and a circle has one cause", () => {
    const parent = (key: string, of: string): Rejection =>
      rejected(customers, key, { field: "PARENT", value: of });
    const overview = overviewOf([
      parent("A", "B"),
      rejected(customers, "B"),
      parent("C", "D"),
      parent("D", "C"),
    ]);
    expect(overview).toMatchObject({ total: 4, own: 0 });
    expect(overview.top.map(({ records }) => records)).toEqual([2, 2]);
    expect(overviewOf([parent("A", "A")])).toMatchObject({ total: 1, own: 1, top: [] });
  });

  test("only the first reason counts: a record that is wrong itself is its own cause", () => {
    const record = {
      ...ofGroup("C1", "G7"),
      reasons: [reason("DMFP-ROW-QUOTE"), ...ofGroup("C1", "G7").reasons],
    };
    expect(overviewOf([record])).toMatchObject({ own: 1, top: [] });
  });

  test("a second record with the same key is not taken for the cause", () => {
    const overview = overviewOf([rejected(groups, "G1"), rejected(groups, "G1"), ofGroup("C1", "G1")]);
    expect(overview).toMatchObject({ total: 3, own: 1, top: [{ records: 2, direct: 1 }] });
  });

  test("what check finds goes the same way", () => {
    const record = {
      ...ofGroup("C1", "G1"),
      reasons: [
        reason("DMFP-REFERENCE-REJECTED", {
          field: "CUSTOMERGROUPID",
          value: "G1",
          refersTo: "Customer groups",
        }),
      ],
    };
    expect(overviewOf([rejected(groups, "G1"), record]).top).toMatchObject([
      { kind: "rejected", key: "G1", records: 2 },
    ]);
    // The rejected record could not be looked up, but check has said that it was rejected.
    expect(overviewOf([record]).top).toMatchObject([{ kind: "rejected", key: "G1", records: 1 }]);
  });

  test("past the bounds the numbers stay exact, and it says what could not be told apart", () => {
    const records = [
      ...Array.from({ length: 5 }, (_, n) => rejected(groups, `G${n}`)),
      ...Array.from({ length: 20 }, (_, n) => ofGroup(`C${n}`, `X${n}`)),
    ];
    const overview = overviewOf(records, { records: 3, absent: 4, listed: 2, listedOfGroup: 1 });
    expect(overview).toMatchObject({ total: 25, own: 5, unfollowed: 22 });
    expect(overview.groups).toEqual([
      { kind: "missing", entity: "Customer groups", causes: 5, records: 20, atLeast: true },
    ]);
    expect(overview.others.records + sum(overview.top)).toBe(20);
  });

  test("a small group has causes of its own in the list, however many a great one has", () => {
    const missing = Array.from({ length: 9 }, (_, n) => [
      ofCustomer(`O${n}`, `C${n}`),
      ofCustomer(`P${n}`, `C${n}`),
    ]);
    const { groups: kinds, top } = overviewOf([...missing.flat(), ofGroup("C99", "G1")], {
      listed: 3,
      listedOfGroup: 2,
    });
    expect(kinds.map(({ entity, causes }) => [entity, causes])).toEqual([
      ["Customers V3", 9],
      ["Customer groups", 1],
    ]);
    expect(top.map(({ entity }) => entity)).toEqual([
      "Customers V3",
      "Customers V3",
      "Customers V3",
      "Customer groups",
    ]);
  });
});

function sum(counted: readonly { readonly records: number }[]): number {
  return counted.reduce((all, { records }) => all + records, 0);
}

test("whatever refers to whatever, every record is counted once", () => {
  const record = fc.tuple(
    fc.constantFrom("group", "customer", "parent", "order", "own"),
    fc.integer({ min: 0, max: 6 }),
    fc.integer({ min: 0, max: 6 }),
  );
  const made = fc.array(record, { maxLength: 40 }).map((list) =>
    list.map(([kind, key, to]): Rejection => {
      if (kind === "group") return rejected(groups, `G${key}`);
      if (kind === "customer") return ofGroup(`C${key}`, `G${to}`);
      if (kind === "parent") return rejected(customers, `C${key}`, { field: "PARENT", value: `C${to}` });
      if (kind === "order") return ofCustomer(`O${key}`, `C${to}`);
      return rejected(customers, `C${key}`);
    }),
  );
  const limits = fc.record({
    records: fc.integer({ min: 1, max: 20 }),
    absent: fc.integer({ min: 1, max: 20 }),
    listed: fc.integer({ min: 1, max: 20 }),
    listedOfGroup: fc.integer({ min: 0, max: 5 }),
  });
  fc.assert(
    fc.property(made, limits, (rejections, bounds) => {
      const { total, own, groups: kinds, top, others } = overviewOf(rejections, bounds);
      expect(total).toBe(rejections.length);
      expect(own + sum(kinds)).toBe(total);
      expect(own + sum(top) + others.records).toBe(total);
      for (const cause of top) {
        expect(sum(cause.entities)).toBe(cause.records);
        expect(cause.direct).toBeLessThanOrEqual(cause.records);
      }
    }),
  );
});
