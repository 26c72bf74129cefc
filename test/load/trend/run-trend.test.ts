import { copyFileSync, existsSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { reason, type Reason } from "../../../src/errors/reason.ts";
import { ledgerFile, RunFolder } from "../../../src/load/run-folder.ts";
import { settleTrend } from "../../../src/load/trend/settle-trend.ts";
import type { Rejection, RejectionStage } from "../../../src/rejection/rejection.ts";
import { recordHash } from "../../../src/rejection/trend/fingerprint.ts";
import { lookupReason, vendorRejection } from "../../rejection/report-fixture.ts";
import { endedRun, nameless, notedRun, trendLedger } from "./trend-run.ts";

const refused = (message: string): Reason => reason("DMFP-FNO-RULE", { message });

describe("a rejected record is", () => {
  test("compared with nothing in the first run", async () => {
    const scene = trendLedger();
    const { rejections, trend } = await notedRun(scene, { id: "r1", rejections: [vendorRejection(1)] });
    expect(rejections[0]?.history).toBeUndefined();
    expect(trend.since).toBeUndefined();
    expect(trend.records).toMatchObject({ before: 0, new: 1, open: 1 });
  });

  test("new, known, back again, or rejected for another reason; with the day of the first time", async () => {
    const scene = trendLedger();
    await notedRun(scene, { id: "r1", rejections: [vendorRejection(1), vendorRejection(2)] });
    const second = await notedRun(scene, {
      id: "r2",
      rejections: [vendorRejection(1), nameless(2), vendorRejection(3)],
    });
    expect(second.rejections.map(({ history }) => history)).toEqual([
      { standing: "known", since: "2026-11-01" },
      { standing: "changed" },
      { standing: "new" },
    ]);
    expect(second.trend.since?.run).toBe("r1");
    expect(second.trend.records).toMatchObject({ before: 2, new: 1, changed: 1, known: 1, open: 3 });
    await notedRun(scene, { id: "r3", rejections: [] });
    const fourth = await notedRun(scene, { id: "r4", rejections: [vendorRejection(1), vendorRejection(9)] });
    expect(fourth.rejections.map(({ history }) => history)).toEqual([
      { standing: "back again", since: "2026-11-01" },
      { standing: "new" },
    ]);
    expect(fourth.trend.records).toMatchObject({ before: 0, backAgain: 1, new: 1, open: 2 });
  });

  test("the same on another line, with another amount in the message and another value", async () => {
    const scene = trendLedger();
    const told = (amount: string): Reason =>
      reason("DMFP-FNO-RULE", { message: `Credit limit ${amount} of customer is over 9 %.`, value: amount });
    const first = vendorRejection(1, { stage: "target", reasons: [told("4.5")] });
    await notedRun(scene, { id: "r1", rejections: [first] });
    const moved = { ...first.position, line: 77, record: 76, byteOffset: 4711 };
    const again = { ...first, position: moved, reasons: [told("12,000.00")], raw: "other text" };
    const { rejections } = await notedRun(scene, { id: "r2", rejections: [again] });
    expect(rejections[0]?.history?.standing).toBe("known");
  });

  test("told apart from others that have the same key", async () => {
    const scene = trendLedger();
    const twins = [vendorRejection(1), vendorRejection(1), vendorRejection(1)];
    await notedRun(scene, { id: "r1", rejections: twins });
    const { trend } = await notedRun(scene, { id: "r2", rejections: twins.slice(1) });
    expect(trend.records).toMatchObject({ before: 3, known: 2, fixedOrGone: 1, open: 2 });
  });

  test("known by the source of its key, or by its text, where it has no key", async () => {
    const scene = trendLedger();
    const keyless = vendorRejection(1, { key: [] });
    const unreadable: Rejection = { ...keyless, columns: [], values: [], raw: 'a;"b' };
    await notedRun(scene, { id: "r1", rejections: [{ ...keyless, raw: "x" }, unreadable] });
    const { trend } = await notedRun(scene, { id: "r2", rejections: [unreadable, { ...keyless, raw: "y" }] });
    expect(trend.records).toMatchObject({ known: 2, new: 0 });
  });
});

describe("a record that is not rejected any more", () => {
  test("is not fixed where its entity was not read", async () => {
    const scene = trendLedger();
    await notedRun(scene, { id: "r1", rejections: [vendorRejection(1)] });
    const { trend } = await notedRun(scene, { id: "r2", rejections: [], read: ["Customers V3"] });
    expect(trend.records).toMatchObject({ before: 1, notSeen: 1, open: 1 });
    const third = await notedRun(scene, { id: "r3", rejections: [vendorRejection(1)] });
    expect(third.rejections[0]?.history?.standing).toBe("known");
  });

  test("is not fixed where F&O refused it and has not processed the entity to its end", async () => {
    const scene = trendLedger();
    const target = vendorRejection(1, { stage: "target", reasons: [refused("No.")] });
    await notedRun(scene, { id: "r1", rejections: [target, vendorRejection(2)] });
    const stopped = await notedRun(scene, { id: "r2", rejections: [], unprocessed: 5 });
    expect(stopped.trend.records).toMatchObject({ notSeen: 1, fixedOrGone: 1, open: 1 });
    const { trend } = await notedRun(scene, { id: "r3", rejections: [] });
    expect(trend.records).toMatchObject({ before: 1, notSeen: 0, fixedOrGone: 1, open: 0 });
  });

  test("is fixed where a second look finds it in the source, and gone where not", async () => {
    const scene = trendLedger();
    const [there, away] = [vendorRejection(1), vendorRejection(2)];
    await notedRun(scene, { id: "r1", rejections: [there, away] });
    const { trend } = await notedRun(scene, {
      id: "r2",
      rejections: [],
      lookAgain: (_entity, seen) => {
        seen(recordHash({ ...there, raw: "" }, ["LIFNR"]));
        seen(recordHash(vendorRejection(3), ["LIFNR"]));
        return Promise.resolve(true);
      },
    });
    expect(trend.records).toMatchObject({ before: 2, fixed: 1, gone: 1, fixedOrGone: 0, open: 0 });
  });

  test("keeps a reason of F&O open while dmfpipe itself rejects it before F&O sees it", async () => {
    const scene = trendLedger();
    const target = vendorRejection(1, { stage: "target", reasons: [refused("No.")] });
    await notedRun(scene, { id: "r1", rejections: [target] });
    const held = await notedRun(scene, { id: "r2", rejections: [vendorRejection(1)] });
    expect(held.trend.records).toMatchObject({ changed: 1 });
    expect(held.trend.reasons).toMatchObject({ new: 1, settled: 0 });
    const { trend } = await notedRun(scene, { id: "r3", rejections: [target] });
    expect(trend.records).toMatchObject({ known: 1 });
    expect(trend.reasons).toMatchObject({ known: 1, settled: 1 });
  });
});

test("what is declared to be harmless is not open", async () => {
  const scene = trendLedger();
  const harmless = reason("DMFP-FNO-NOISE");
  const known = lookupReason("ZX");
  await notedRun(scene, { id: "r1", rejections: [vendorRejection(1), vendorRejection(2)] });
  const { rejections, trend } = await notedRun(scene, {
    id: "r2",
    rejections: [
      vendorRejection(1, { stage: "target", reasons: [harmless] }),
      vendorRejection(2, { reasons: [harmless, known] }),
    ],
  });
  expect(rejections.map(({ history }) => history?.standing)).toEqual([undefined, "known"]);
  expect(trend.records).toMatchObject({ before: 2, known: 1, fixedOrGone: 1, open: 1 });
});

test("dry runs, loads into staging and loads are compared with their like", async () => {
  const scene = trendLedger();
  await notedRun(scene, { id: "r1", command: "check", rejections: [vendorRejection(1)] });
  const load = await notedRun(scene, { id: "r2", rejections: [vendorRejection(1)] });
  const choices = { stagingOnly: true } as const;
  const staging = await notedRun(scene, { id: "r3", choices, rejections: [vendorRejection(1)] });
  expect([load.trend.since, staging.trend.since]).toEqual([undefined, undefined]);
  const check = await notedRun(scene, { id: "r4", command: "check", rejections: [vendorRejection(1)] });
  expect(check.trend.since?.run).toBe("r1");
});

test("owners are told how much is theirs, what of it is not known, and since when", async () => {
  const scene = trendLedger();
  const stewardship = {
    file: "mappings/project.yaml",
    stewards: [{ owner: "Finance" }],
    rules: [
      {
        owner: "Finance",
        match: {
          field: [
            { value: "VENDORGROUPID", line: 1, column: 1, fits: (text: string) => text === "VENDORGROUPID" },
          ],
        },
      },
    ],
  };
  await notedRun(scene, { id: "r1", stewardship, rejections: [vendorRejection(1)] });
  const { trend } = await notedRun(scene, {
    id: "r2",
    stewardship,
    rejections: [vendorRejection(1), vendorRejection(2), nameless(3)],
  });
  expect(trend.owners).toEqual([
    { owner: "Finance", records: 2, toLookAt: 1, oldest: "2026-11-01" },
    { owner: "Unassigned", records: 1, toLookAt: 1 },
  ]);
  expect(scene.ledger.trend.openCounts(1).map(({ owner, records }) => [owner, records])).toEqual([
    ["Finance", 1],
    ["Finance", 1],
    ["Unassigned", 1],
  ]);
});

describe("what a run found is noted", () => {
  test("by the next process, where the one that ended it died", async () => {
    const scene = trendLedger();
    await endedRun(scene, { id: "r1", rejections: [vendorRejection(1)] });
    expect(scene.ledger.trend.openCounts(1)).toEqual([]);
    expect(await settleTrend(scene.ledger, scene.root)).toEqual([]);
    expect(scene.ledger.trend.openCounts(1)).toMatchObject([{ reasons: 1, records: 1 }]);
    expect(existsSync(new RunFolder(scene.root, "r1").trendFile)).toBe(false);
  });

  test("not, where its file is broken or gone; the runs after it are noted", async () => {
    const scene = trendLedger();
    await endedRun(scene, { id: "r1", rejections: [vendorRejection(1)] });
    await endedRun(scene, { id: "r2", rejections: [vendorRejection(2)] });
    await endedRun(scene, { id: "r3", rejections: [vendorRejection(3)] });
    writeFileSync(
      new RunFolder(scene.root, "r1").trendFile,
      "no database at all, but long enough to be read",
    );
    rmSync(new RunFolder(scene.root, "r2").path, { recursive: true });
    expect(await settleTrend(scene.ledger, scene.root)).toEqual(["r1"]);
    expect(scene.ledger.trend.pending()).toEqual([]);
    expect(scene.ledger.trend.openCounts(1)).toMatchObject([{ records: 1 }]);
  });
});

/* The same by a model: what every reason of every record is after any sequence of runs, some noted twice or late. */

const reasons = {
  mapping: [lookupReason("ZX"), reason("DMFP-MAP-DATE", { field: "DATEOFBIRTH" })],
  target: [refused("The group is closed."), refused("The number sequence is used up.")],
} as const;

const recordNumbers = [1, 2, 3, 4] as const;

interface ModelRun {
  readonly rejected: readonly {
    readonly number: number;
    readonly stage: "mapping" | "target";
    readonly which: readonly boolean[];
  }[];
  readonly isRead: boolean;
  readonly isProcessed: boolean;
  /** The process dies before it notes what it found; the next one does. */
  readonly dies: boolean;
  /** One of the runs so far is noted once more, as by a process that was held up for long. */
  readonly late: number | undefined;
}

const modelRun: fc.Arbitrary<ModelRun> = fc.record({
  rejected: fc.uniqueArray(fc.constantFrom(...recordNumbers), { maxLength: 4 }).chain((numbers) =>
    fc.tuple(
      ...numbers.map((number) =>
        fc.record({
          number: fc.constant(number),
          stage: fc.constantFrom("mapping" as const, "target" as const),
          which: fc.constantFrom([true, false], [false, true], [true, true]),
        }),
      ),
    ),
  ),
  isRead: fc.boolean(),
  isProcessed: fc.boolean(),
  dies: fc.boolean(),
  late: fc.option(fc.nat(6), { nil: undefined }),
});

/** A reason in the model: open, or over. */
type Model = Map<string, "open" | "over">;

function expected(model: Model, run: ModelRun): Record<string, number> {
  const counts = { new: 0, changed: 0, known: 0, backAgain: 0, fixedOrGone: 0, notSeen: 0 };
  const openOf = (number: number): string[] =>
    [...model].filter(([id, state]) => id.startsWith(`${number} `) && state === "open").map(([id]) => id);
  for (const number of recordNumbers) {
    const before = openOf(number);
    const rejected = run.rejected.find((record) => record.number === number);
    if (rejected === undefined) {
      const told = before.map((id) => run.isRead && (id.includes("mapping") || run.isProcessed));
      if (before.length > 0) counts[told.every(Boolean) ? "fixedOrGone" : "notSeen"]++;
      for (const [index, id] of before.entries()) if (told[index] === true) model.set(id, "over");
      continue;
    }
    const now = [0, 1]
      .filter((index) => rejected.which[index])
      .map((index) => `${number} ${rejected.stage} ${index}`);
    if (before.length > 0) counts[now.every((id) => model.get(id) === "open") ? "known" : "changed"]++;
    else counts[now.some((id) => model.has(id)) ? "backAgain" : "new"]++;
    for (const id of before) {
      if (now.includes(id)) continue;
      if (rejected.stage === "target" || id.includes("mapping")) model.set(id, "over");
    }
    for (const id of now) model.set(id, "open");
  }
  return counts;
}

async function noteAgain({ ledger, root }: ReturnType<typeof trendLedger>, index: number): Promise<void> {
  await settleTrend(ledger, root);
  copyFileSync(path.join(root, `r${index}.copy`), new RunFolder(root, `r${index}`).trendFile);
  const database = new DatabaseSync(ledgerFile(root));
  database.prepare("UPDATE trend_runs SET noted = 0 WHERE run_id = ?").run(`r${index}`);
  database.close();
  await settleTrend(ledger, root);
}

test("any sequence of runs leaves what a simple model of it does", { timeout: 60_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(modelRun, { minLength: 1, maxLength: 6 }), async (runs) => {
      const scene = trendLedger();
      const model: Model = new Map();
      for (const [index, run] of runs.entries()) {
        // As the next process begins.
        await settleTrend(scene.ledger, scene.root);
        const id = `r${index}`;
        const ended = await endedRun(scene, {
          id,
          rejections: run.rejected.map(({ number, stage, which }) =>
            vendorRejection(number, {
              stage: stage satisfies RejectionStage,
              reasons: reasons[stage].filter((_, position) => which[position]),
            }),
          ),
          read: run.isRead ? ["Vendors V2"] : ["Customers V3"],
          unprocessed: run.isProcessed ? 0 : 1,
        });
        copyFileSync(new RunFolder(scene.root, id).trendFile, path.join(scene.root, `${id}.copy`));
        if (!run.dies) await settleTrend(scene.ledger, scene.root);
        if (run.late !== undefined) await noteAgain(scene, run.late % (index + 1));
        const counts = expected(model, run);
        const open = [...model].filter(([, state]) => state === "open");
        expect(ended.trend.records).toMatchObject({ ...counts, fixed: 0, gone: 0 });
        const { before, open: after, new: fresh, backAgain, fixedOrGone } = ended.trend.records;
        expect(after).toBe(before + fresh + backAgain - fixedOrGone);
        expect(after).toBe(new Set(open.map(([id]) => id.split(" ")[0])).size);
      }
      await settleTrend(scene.ledger, scene.root);
      const left = scene.ledger.trend.openCounts(1);
      const openReasons = [...model].filter(([, state]) => state === "open");
      expect(left.reduce((sum, row) => sum + row.reasons, 0)).toBe(openReasons.length);
      expect(left.reduce((sum, row) => sum + row.records, 0)).toBe(
        new Set(openReasons.map(([id]) => id.split(" ")[0])).size,
      );
    }),
    { numRuns: 30 },
  );
});

test("what is known of a record is the same, whether all is read at once or record by record", async () => {
  const scene = trendLedger();
  const records = [1, 2, 3].map((number) => vendorRejection(number));
  await notedRun(scene, { id: "r1", rejections: [...records, nameless(1), nameless(7)] });
  await notedRun(scene, { id: "r2", rejections: [nameless(2)] });
  const { trend } = scene.ledger;
  const atOnce = trend.reasonsOf(1);
  const oneByOne = trend.reasonsOf(1, { mostAtOnce: 4 });
  const hashes = [...records, nameless(7), vendorRejection(9)].map((record) => recordHash(record, []));
  expect(hashes.map((record) => atOnce(record).length)).toEqual([1, 2, 1, 1, 0]);
  for (const record of hashes) expect(atOnce(record)).toEqual(oneByOne(record));
  expect(trend.reasonsOf(2)(hashes[0] ?? new Uint8Array())).toEqual([]);
});
