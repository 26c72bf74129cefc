import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { setImmediate } from "node:timers/promises";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Fault } from "../../src/sandbox/fault-plan.ts";
import type { SandboxSettings } from "../../src/sandbox/sandbox-settings.ts";
import { SandboxClient } from "../sandbox/sandbox-client.ts";
import { dmfpipe, latestRun, start, summaryOf } from "./command-line.ts";
import { companyProject } from "./company-project.ts";
import { startEnvironment } from "./small-project.ts";

/** Counts what reaches F&O and changes nothing. */
const counters: readonly Fault[] = ["ImportFromPackage", "GetAzureWriteUrl"].map((on) => ({
  on,
  times: 10_000,
  delayMs: 0,
}));

async function scene(
  settings: Partial<SandboxSettings> = {},
  options: { readonly vendors?: number; readonly limits?: Readonly<Record<string, unknown>> } = {},
) {
  const running = await startEnvironment(
    { ...settings, faults: [...(settings.faults ?? []), ...counters] },
    { writes: ["USMF", "DEMF"] },
  );
  onTestFinished(running.stop);
  const { environments, variables, sandbox } = running;
  const { root, remove } = companyProject({ environments, ...options });
  onTestFinished(remove);
  const client = new SandboxClient(sandbox);
  const fired = (on: string): number =>
    sandbox.firedFaults().filter(({ operation }) => operation === on).length;
  return {
    root,
    variables,
    fired,
    rows: async () => [
      ...(await client.rows("/data/VendorGroups?cross-company=true")),
      ...(await client.rows("/data/VendorsV2?cross-company=true")),
    ],
  };
}

type Scene = Awaited<ReturnType<typeof scene>>;

async function remains({ root, rows, fired }: Scene) {
  const run = latestRun(root);
  const { status, exitCode, balanced, entities, rejections, packages } = summaryOf(run);
  const files = globSync("rejections/*.csv", { cwd: run }).sort();
  return {
    summary: { status, exitCode, balanced, entities, rejections },
    packages: packages.map(({ key, sha256, status: state }) => ({ key, sha256, state })),
    files: files.map((name) => readFileSync(path.join(run, name), "utf8")),
    rows: await rows(),
    imports: fired("ImportFromPackage"),
  };
}

let undisturbed: Awaited<ReturnType<typeof remains>> | undefined;

async function undisturbedLoad(): Promise<Awaited<ReturnType<typeof remains>>> {
  if (undisturbed !== undefined) return undisturbed;
  const here = await scene();
  const result = await dmfpipe(here.root, ["load"], { variables: here.variables });
  expect(result.code, result.stderr).toBe(4);
  undisturbed = await remains(here);
  return undisturbed;
}

async function resumeToTheEnd(here: Scene): Promise<void> {
  const resumed = await dmfpipe(here.root, ["resume"], { variables: here.variables });
  expect(resumed.code, resumed.stderr).toBe(4);
  expect(await remains(here)).toEqual(await undisturbedLoad());
}

describe("SIGTERM ends a load with exit code 8, and resume ends it as if nothing had been", () => {
  test.each<readonly [string, Partial<SandboxSettings>, string, readonly string[]]>([
    ["while packages are built", {}, "Vendor groups: 4 records read", []],
    [
      "while a package is uploaded",
      { faults: [{ on: "GetAzureWriteUrl", nth: 3, delayMs: 3_000 }] },
      "001-vendor-groups-usmf-001 (2 records): uploaded",
      ["built", "uploaded", "executing", "done"],
    ],
    [
      "while F&O works on a package",
      { targetDelayMs: 2_000 },
      "001-vendor-groups-demf-001 (2 records): executing",
      ["executing"],
    ],
    [
      "while rejections are collected",
      { keysFilePolls: 3 },
      "002-vendors-v2-demf-001 (20 records): collecting",
      ["collecting", "done"],
    ],
  ])("%s", async (_name, settings, words, states) => {
    const here = await scene(settings);
    const load = start(here.root, ["load"], { variables: here.variables });
    await load.said(words);
    load.process.kill("SIGTERM");
    const stopped = await load.finished;
    expect(stopped.code, stopped.stderr).toBe(8);
    expect(stopped.stderr).toContain("DMFP-INTERRUPTED");
    expect(stopped.stderr.trimEnd().split("\n").at(-1)).toMatch(/^Next: dmfpipe resume \S+$/);
    const { status, packages } = summaryOf(latestRun(here.root));
    expect(status).toBe("interrupted");
    const doubtful = packages.filter(({ status: state }) => state === "importing" || state === "in doubt");
    expect(doubtful).toEqual([]);
    if (states.length > 0)
      expect(states).toContain(packages.find(({ key }) => words.startsWith(key))?.status);
    await resumeToTheEnd(here);
  });

  test("while F&O holds back its answer to an import: the answer is waited for, and nothing is in doubt", async () => {
    const here = await scene({
      faults: [{ on: "ImportFromPackage", nth: 2, when: "after", delayMs: 1_500 }],
    });
    const load = start(here.root, ["load"], { variables: here.variables });
    await load.said("001-vendor-groups-usmf-001 (2 records): importing");
    load.process.kill("SIGTERM");
    const stopped = await load.finished;
    expect(stopped.code, stopped.stderr).toBe(8);
    expect(stopped.stderr).toContain(
      "It stops as soon as F&O has answered what was asked, in 20 seconds at the latest.",
    );
    expect(stopped.stderr).toContain("001-vendor-groups-usmf-001 (2 records): executing");
    expect(here.fired("ImportFromPackage")).toBe(2);
    await resumeToTheEnd(here);
  });

  test("while F&O holds back its answer for longer than the grace: resume asks", async () => {
    const here = await scene(
      { faults: [{ on: "ImportFromPackage", nth: 1, when: "after", delayMs: 20_000 }] },
      { limits: { graceSeconds: 0.2 } },
    );
    const load = start(here.root, ["load"], { variables: here.variables });
    await load.said("001-vendor-groups-demf-001 (2 records): importing");
    // F&O has it, and its answer is still to come.
    while (here.fired("ImportFromPackage") < 1) await setImmediate();
    load.process.kill("SIGTERM");
    const stopped = await load.finished;
    expect(stopped.code, stopped.stderr).toBe(8);
    expect(summaryOf(latestRun(here.root)).packages[0]?.status).toBe("in doubt");
    await resumeToTheEnd(here);
  });
});

test("a second signal ends the process at once, and loses nothing", async () => {
  const here = await scene({ faults: [{ on: "ImportFromPackage", nth: 1, when: "after", delayMs: 20_000 }] });
  const load = start(here.root, ["load"], { variables: here.variables });
  await load.said("001-vendor-groups-demf-001 (2 records): importing");
  while (here.fired("ImportFromPackage") < 1) await setImmediate();
  load.process.kill("SIGINT");
  await load.said("Once more ends it at once");
  load.process.kill("SIGTERM");
  expect((await load.finished).signal).toBe("SIGTERM");
  await resumeToTheEnd(here);
});

test("killed while one package is imported, the next are uploaded and the last one is collected", async () => {
  const here = await scene({ targetDelayMs: 300, keysFilePolls: 2 });
  const load = start(here.root, ["load"], { variables: here.variables });
  await load.said("002-vendors-v2-demf-002 (20 records): executing");
  load.process.kill("SIGKILL");
  expect((await load.finished).signal).toBe("SIGKILL");
  await resumeToTheEnd(here);
});

test("--until: a deadline that comes in the middle ends the load with exit code 8", async () => {
  const here = await scene({ targetDelayMs: 120_000 });
  const soon = new Date(Date.now() + 8_000).toISOString();
  const until = `${soon.slice(0, 19)}Z`;
  const load = await dmfpipe(here.root, ["load", "--until", until], { variables: here.variables });
  expect(load.code, load.stderr).toBe(8);
  expect(load.stderr).toContain(`DMFP-DEADLINE: The load had to be over (--until ${until}, that is `);
  expect(load.stderr.trimEnd().split("\n").at(-1)).toMatch(/^Next: dmfpipe resume \S+$/);
});

describe("status --watch", () => {
  test("piped: a line for every step of a package, and the run's own exit code in the end", async () => {
    const here = await scene({ targetDelayMs: 200 });
    const load = start(here.root, ["load"], { variables: here.variables });
    await load.said("001-vendor-groups-demf-001 (2 records): importing");
    const watch = await dmfpipe(here.root, ["status", "--watch"]);
    const loaded = await load.finished;
    expect(loaded.code, loaded.stderr).toBe(4);
    expect(watch.code, watch.stderr).toBe(4);
    const steps = (text: string): string[] =>
      text.split("\n").filter((line) => /^00\d-\S+ \(\d+ records\): /.test(line));
    expect(steps(watch.stderr).sort()).toEqual(steps(loaded.stderr).sort());
    expect(watch.stdout).toMatch(/^Run \S+ \(load into uat\): finished, finished with rejections\n/);
  });

  test("of a run whose process was killed ends, and says how to go on", async () => {
    const here = await scene({ targetDelayMs: 60_000 });
    const load = start(here.root, ["load"], { variables: here.variables });
    await load.said("executing");
    load.process.kill("SIGKILL");
    await load.finished;
    const watch = await dmfpipe(here.root, ["status", "--watch", "--json"]);
    expect(watch.code, watch.stderr).toBe(8);
    expect(watch.stdout).toContain('"state":"executing"');
    expect(watch.stdout).toContain('"state": "gone"');
  });
});
