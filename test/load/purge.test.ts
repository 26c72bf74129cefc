import { existsSync, mkdirSync, utimesSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { Ledger } from "../../src/load/ledger/ledger.ts";
import { purge, type PurgeOptions, type PurgeResult } from "../../src/load/purge.ts";
import { ledgerFile, RunFolder, runsFolder } from "../../src/load/run-folder.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const dayMs = 24 * 60 * 60_000;
const today = Date.parse("2026-11-23T06:00:00Z");

interface Scene {
  readonly root: string;
  readonly ledger: Ledger;
  /** Makes a run that ended so many days ago, with a report of 10 bytes and a package of 100. */
  readonly run: (id: string, daysAgo: number, changes?: Partial<RunChanges>) => RunFolder;
  readonly purge: (keep: PurgeOptions["keep"], dryRun?: boolean) => Promise<PurgeResult>;
}

interface RunChanges {
  readonly command: string;
  readonly environment: string;
  /** `open`: it never ended; `resumable`: it ended, and can go on. */
  readonly end: "finished" | "resumable" | "open";
}

function scene(): Scene {
  const root = temporaryFolder();
  const clock = {
    time: today,
    now(): number {
      return this.time;
    },
  };
  const ledger = Ledger.open(ledgerFile(root), clock);
  onTestFinished(() => {
    ledger.close();
  });
  return {
    root,
    ledger,
    run: (id, daysAgo, changes = {}) => {
      const { command = "load", environment = "prod", end = "finished" } = changes;
      clock.time = today - daysAgo * dayMs;
      ledger.startRun({
        id,
        command,
        project: "p",
        environment,
        fingerprint: "",
        fingerprintParts: "{}",
      });
      if (end !== "open") {
        ledger.endRun(id, {
          status: "",
          exitCode: end === "resumable" ? 8 : 0,
          resumable: end === "resumable",
        });
      }
      clock.time = today;
      const folder = new RunFolder(root, id);
      mkdirSync(folder.packages, { recursive: true });
      writeFileSync(folder.packageFile("001"), Buffer.alloc(100));
      writeFileSync(folder.reportFile, Buffer.alloc(10));
      return folder;
    },
    purge: async (keep, dryRun = false) =>
      await purge({ projectRoot: root, ledger, now: today, keep, dryRun }),
  };
}

test("old runs go as a whole, younger ones lose their packages, and the ledger knows it", async () => {
  const { run, purge: purgeNow, ledger } = scene();
  const old = run("1", 91);
  const middle = run("2", 30);
  const young = run("3", 5);
  const latest = run("4", 1);
  expect(await purgeNow({ days: 90, packages: 7 })).toEqual({
    runs: [{ run: "1", sizeBytes: 110 }],
    packages: [{ run: "2", sizeBytes: 100 }],
    resumable: [],
  });
  expect(existsSync(old.path)).toBe(false);
  expect(existsSync(middle.packages)).toBe(false);
  expect(existsSync(middle.reportFile)).toBe(true);
  for (const folder of [young, latest]) expect(existsSync(folder.packageFile("001"))).toBe(true);
  expect(ledger.run("1")).toMatchObject({
    purgedAt: expect.any(String) as string,
    packagesPurgedAt: expect.any(String) as string,
  });
  expect(ledger.run("2")).toMatchObject({ purgedAt: null, packagesPurgedAt: expect.any(String) as string });
  expect(ledger.run("3")).toMatchObject({ purgedAt: null, packagesPurgedAt: null });
  expect(await purgeNow({ days: 90, packages: 7 })).toEqual({ runs: [], packages: [], resumable: [] });
});

test("a dry run says the same and removes nothing", async () => {
  const { run, purge: purgeNow, ledger } = scene();
  const old = run("1", 91);
  run("2", 1);
  const said = await purgeNow({ days: 90 }, true);
  expect(said.runs).toEqual([{ run: "1", sizeBytes: 110 }]);
  expect(existsSync(old.reportFile)).toBe(true);
  expect(ledger.run("1")?.purgedAt).toBeNull();
  expect(await purgeNow({ days: 90 })).toEqual(said);
});

test("what resume needs is never touched, however old", async () => {
  const { run, purge: purgeNow } = scene();
  const interrupted = run("1", 400, { end: "resumable" });
  const killed = run("2", 300, { end: "open" });
  run("3", 1);
  expect(await purgeNow({ days: 1, packages: 0 })).toEqual({ runs: [], packages: [], resumable: ["2", "1"] });
  for (const folder of [interrupted, killed]) expect(existsSync(folder.packageFile("001"))).toBe(true);
});

test("the latest run and the latest load into each environment stay, however old", async () => {
  const { run, purge: purgeNow } = scene();
  run("1", 500, { environment: "uat" });
  const uat = run("2", 400, { environment: "uat" });
  run("3", 350);
  const prod = run("4", 300);
  run("5", 250, { command: "check" });
  const latest = run("6", 200, { command: "check" });
  const { runs } = await purgeNow({ days: 0.5, packages: 0 });
  expect(runs.map((purged) => purged.run).sort()).toEqual(["1", "3", "5"]);
  for (const folder of [uat, prod, latest]) expect(existsSync(folder.packageFile("001"))).toBe(true);
});

test("a dry run that never ended may still go on for a day, and is removed then", async () => {
  const { run, purge: purgeNow } = scene();
  run("1", 2, { command: "check", end: "open" });
  const fresh = run("2", 0.5, { command: "check", end: "open" });
  run("3", 0.1);
  expect((await purgeNow({ days: 0.2 })).runs.map((purged) => purged.run)).toEqual(["1"]);
  expect(existsSync(fresh.path)).toBe(true);
});

test("folders that no run in the ledger owns go with the others of their age", async () => {
  const { root, run, purge: purgeNow } = scene();
  run("1", 1);
  const stray = path.join(runsFolder(root), "20250101-000000-dead");
  const fresh = path.join(runsFolder(root), "20261123-055900-beef");
  for (const folder of [stray, fresh]) {
    mkdirSync(folder);
    writeFileSync(path.join(folder, "log.ndjson"), "12345");
  }
  const long = (today - 100 * dayMs) / 1000;
  utimesSync(stray, long, long);
  utimesSync(fresh, today / 1000, today / 1000);
  expect((await purgeNow({ days: 90 })).runs).toEqual([{ run: "20250101-000000-dead", sizeBytes: 5 }]);
  expect(existsSync(fresh)).toBe(true);
});

test("what a crash between the mark and the removal left is removed the next time", async () => {
  const { run, purge: purgeNow, ledger } = scene();
  const old = run("1", 100);
  run("2", 1);
  ledger.markPurged("1", "run");
  expect((await purgeNow({ days: 90 })).runs).toEqual([{ run: "1", sizeBytes: 110 }]);
  expect(existsSync(old.path)).toBe(false);
});
