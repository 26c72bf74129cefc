import { existsSync, globSync, readFileSync } from "node:fs";
import path from "node:path";
import { XMLParser } from "fast-xml-parser";
import { describe, expect, test } from "vitest";
import { EntityCatalogue } from "../../src/entity/catalogue.ts";
import { lintPackage } from "../../src/package/lint/lint-package.ts";
import { unpack } from "../package/unpack.ts";
import {
  buildOrders,
  composite,
  headers,
  lines,
  orderFiles,
  orderLines,
  orders,
  type BuiltOrders,
} from "./composite-project.ts";

type Node = Readonly<Record<string, unknown>>;

async function documentsIn({ result }: BuiltOrders, key: string): Promise<readonly Node[]> {
  const data = (await unpack(result.folder.packageFile(key))).get(`${composite}.xml`);
  const parser = new XMLParser({ parseTagValue: false, isArray: (name) => name.endsWith("ENTITY") });
  const { Document: root } = parser.parse(data?.toString("utf8") ?? "") as { Document: Node };
  return (root["SALESORDERHEADERV2ENTITY"] ?? []) as Node[];
}

function linesOf(document: Node): unknown[] {
  return ((document["SALESORDERLINEV2ENTITY"] ?? []) as (Node | string)[]).map((line) =>
    typeof line === "string" ? line : line["INVENTORYLOTID"],
  );
}

async function shapeOf(built: BuiltOrders, key: string): Promise<unknown> {
  return (await documentsIn(built, key)).map((document) => [
    document["SALESORDERNUMBER"],
    ...linesOf(document),
  ]);
}

describe("documents", () => {
  test("hold the lines that belong to them, wherever those stand in the source, in their order", async () => {
    const built = await buildOrders(
      orderFiles({
        orders: orders("SO1 C1", "SO2 C1", "SO3 C1 DEMF", "SO4 C1"),
        lines: orderLines("L4 so2 1", "L1 SO1 1", "L5 SO3 1 DEMF", "L2 SO1 2", "L6 SO2 1"),
      }),
    );
    expect(await shapeOf(built, "002-sales-orders-composite-v4-usmf-001")).toEqual([
      ["SO1", "L1", "L2"],
      ["SO2", "L4", "L6"],
      // F&O wants an element of every entity, if only an empty one.
      ["SO4", ""],
    ]);
    expect(await shapeOf(built, "002-sales-orders-composite-v4-demf-001")).toEqual([["SO3", "L5"]]);
    const { packages, entities } = built.result.summary;
    expect(packages.map(({ records, legalEntity }) => [legalEntity, records])).toEqual([
      ["DEMF", 2],
      ["USMF", 7],
    ]);
    expect(entities).toMatchObject([
      { entity: headers, legalEntity: "DEMF", packaged: 1, unprocessed: 1, balanced: true },
      { entity: headers, legalEntity: "USMF", packaged: 3, unprocessed: 3, balanced: true },
      { entity: lines, legalEntity: "DEMF", packaged: 1, unprocessed: 1, balanced: true },
      { entity: lines, legalEntity: "USMF", packaged: 4, unprocessed: 4, balanced: true },
    ]);
    expect(globSync("**/*.spool*", { cwd: built.project.root })).toEqual([]);
  });

  test.each(["entry-per-entity", "one-entry"])(
    "stand in a package that lint finds no error in (%s)",
    async (manifest) => {
      const settings = `composites:\n  - { entity: ${composite}, parts: [${headers}, ${lines}], manifest: ${manifest} }\n`;
      const built = await buildOrders(
        orderFiles(
          { orders: orders("SO1 C1", "SO2 C1"), lines: orderLines("L1 SO2 1", "L2 SO1 1") },
          settings,
        ),
      );
      const file = built.result.folder.packageFile("002-sales-orders-composite-v4-usmf-001");
      const { signal } = new AbortController();
      const linted = await lintPackage(file, { catalogue: EntityCatalogue.builtIn(), shownAs: file, signal });
      expect(linted.findings.map(({ rule, severity }) => [severity, rule])).toEqual([
        // What nobody can see in a package.
        ["warning", "DMFP-LINT-COMPOSITE-PROJECT"],
        ["note", "DMFP-LINT-ENTITY-UNKNOWN"],
      ]);
    },
  );

  test("are never divided between packages", async () => {
    const settings = `packages: { records: 3 }\ncomposites:\n  - { entity: ${composite}, parts: [${headers}, ${lines}] }\n`;
    const built = await buildOrders(
      orderFiles(
        {
          orders: orders("SO1 C1", "SO2 C1", "SO3 C1", "SO4 C1"),
          lines: orderLines(
            "L1 SO1 1",
            "L2 SO1 1",
            "L3 SO1 1",
            "L4 SO1 1",
            "L5 SO2 1",
            "L6 SO3 1",
            "L7 SO4 1",
          ),
        },
        settings,
      ),
    );
    const keys = built.result.summary.packages.map(({ key }) => key);
    expect(await Promise.all(keys.map(async (key) => await shapeOf(built, key)))).toEqual([
      [["SO1", "L1", "L2", "L3", "L4"]],
      [
        ["SO2", "L5"],
        ["SO3", "L6"],
      ],
      [["SO4", "L7"]],
    ]);
  });

  test("are the same bytes for the same source, whatever the run", async () => {
    const files = orderFiles({
      orders: orders("SO1 C1", "SO2 C1"),
      lines: orderLines("L1 SO2 1", "L2 SO1 1"),
    });
    const hashes = async (): Promise<unknown> =>
      (await buildOrders(files)).result.summary.packages.map(({ sha256 }) => sha256);
    expect(await hashes()).toEqual(await hashes());
  });

  test("nest several levels deep, with an empty element where there is nothing", async () => {
    const charges = `entity: Customer groups
source: { file: data/charges.csv }
legalEntity: USMF
fields: { DESCRIPTION: LOT, CUSTOMERGROUPID: CODE }
`;
    const settings = `composites:
  - entity: ${composite}
    parts:
      - ${headers}
      - { entity: ${lines}, in: ${headers}, by: { SALESORDERNUMBER: SALESORDERNUMBER } }
      - { entity: Customer groups, in: ${lines}, by: { DESCRIPTION: INVENTORYLOTID } }
      - { entity: Order charges, empty: true, element: MarkupTransEntity }
`;
    const files = orderFiles(
      { orders: orders("SO1 C1", "SO2 C1"), lines: orderLines("L1 SO1 1", "L2 SO1 1") },
      settings,
    );
    const built = await buildOrders({
      ...files,
      "mappings/project.yaml":
        files["mappings/project.yaml"]?.replace("[lines", "[charges.yaml, lines") ?? "",
      "mappings/charges.yaml": charges,
      "data/charges.csv": "LOT,CODE\nL2,A\nL2,B\nL9,C\n",
    });
    const [key = ""] = built.result.summary.packages.map((pack) => pack.key);
    expect(await documentsIn(built, key)).toMatchObject([
      {
        SALESORDERNUMBER: "SO1",
        SALESORDERLINEV2ENTITY: [
          { INVENTORYLOTID: "L1", CUSTCUSTOMERGROUPENTITY: [""] },
          {
            INVENTORYLOTID: "L2",
            CUSTCUSTOMERGROUPENTITY: [{ CUSTOMERGROUPID: "A" }, { CUSTOMERGROUPID: "B" }],
          },
        ],
        MARKUPTRANSENTITY: [""],
      },
      {
        SALESORDERNUMBER: "SO2",
        SALESORDERLINEV2ENTITY: [{ CUSTCUSTOMERGROUPENTITY: [""] }],
        MARKUPTRANSENTITY: [""],
      },
    ]);
    expect(built.rejections.map(({ entity, position }) => [entity, position.line])).toEqual([
      ["Customer groups", 4],
    ]);
  });
});

const mixed = orderFiles({
  orders: orders("SO1 C1", "SO2 C1", ` C9`, "SO3-IS-A-NUMBER-MUCH-TOO-LONG-FOR-ITS-FIELD C1", "SO5 C1 DEMF"),
  lines: orderLines(
    "L1 SO1 1",
    "L2 SO3-IS-A-NUMBER-MUCH-TOO-LONG-FOR-ITS-FIELD 1",
    "L3 SO9 1",
    "L4  1",
    "L5 SO1 many",
    "L6 SO5 1",
    "L7 SO2 1",
  ),
});

describe("a record that cannot be nested", () => {
  test.each(["build", "check"] as const)(
    "is rejected and counted, its cause told apart (%s)",
    async (command) => {
      const built = await buildOrders(mixed, command);
      const found = built.rejections.map(({ entity, position, reasons }) => [
        entity,
        position.line,
        reasons.map(({ code }) => code),
      ]);
      expect(found).toEqual([
        [headers, 4, expect.arrayContaining(["DMFP-VALUE-MISSING"])],
        [headers, 5, ["DMFP-VALUE-LENGTH"]],
        // Its order is rejected: a consequence.
        [lines, 3, expect.arrayContaining(["DMFP-REFERENCE-REJECTED"])],
        // Its order is nowhere.
        [lines, 4, ["DMFP-COMPOSITE-PARENT"]],
        // It names no order.
        [lines, 5, expect.arrayContaining(["DMFP-COMPOSITE-PARENT"])],
        [lines, 6, ["DMFP-VALUE-NUMBER"]],
        // Its order is one of another company.
        [lines, 7, ["DMFP-COMPOSITE-PARENT"]],
      ]);
      const consequence = built.rejections.find(
        ({ entity, position }) => entity === lines && position.line === 3,
      );
      expect(consequence?.reasons.map(({ message }) => message)).toContainEqual(
        expect.stringContaining("which is rejected itself (line 5 of data/orders.csv)"),
      );
      const { entities } = built.result.summary;
      expect(entities.every(({ balanced }) => balanced)).toBe(true);
      const total = (entity: string, pick: "read" | "rejectedHere" | "packaged"): number =>
        entities.filter((row) => row.entity === entity).reduce((sum, row) => sum + row[pick], 0);
      expect([total(headers, "read"), total(headers, "rejectedHere"), total(headers, "packaged")]).toEqual([
        5, 2, 3,
      ]);
      expect([total(lines, "read"), total(lines, "rejectedHere"), total(lines, "packaged")]).toEqual([
        7, 5, 2,
      ]);
    },
  );

  test("a check writes nothing, and leaves nothing behind", async () => {
    const built = await buildOrders(mixed, "check");
    expect(globSync("**/*.{zip,spool,rows}", { cwd: built.project.root })).toEqual([]);
    expect(existsSync(path.join(built.result.folder.path, "summary.json"))).toBe(true);
  });

  test("two records that others could belong to alike are not both taken", async () => {
    const settings = `composites:
  - entity: ${composite}
    parts:
      - ${headers}
      - { entity: ${lines}, in: ${headers}, by: { SALESORDERNUMBER: ORDERINGCUSTOMERACCOUNTNUMBER } }
`;
    const built = await buildOrders(
      orderFiles(
        { orders: orders("SO1 C1", "SO2 c1", "SO3 C2"), lines: orderLines("L1 C1 1", "L2 C2 1") },
        settings,
      ),
    );
    expect(
      built.rejections.map(({ entity, position, reasons }) => [entity, position.line, reasons[0]?.code]),
    ).toEqual([[headers, 3, "DMFP-COMPOSITE-AMBIGUOUS"]]);
    expect(await shapeOf(built, "002-sales-orders-composite-v4-usmf-001")).toEqual([
      ["SO1", "L1"],
      ["SO3", "L2"],
    ]);
  });
});

test("where packages hold all entities, a composite entity has its own between them", async () => {
  const more = `entity: Vendor groups\nsource: { file: data/groups.csv }\nlegalEntity: USMF\nfields: { VENDORGROUPID: CODE }\n`;
  const early = `entity: Customer groups\nsource: { file: data/groups.csv }\nlegalEntity: USMF\nfields: { CUSTOMERGROUPID: CODE }\n`;
  const files = orderFiles(
    { orders: orders("SO1 C1"), lines: orderLines("L1 SO1 1") },
    `packages: { entities: all }\ncomposites: [{ entity: ${composite}, parts: [${headers}, ${lines}] }]\n`,
  );
  const built = await buildOrders({
    ...files,
    "mappings/project.yaml":
      files["mappings/project.yaml"]?.replace("[lines", "[early.yaml, late.yaml, lines") ?? "",
    "mappings/early.yaml": early,
    // Behind the lines, because it says so.
    "mappings/late.yaml": `${more}dependsOn: [${lines}]\n`,
    "data/groups.csv": "CODE\nA\n",
  });
  const { packages } = built.result.summary;
  expect(packages.map(({ key }) => key)).toEqual([
    "001-small-usmf-001",
    "003-sales-orders-composite-v4-usmf-001",
    "001-small-usmf-002",
  ]);
  expect(new Set(packages.map(({ executionId }) => executionId)).size).toBe(3);
  expect(readFileSync(built.result.folder.logFile, "utf8")).not.toContain("warning");
});
