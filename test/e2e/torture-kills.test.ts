import { setImmediate } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import type { Fault } from "../../src/sandbox/fault-plan.ts";
import { start, type Finished } from "./command-line.ts";
import { dmfpipeUnderStrace, straceWorks, type Injection } from "./strace.ts";
import { expectUndisturbed, goneOn, packageCount, thorough, tortured, type Scene } from "./torture-scene.ts";

/**
 * A load is killed at every boundary, and resumed: afterwards target, report and the executions F&O knows are those
 * of a load that nobody disturbed. By default a sample of the boundaries; all of them with TORTURE=1.
 */
const { scene, undisturbed } = tortured();

/** Starts a load and kills it as soon as this fault has hit and `ready`; false where the load ended before. */
async function killedAt(
  here: Scene,
  fault: Fault,
  ready: () => Promise<boolean> | boolean,
): Promise<boolean> {
  await here.plan(fault);
  const load = start(here.root, ["load"], { variables: here.variables });
  const ended = new AbortController();
  void load.finished.then(() => {
    ended.abort();
  });
  const hit = (): boolean => here.fired().some((fired) => fired.fault.delayMs === fault.delayMs);
  while (!(hit() && (await ready()))) {
    if (ended.signal.aborted) return false;
    await setImmediate();
  }
  load.process.kill("SIGKILL");
  expect((await load.finished).signal).toBe("SIGKILL");
  return true;
}

/** Long enough to be killed in, and not longer than F&O is given before it counts as not having taken an import. */
const held = { delayMs: 1_999 };

const requests = thorough ? Array.from({ length: 60 }, (_, index) => index + 1) : [2, 9, 17];

test.each(requests)("killed while it waits for the answer to request %i", async (nth) => {
  const here = await scene();
  // Dropped: with the process its connections end, and what they carried does not arrive.
  if (!(await killedAt(here, { on: "*", nth, drop: true, ...held }, () => true))) return;
  await here.plan();
  await expectUndisturbed(here, undisturbed());
});

const imports = thorough ? Array.from({ length: packageCount }, (_, index) => index + 1) : [2];

test.each(imports)("killed between acceptance of import %i and reading the answer", async (nth) => {
  const here = await scene();
  const fault: Fault = { on: "ImportFromPackage", nth, when: "after", ...held };
  expect(await killedAt(here, fault, () => executionsOf(here, nth))).toBe(true);
  const before = here.imports();
  await expectUndisturbed(here, undisturbed());
  expect([before, here.imports()]).toEqual([nth, packageCount]);
});

/** Whether F&O shows so many executions of the company. */
async function executionsOf(here: Scene, count: number): Promise<boolean> {
  const rows = await here.client.rows("/data/DataManagementExecutionJobDetails");
  return rows.filter(({ JobId }) => String(JobId).includes(`-${here.company}-`)).length >= count;
}

test.each(imports)("killed while import %i is on its way, which arrives later all the same", async (nth) => {
  const here = await scene();
  const fault: Fault = { on: "ImportFromPackage", nth, when: "before", ...held };
  expect(await killedAt(here, fault, () => true)).toBe(true);
  await expectUndisturbed(here, undisturbed());
  expect(here.imports()).toBe(packageCount);
});

// Without strace, or where a container forbids it, only the requests above are boundaries.
describe.skipIf(!straceWorks)("killed at a system call", () => {
  test("over and over, each time a few fsyncs further on", { timeout: 600_000 }, async () => {
    const here = await scene();
    let kills = 0;
    for (let round = 0; ; round++) {
      expect(round, "it gets no further").toBeLessThan(40);
      const { signal, code, stderr } = await killed(here, "fsync", 12 + (round % 3) * 4, round === 0);
      if (signal === "SIGKILL") kills++;
      else {
        expect([4, 9], stderr).toContain(code);
        break;
      }
    }
    expect(kills).toBeGreaterThan(0);
    await expectUndisturbed(here, undisturbed());
    expect(here.imports()).toBe(packageCount);
  });

  /** Every durable step: each file that is synced, each that gets its name, each page the ledger writes. */
  const steps: readonly (readonly [string, number])[] = [
    ["fsync", 1],
    ["rename", 1],
    ["pwrite64", 3],
  ];

  test.runIf(thorough).each(steps)(
    "at the nth %s, for every nth (in steps of %i)",
    { timeout: 3_600_000 },
    async (calls, step) => {
      let kills = 0;
      for (let nth = 1; ; nth += step) {
        const here = await scene();
        const { signal, code, stderr } = await killed(here, calls, nth, true);
        if (signal !== "SIGKILL") {
          expect(code, stderr).toBe(4);
          break;
        }
        kills++;
        expect(await goneOn(here), `${calls} ${nth}`).toBe(4);
        expect(await here.remains(), `${calls} ${nth}`).toEqual(undisturbed());
      }
      expect(kills).toBeGreaterThan(20);
    },
  );
});

async function killed(here: Scene, calls: string, nth: number, first: boolean): Promise<Finished> {
  const { root, variables } = here;
  const injection: Injection = { calls, nth, does: "SIGKILL" };
  return await dmfpipeUnderStrace(root, [first ? "load" : "resume"], { variables, injection });
}
