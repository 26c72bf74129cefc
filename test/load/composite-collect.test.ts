import { describe, expect, test } from "vitest";
import { systemClock } from "../../src/errors/clock.ts";
import { collectPackage, type CollectedPackage } from "../../src/load/collecting/collect-package.ts";
import type { LedgerPackage } from "../../src/load/ledger/ledger-rows.ts";
import { Ledger } from "../../src/load/ledger/ledger.ts";
import { planLoad } from "../../src/load/load-plan.ts";
import { ledgerFile, RunFolder } from "../../src/load/run-folder.ts";
import { defaultLoadSettings } from "../../src/load/load-settings.ts";
import { EntityCatalogue } from "../../src/entity/catalogue.ts";
import { readRejections } from "../../src/rejection/rejection-ndjson.ts";
import { connectionTo, environmentFor } from "../environment/connection.ts";
import { scriptedServer } from "../environment/scripted-server.ts";
import { environmentThat, type Answers } from "./error-answers.ts";
import {
  buildOrders,
  composite,
  headers,
  headersMapping,
  lines,
  linesMapping,
  orderFiles,
  orderLines,
  orders,
} from "./composite-project.ts";

/* What F&O answers about a composite entity is documented nowhere: every plausible answer, and what becomes of it. */

const files = orderFiles({
  orders: orders("SO1 C1", "SO2 C1", "SO3 C1"),
  lines: orderLines("L1 SO1 1", "L2 SO1 2", "L3 SO2 3", "L4 SO2 4", "L5 SO3 5"),
});

interface Collected extends CollectedPackage {
  /** Line of the source, codes of the reasons. */
  readonly rejected: readonly (readonly [entity: string, line: number, codes: readonly string[]])[];
}

async function collect(answers: Answers, content = files): Promise<Collected> {
  const { project, result } = await buildOrders(content);
  const planned = await planLoad(project, EntityCatalogue.builtIn());
  const ledger = Ledger.open(ledgerFile(project.root), systemClock);
  const [built] = ledger.packages(result.summary.run);
  ledger.close();
  if (built === undefined) throw new Error("no package");
  const server = await scriptedServer(environmentThat({ known: [headers, lines], ...answers }));
  const { status = "PartiallySucceeded" } = answers;
  const pack: LedgerPackage = { ...built, executionId: "the-execution", environmentStatus: status };
  const folder = new RunFolder(project.root, result.summary.run);
  const inPortions = async (statements: number): Promise<Collected> => {
    const collected = await collectPackage({
      pack,
      planned,
      project,
      folder,
      environment: environmentFor(connectionTo(server.url, { blobHosts: [new URL(server.url).host] })),
      settings: { ...defaultLoadSettings, firstPollMs: 1, longestPollMs: 2 },
      signal: undefined,
      portion: { statements, chars: 1e9 },
    });
    const rejected: (readonly [string, number, readonly string[]])[] = [];
    for (const { schema, position } of planned) {
      for await (const { position: at, reasons } of readRejections(
        folder.packageRejections(pack.key, position),
      )) {
        const entity = schema.label === headers ? "order" : "line";
        rejected.push([entity, at.line, reasons.map(({ code }) => code)]);
      }
    }
    return { ...collected, rejected };
  };
  const collected = await inPortions(1000);
  // How much of what was said is in memory at a time makes no difference.
  expect(await inPortions(1)).toEqual(collected);
  return collected;
}

const unknownCustomer = "The value 'C1' in field 'Customer' is not found in the related table 'Customers'";
const reference = "DMFP-FNO-REFERENCE";
const consequence = "DMFP-REFERENCE-REJECTED";

describe("counts for each of its entities", () => {
  test("lines of a refused order that nothing is said about are refused with it", async () => {
    const collected = await collect({
      details: { [headers]: [2, 0], [lines]: [3, 0] },
      errors: [["SO1", unknownCustomer]],
    });
    expect(collected.rejected).toEqual([
      ["order", 2, [reference]],
      ["line", 2, [consequence]],
      ["line", 3, [consequence]],
    ]);
    expect(collected.counts).toMatchObject([
      { created: 2, rejectedTarget: 1, unprocessed: 0 },
      { created: 3, rejectedTarget: 2, unprocessed: 0 },
    ]);
    expect(collected).toMatchObject({ unattributed: 0, failed: false });
  });

  test("lines that F&O loaded although their order was refused stay loaded", async () => {
    const collected = await collect({
      details: { [headers]: [0, 2], [lines]: [5, 0] },
      errors: [["SO1", unknownCustomer]],
    });
    expect(collected.rejected).toEqual([["order", 2, [reference]]]);
    expect(collected.counts).toMatchObject([
      { updated: 2, rejectedTarget: 1 },
      { created: 5, rejectedTarget: 0 },
    ]);
  });

  test("a line that is named by its order, where all of the order's lines are lacking", async () => {
    const collected = await collect({
      details: { [headers]: [3, 0], [lines]: [4, 0] },
      errors: [["SO3", "The item is blocked."]],
    });
    expect(collected.rejected).toEqual([["line", 6, ["DMFP-FNO-RULE"]]]);
    expect(collected).toMatchObject({
      unattributed: 0,
      counts: [{ created: 3 }, { created: 4, rejectedTarget: 1 }],
    });
  });

  test("a line that is named by its order, and nobody knows which: its message is kept, no line is accused", async () => {
    const collected = await collect({
      details: { [headers]: [3, 0], [lines]: [4, 0] },
      errors: [["SO2", "The item is blocked."]],
    });
    expect(collected.rejected).toEqual([]);
    expect(collected.unattributed).toBe(1);
    expect(collected.counts[1]).toMatchObject({ created: 4, rejectedTarget: 0, unprocessed: 1 });
  });

  test("columns of the file may have other names than their fields", async () => {
    const answers: Answers = {
      details: { [headers]: [2, 0], [lines]: [3, 0] },
      errors: [["SO1", unknownCustomer]],
    };
    const renamed = {
      ...files,
      "mappings/orders.yaml": `${headersMapping}package: { columns: { SALESORDERNUMBER: SALESID } }\n`,
      "mappings/lines.yaml": `${linesMapping}package: { columns: { SALESORDERNUMBER: SALESID, INVENTORYLOTID: LOT } }\n`,
    };
    const collected = await collect(answers, renamed);
    expect(collected.rejected.map(([entity, line]) => [entity, line])).toEqual([
      ["order", 2],
      ["line", 2],
      ["line", 3],
    ]);
  });

  test("a refused line with a cause of its own in a refused order has both", async () => {
    const collected = await collect({
      details: { [headers]: [2, 0], [lines]: [3, 0] },
      errors: [
        ["SO2", unknownCustomer],
        ["L3", "The item is blocked."],
      ],
    });
    expect(collected.rejected).toEqual([
      ["order", 3, [reference]],
      ["line", 4, [consequence, "DMFP-FNO-RULE"]],
      ["line", 5, [consequence]],
    ]);
  });
});

describe("counts for the composite entity as a whole", () => {
  test("everything was loaded, records or documents counted", async () => {
    for (const created of [8, 3]) {
      const collected = await collect({
        status: "Succeeded",
        details: { [composite]: [created, 0] },
        known: [composite],
      });
      expect(collected.rejected).toEqual([]);
      expect(collected.counts).toMatchObject([
        { created: 3, updated: 0 },
        { created: 5, updated: 0 },
      ]);
      expect(collected.note).toContain(`F&O counted ${composite} as a whole`);
    }
  });

  test("created and updated are dealt out, and nothing is lost", async () => {
    const { counts } = await collect({
      status: "Succeeded",
      details: { [composite]: [1, 7] },
      known: [composite],
    });
    expect(counts).toMatchObject([
      { created: 1, updated: 2 },
      { created: 0, updated: 5 },
    ]);
  });

  test.each([
    ["records", 5],
    ["documents", 2],
  ])("a refused order takes its lines with it (%s counted)", async (_what, created) => {
    const collected = await collect({
      details: { [composite]: [created, 0] },
      known: [composite],
      errors: [["SO1", unknownCustomer]],
    });
    expect(collected.rejected).toEqual([
      ["order", 2, [reference]],
      ["line", 2, [consequence]],
      ["line", 3, [consequence]],
    ]);
    expect(collected.counts).toMatchObject([
      { created: 2, rejectedTarget: 1 },
      { created: 3, rejectedTarget: 2 },
    ]);
    expect(collected.note).toContain("worked out");
  });

  test("counts that fit nothing leave a gap for everybody to see", async () => {
    const collected = await collect({ details: { [composite]: [6, 0] }, known: [composite] });
    const [order, line] = collected.counts;
    expect(order).toMatchObject({ created: 3, unprocessed: 0 });
    expect(line).toMatchObject({ created: 3, rejectedTarget: 0, unprocessed: 0 });
    expect(collected.note).toContain("no more than a guess");
  });

  test("files of refused records that go by its own name", async () => {
    const collected = await collect({
      details: { [composite]: [4, 0] },
      known: [composite],
      stagingFile:
        "<Document><SALESORDERHEADERV2ENTITY><SALESORDERLINEV2ENTITY><INVENTORYLOTID>L5</INVENTORYLOTID></SALESORDERLINEV2ENTITY></SALESORDERHEADERV2ENTITY></Document>",
      keysFile: "SO2\r\n",
      errors: [["SO2", unknownCustomer]],
    });
    expect(collected.rejected).toEqual([
      ["order", 3, [reference]],
      ["line", 4, [consequence]],
      ["line", 5, [consequence]],
      ["line", 6, ["DMFP-FNO-STAGING"]],
    ]);
    expect(collected.counts).toMatchObject([
      { rejectedTarget: 1 },
      { rejectedStaging: 1, rejectedTarget: 2 },
    ]);
  });

  test("an F&O that knows neither name says so in the report, and the messages still count", async () => {
    const collected = await collect({
      details: { [composite]: [5, 0] },
      known: [],
      errors: [["SO1", unknownCustomer]],
    });
    expect(collected.rejected).toHaveLength(3);
    // Orders, lines, and the composite entity.
    expect(collected.unattributed).toBe(3);
  });
});
