import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { EntityCatalogue } from "../../src/entity/catalogue.ts";
import { systemClock } from "../../src/errors/clock.ts";
import { Ledger } from "../../src/load/ledger/ledger.ts";
import type { PackageMove } from "../../src/load/ledger/ledger-moves.ts";
import type { SendingOptions } from "../../src/load/load-options.ts";
import { ledgerFile } from "../../src/load/run-folder.ts";
import { resumeLoad, runLoad } from "../../src/load/run-load.ts";
import { readProject } from "../../src/project/project.ts";
import type { Fault } from "../../src/sandbox/fault-plan.ts";
import type { SandboxSettings } from "../../src/sandbox/sandbox-settings.ts";
import { connectionToSandbox } from "../environment/connection.ts";
import { quickRetry } from "../environment/quick-retry.ts";
import { SandboxClient } from "../sandbox/sandbox-client.ts";
import { companyProject } from "./company-project.ts";
import { startEnvironment } from "./small-project.ts";

/** Counts the imports that reach F&O and changes nothing. */
const counter: Fault = { on: "ImportFromPackage", times: 10_000, delayMs: 0 };
const quick = { firstPollMs: 1, longestPollMs: 20, doubtGraceMs: 30, keysFileMs: 5000 };

interface SceneOptions {
  readonly sandbox?: Partial<SandboxSettings>;
  readonly environment?: Readonly<Record<string, unknown>>;
  readonly project?: Omit<Parameters<typeof companyProject>[0], "environments">;
}

/** The project of two companies and an F&O, inside this process. */
async function scene({ sandbox: settings, environment, project: content }: SceneOptions = {}) {
  const running = await startEnvironment(
    { ...settings, faults: [...(settings?.faults ?? []), counter] },
    { writes: ["USMF", "DEMF"], ...environment },
  );
  onTestFinished(running.stop);
  const { sandbox, environments } = running;
  const { root, remove, write } = companyProject({ environments, ...content });
  onTestFinished(remove);
  const client = new SandboxClient(sandbox);
  const options = (changes: Partial<SendingOptions> = {}): SendingOptions => {
    const project = readProject("mappings/project.yaml", root);
    const definition = project.environments["uat"];
    if (definition === undefined) throw new Error("uat");
    return {
      project,
      environmentName: "uat",
      definition,
      catalogue: EntityCatalogue.builtIn(),
      clock: systemClock,
      version: "0.1.0",
      settings: quick,
      retry: quickRetry,
      connection: {
        open: () => Promise.resolve(connectionToSandbox(sandbox)),
        close: () => Promise.resolve(),
      },
      ...changes,
    };
  };
  return {
    root,
    write,
    options,
    release: (executionId: string) => sandbox.releaseStuck(executionId),
    imports: () => sandbox.firedFaults().filter(({ operation }) => operation === "ImportFromPackage").length,
    moves: (run: string): readonly PackageMove[] => {
      const ledger = Ledger.open(ledgerFile(root), systemClock);
      try {
        return ledger.moves.since(run, 0);
      } finally {
        ledger.close();
      }
    },
    rows: async () => [
      ...(await client.rows("/data/VendorGroups?cross-company=true")),
      ...(await client.rows("/data/VendorsV2?cross-company=true")),
    ],
  };
}

/** How many packages were in one of these states at the same moment, at most. */
function mostAtOnce(moves: readonly PackageMove[], states: readonly string[]): number {
  const now = new Map<string, string>();
  return Math.max(
    ...moves.map(({ key, state }) => {
      now.set(key, state);
      return [...now.values()].filter((other) => states.includes(other)).length;
    }),
  );
}

/** Everything a load leaves behind, without what differs from run to run. */
async function remains(here: Awaited<ReturnType<typeof scene>>, run: string) {
  const folder = path.join(here.root, ".dmfpipe", "runs", run);
  const { status, exitCode, balanced, entities, rejections, packages } = JSON.parse(
    readFileSync(path.join(folder, "summary.json"), "utf8"),
  ) as Record<string, unknown> & { packages: { key: string; sha256: string; status: string }[] };
  const files = globSync("rejections/*.csv", { cwd: folder }).sort();
  return {
    summary: { status, exitCode, balanced, entities, rejections },
    packages: packages.map(({ key, sha256, status: state }) => ({ key, sha256, state })),
    files: files.map((name) => [name, readFileSync(path.join(folder, name), "utf8")]),
    rows: await here.rows(),
    imports: here.imports(),
  };
}

const slow: Partial<SandboxSettings> = { importHoldMs: 30, targetDelayMs: 30 };

test("side by side or one after the other: the same rows, packages, rejections and summary", async () => {
  const oneByOne = await scene({ sandbox: slow });
  const serial = await runLoad(oneByOne.options());
  expect(serial.summary).toMatchObject({ exitCode: 4, balanced: true });
  const before = await remains(oneByOne, serial.summary.run);
  const serialMoves = oneByOne.moves(serial.summary.run);
  expect(mostAtOnce(serialMoves, ["importing", "executing"])).toBe(1);
  expect(before.imports).toBe(before.packages.length);

  const several = await scene({ sandbox: slow, environment: { parallelImports: 3 } });
  const overlapping = await runLoad(several.options());
  const moves = several.moves(overlapping.summary.run);
  expect(await remains(several, overlapping.summary.run)).toEqual(before);
  expect(mostAtOnce(moves, ["importing"])).toBe(1);
  expect(mostAtOnce(moves, ["importing", "executing"])).toBe(2);
  // The sandbox refuses a second call of ImportFromPackage during the first: there was none.
  expect(moves.filter(({ state }) => state === "in doubt")).toEqual([]);

  const parallel = await scene({
    sandbox: { ...slow, enhancedParallelImport: true },
    environment: { enhancedParallelImport: true },
  });
  const atOnce = await runLoad(parallel.options());
  expect(await remains(parallel, atOnce.summary.run)).toEqual(before);
  expect(mostAtOnce(parallel.moves(atOnce.summary.run), ["importing"])).toBe(2);
});

test("one at a time, the next package is uploaded and the last one collected while F&O works", async () => {
  const here = await scene({ sandbox: slow });
  const { summary } = await runLoad(here.options());
  const moves = here.moves(summary.run);
  expect(mostAtOnce(moves, ["uploaded", "importing", "executing"])).toBeGreaterThan(1);
  expect(mostAtOnce(moves, ["collecting", "importing", "executing"])).toBeGreaterThan(1);
  expect(mostAtOnce(moves, ["importing", "executing"])).toBe(1);
});

describe("a load that begins while F&O still works on a package of an interrupted one", () => {
  test("waits for it, and does not touch it; that one can still be resumed", async () => {
    const stuck: Fault = { on: "ImportFromPackage", nth: 1, stuck: true };
    const here = await scene({ sandbox: { faults: [stuck] }, project: { clean: true, vendors: 5 } });
    const first = await runLoad(here.options({ settings: { ...quick, importDeadlineMs: 1 } }));
    expect(first.error?.code).toBe("DMFP-POLL-DEADLINE");
    const warnings: string[] = [];
    const second = await runLoad(
      here.options({
        listener: (event) => {
          if (event.kind !== "warning") return;
          warnings.push(event.text);
          here.release(first.summary.packages[0]?.executionId ?? "");
        },
      }),
    );
    expect(second.summary.exitCode).toBe(0);
    expect(warnings.join("\n")).toContain(`of run ${first.summary.run}; waiting for it`);
    const resumed = await resumeLoad(here.options(), first.summary.run);
    expect(resumed.summary).toMatchObject({ exitCode: 0, balanced: true });
  });

  test("says which package it is that does not end", async () => {
    const here = await scene({ sandbox: { targetDelayMs: 60_000 }, project: { clean: true, vendors: 5 } });
    const impatient = { settings: { ...quick, importDeadlineMs: 1 } };
    const first = await runLoad(here.options(impatient));
    const second = await runLoad(here.options(impatient));
    expect(second.error).toMatchObject({ code: "DMFP-POLL-DEADLINE" });
    expect(second.error?.message).toContain(`of the earlier run ${first.summary.run}`);
    expect(here.imports()).toBe(1);
  });
});

describe("a canary", () => {
  test("that F&O rejects stops the load: exit code 12, what is in F&O is told, and the rest is not sent", async () => {
    const here = await scene();
    const stopped = await runLoad(here.options({ canaryRecords: 5 }));
    expect(stopped.error).toMatchObject({ code: "DMFP-CANARY", entry: { exitCode: 12 } });
    expect(stopped.error?.message).toMatch(
      /^The first 5 records of Vendors V2 in (DEMF|USMF) went ahead of the rest: F&O rejected 1 of them; canary allows 0\. In F&O by this run: 4 records of Vendor groups, 4 records of Vendors V2\. Not sent: \d+ packages with \d+ records\.$/,
    );
    expect(stopped.summary).toMatchObject({ status: "stopped by the error budget", balanced: true });
    expect(here.imports()).toBe(3);

    const again = await resumeLoad(here.options(), stopped.summary.run);
    expect(again.error?.code).toBe("DMFP-CANARY");
    expect(here.imports()).toBe(3);

    const despite = await resumeLoad(here.options({ despiteRejections: true }), stopped.summary.run);
    expect(despite.summary).toMatchObject({ exitCode: 4, balanced: true });
    expect(here.imports()).toBe(despite.summary.packages.length);
  });

  test("that comes through is followed by the rest, and what is in F&O is the same as without", async () => {
    const here = await scene({ project: { clean: true } });
    here.write(
      "mappings/project.yaml",
      `${readFileSync(path.join(here.root, "mappings/project.yaml"), "utf8")}canary: { records: 7, rejections: "20%" }\n`,
    );
    const { summary } = await runLoad(here.options());
    expect(summary).toMatchObject({ exitCode: 0, balanced: true });
    const sizes = summary.packages.filter(({ key }) => key.includes("vendors")).map(({ records }) => records);
    expect(sizes).toEqual([7, 20, 20, 13, 7, 20, 20, 13]);
  });

  test("cannot be had where packages hold all entities", async () => {
    const here = await scene();
    const file = path.join(here.root, "mappings/project.yaml");
    const all = readFileSync(file, "utf8").replace("packages:\n", "packages:\n  entities: all\n");
    here.write("mappings/project.yaml", `${all}canary: 7\n`);
    expect(() => here.options()).toThrow(
      expect.objectContaining({
        code: "DMFP-PROJECT-INVALID",
        at: expect.objectContaining({ line: all.split("\n").length }) as unknown,
      }) as Error,
    );
  });
});

test("more rejections of F&O than the budget allows stop the load, resumably", async () => {
  const here = await scene({ project: { limits: { rejectionsInEnvironment: 3 } } });
  const stopped = await runLoad(here.options());
  expect(stopped.error).toMatchObject({ code: "DMFP-ENVIRONMENT-BUDGET", entry: { exitCode: 12 } });
  expect(stopped).toMatchObject({ resumable: true, summary: { balanced: true } });
  expect(stopped.error?.message).toMatch(
    /limits\.rejectionsInEnvironment allows 3\. In F&O by this run: 4 records of Vendor groups/,
  );
  const sent = here.imports();
  expect(sent).toBeLessThan(stopped.summary.packages.length);
  const despite = await resumeLoad(here.options({ despiteRejections: true }), stopped.summary.run);
  expect(despite.summary).toMatchObject({ exitCode: 4, balanced: true });
  expect(here.imports()).toBe(despite.summary.packages.length);
});

/** The clock of this machine, until it is set; and a deadline an hour ahead. */
function settableClock() {
  let aheadMs = 0;
  const deadline = { at: Date.now() + 3_600_000, given: "--until 05:30" };
  return {
    clock: { now: () => Date.now() + aheadMs },
    deadline,
    set: (time: number) => {
      aheadMs = time - Date.now();
    },
  };
}

describe("a deadline", () => {
  test("that an earlier load says cannot be kept: what fits is loaded, the rest is left for resume", async () => {
    const here = await scene({ sandbox: { targetDelayMs: 150 }, project: { clean: true } });
    const whole = await runLoad(here.options());
    expect(whole.summary.exitCode).toBe(0);
    const forecasts: number[] = [];
    const { clock, deadline, set } = settableClock();
    const short = await runLoad(
      here.options({
        clock,
        deadline,
        listener: (event) => {
          // The first package is over, and F&O takes longer than this for any other.
          if (event.kind === "package" && event.state === "done" && forecasts.length === 0)
            set(deadline.at - 100);
          if (event.kind === "forecast") forecasts.push(event.latePackages);
        },
      }),
    );
    expect(short.error).toMatchObject({ code: "DMFP-DEADLINE", entry: { exitCode: 8 } });
    expect(short).toMatchObject({ resumable: true, summary: { status: "interrupted", balanced: true } });
    expect(forecasts[0]).toBeGreaterThan(0);
    const states = new Set(short.summary.packages.map(({ status }) => status));
    expect([...states].filter((state) => state === "importing" || state === "in doubt")).toEqual([]);
    const resumed = await resumeLoad(here.options(), short.summary.run);
    expect(resumed.summary).toMatchObject({ exitCode: 0, balanced: true });
    expect(here.imports()).toBe(2 * whole.summary.packages.length);
  });

  test("that comes while F&O works ends the waiting; F&O goes on, and resume collects", async () => {
    const here = await scene({ sandbox: { targetDelayMs: 4000 }, project: { clean: true, vendors: 5 } });
    const { clock, deadline, set } = settableClock();
    const short = await runLoad(
      here.options({
        clock,
        deadline,
        listener: (event) => {
          if (event.kind === "package" && event.state === "executing") set(deadline.at);
        },
      }),
    );
    expect(short.error).toMatchObject({ code: "DMFP-DEADLINE" });
    expect(
      short.summary.packages.map(({ status }) => status).filter((state) => state === "executing"),
    ).toHaveLength(1);
    const resumed = await resumeLoad(here.options(), short.summary.run);
    expect(resumed.summary).toMatchObject({ exitCode: 0, balanced: true });
    expect(here.imports()).toBe(resumed.summary.packages.length);
  });
});

test("resume of a run whose mapping changed says what is in F&O already, and what can be done", async () => {
  const here = await scene({ project: { limits: { rejectionsInEnvironment: 3 } } });
  const stopped = await runLoad(here.options());
  const file = path.join(here.root, "mappings/vendors.yaml");
  here.write("mappings/vendors.yaml", readFileSync(file, "utf8").replace(": NAME", ": NAME | upper"));
  const error: unknown = await resumeLoad(here.options(), stopped.summary.run).catch(
    (thrown: unknown) => thrown,
  );
  expect(error).toMatchObject({ code: "DMFP-RUN-CHANGED" });
  const { message, next } = error as { message: string; next: string };
  expect(message).toMatch(
    /these changed: mappings\/vendors\.yaml\. In F&O by this run: 4 records of Vendor groups, .*Not sent: /,
  );
  expect(next).toContain(`dmfpipe resume ${stopped.summary.run}`);
  expect(next).toContain("dmfpipe load, which sends everything once more");
});
