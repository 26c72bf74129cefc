import { setImmediate } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { start } from "./command-line.ts";
import { dmfpipeUnderStrace, straceWorks } from "./strace.ts";
import { expectUndisturbed, goneOn, packageCount, thorough, tortured } from "./torture-scene.ts";

/**
 * Killed while packages are sent and later entities are read: what is resumed ends as a load that nobody disturbed and
 * that sent nothing before everything was built. By default a sample of the boundaries; all of them with TORTURE=1.
 */
const { scene, undisturbed } = tortured();

/** So little room that the vendors are read when the groups are over. */
const noRoom = { diskLimit: "0.000001 MB" };
const loading = ["load", "--sending", "whileBuilding"];

test("killed while one entity is in F&O and the next is not read yet", async () => {
  const here = await scene({}, noRoom);
  // Dropped: with the process its connections end, and what they carried does not arrive.
  await here.plan({ on: "GetExecutionSummaryStatus", nth: 1, drop: true, delayMs: 1_999 });
  const load = start(here.root, loading, { variables: here.variables });
  while (!here.fired().some(({ operation }) => operation === "GetExecutionSummaryStatus"))
    await setImmediate();
  load.process.kill("SIGKILL");
  expect((await load.finished).signal).toBe("SIGKILL");
  await here.plan();
  await expectUndisturbed(here, undisturbed());
});

describe.skipIf(!straceWorks)("killed at a durable step", () => {
  const nths = thorough ? Array.from({ length: 60 }, (_, index) => index + 1) : [20];
  test.each(nths)("at the fsync %i", { timeout: 120_000 }, async (nth) => {
    const here = await scene({}, nth % 2 === 0 ? noRoom : {});
    const injection = { calls: "fsync", nth, does: "SIGKILL" } as const;
    const { root, variables } = here;
    const { signal, code, stderr } = await dmfpipeUnderStrace(root, loading, { variables, injection });
    if (signal !== "SIGKILL") expect(code, stderr).toBe(4);
    else expect(await goneOn(here), `fsync ${nth}`).toBe(4);
    expect(await here.remains()).toEqual(undisturbed());
    expect(here.imports()).toBe(packageCount);
  });
});
