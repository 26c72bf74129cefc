import { createWriteStream } from "node:fs";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { expect, onTestFinished, test } from "vitest";
import { dmfpipe, latestRun, summaryOf } from "./command-line.ts";
import { smallProject, startEnvironment } from "./small-project.ts";

/** Sets the wall clock of a process: two hours on while F&O works for the first time, two hours back the second time. */
const clockThatIsSet = `data:text/javascript,${encodeURIComponent(`
  const real = Date.now.bind(Date);
  const hours = () => {
    const ms = performance.now();
    return ms < 1500 ? 0 : ms < 2600 ? 2 : -2;
  };
  Date.now = () => real() + hours() * 3_600_000;
  const Real = Date;
  globalThis.Date = class extends Real {
    constructor(...args) { if (args.length === 0) super(Real.now()); else super(...args); }
  };
`)}`;

test("the clock is set two hours on, then four back, in the middle of a load: it is what it is without", async () => {
  const running = await startEnvironment({ targetDelayMs: 1_200 });
  onTestFinished(running.stop);
  const { root, remove } = smallProject({ environments: running.environments, limits: { hours: 5 } });
  onTestFinished(remove);
  const { variables } = running;
  const result = await dmfpipe(root, ["load"], { variables, nodeOptions: ["--import", clockThatIsSet] });
  expect(result.code, result.stderr).toBe(4);
  expect(summaryOf(latestRun(root))).toMatchObject({
    status: "finished with rejections",
    balanced: true,
    entities: [{ created: 2 }, { created: 2, rejectedTarget: 1 }],
  });
});

test("a source far larger than the heap is read in a small heap", async () => {
  const { root, write, remove } = smallProject();
  onTestFinished(remove);
  write("data/groups.csv", "CODE;TEXT\nLOCAL;Local vendors\n");
  const records = 40_000;
  const text = "x".repeat(2_000);
  await pipeline(
    (function* () {
      yield "NO;NAME;GROUP;TERM;REMARK\n";
      for (let number = 1; number <= records; number++) yield `V${number};Vendor;LOCAL;Net30;${text}\n`;
    })(),
    createWriteStream(path.join(root, "data", "vendors.csv")),
  );
  // 80 MB of source; code alone takes some 40 MB of the heap.
  const result = await dmfpipe(root, ["check"], { nodeOptions: ["--max-old-space-size=70"] });
  expect(result.code, result.stderr).toBe(0);
  const { entities, balanced } = summaryOf(latestRun(root));
  expect(balanced).toBe(true);
  expect(entities.find(({ entity }) => entity === "Vendors V2")).toMatchObject({
    read: records,
    rejectedHere: 0,
    packaged: records,
  });
});
