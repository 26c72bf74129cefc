import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { expect, test } from "vitest";
import { Heartbeat, heartbeatFile, readHeartbeat } from "../../src/load/telemetry/heartbeat.ts";
import { lifeSigns } from "../../src/load/telemetry/life-signs.ts";
import type { LoadEvent } from "../../src/load/run-log.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const start = Date.parse("2026-11-23T04:00:00Z");

function packageEvent(key: string, state: string): LoadEvent {
  return {
    kind: "package",
    package: key,
    entity: "Vendors V2",
    legalEntity: "USMF",
    records: 10,
    sizeBytes: 1000,
    executionId: "e",
    state,
    text: "",
  };
}

function beating(): { root: string; heartbeat: Heartbeat; clock: { time: number; now: () => number } } {
  const root = temporaryFolder();
  const clock = {
    time: start,
    now(): number {
      return this.time;
    },
  };
  const heartbeat = new Heartbeat({ projectRoot: root, environment: "uat", run: "r1", clock });
  return { root, heartbeat, clock };
}

test("the file says where the load is, from the first moment to the last", () => {
  const { root, heartbeat, clock } = beating();
  expect(readHeartbeat(root, "uat")).toMatchObject({
    pid: process.pid,
    run: "r1",
    phase: "starting",
    packages: [],
    writtenAt: "2026-11-23T04:00:00.000Z",
  });

  clock.time += 1000;
  heartbeat.note({ kind: "run", run: "r1", phase: "reading", text: "begins" });
  heartbeat.note({
    kind: "reading",
    entity: "Vendors V2",
    records: 0,
    rejected: 0,
    bytes: 0,
    finished: false,
  });
  expect(readHeartbeat(root, "uat")).toMatchObject({
    phase: "reading",
    since: "2026-11-23T04:00:01.000Z",
    entity: "Vendors V2",
  });

  clock.time += 1000;
  heartbeat.note(packageEvent("001", "uploaded"));
  clock.time += 1000;
  heartbeat.noteAnswer();
  heartbeat.note(packageEvent("002", "uploaded"));
  heartbeat.note(packageEvent("001", "executing"));
  const loading = readHeartbeat(root, "uat");
  expect(loading).toMatchObject({
    phase: "loading",
    since: "2026-11-23T04:00:02.000Z",
    lastAnswer: "2026-11-23T04:00:03.000Z",
    packages: [
      { key: "001", state: "executing", since: "2026-11-23T04:00:03.000Z" },
      { key: "002", state: "uploaded" },
    ],
  });
  expect(loading).not.toHaveProperty("entity");

  heartbeat.note(packageEvent("001", "done"));
  expect(readHeartbeat(root, "uat")?.packages.map(({ key }) => key)).toEqual(["002"]);

  heartbeat.end({ status: "succeeded", exitCode: 0 });
  expect(readHeartbeat(root, "uat")).toMatchObject({
    phase: "ended",
    packages: [],
    outcome: { status: "succeeded", exitCode: 0 },
  });
});

test("a monitor can tell the living from the silent and the gone", () => {
  const { root, heartbeat, clock } = beating();
  const read = () => {
    const content = readHeartbeat(root, "uat");
    if (content === undefined) throw new Error("no heartbeat");
    return content;
  };
  expect(lifeSigns(read(), clock.time + 20_000).state).toBe("alive");
  expect(lifeSigns(read(), clock.time + 61_000)).toEqual({ state: "silent", silentMs: 61_000 });
  // The highest number a process of Linux can have is 2^22; nobody has this one.
  expect(lifeSigns({ ...read(), pid: 2 ** 22 + 1 }, clock.time).state).toBe("gone");
  expect(lifeSigns({ ...read(), pid: 2 ** 22 + 1, host: "elsewhere" }, clock.time).state).toBe("alive");
  heartbeat.end({ status: "failed", exitCode: 6 });
  expect(lifeSigns(read(), clock.time + 61_000).state).toBe("ended");
});

test.runIf(process.platform === "linux")(
  "a process that has ended is gone, even if its parent never asks",
  async () => {
    const { root, clock } = beating();
    const content = readHeartbeat(root, "uat");
    if (content === undefined) throw new Error("no heartbeat");
    // The shell becomes a process that does not know it has a child.
    const parent = spawn("sh", ["-c", "sleep 60 & echo $!; exec sleep 60"], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    try {
      const [line] = (await once(createInterface(parent.stdout), "line")) as [string];
      const pid = Number(line);
      expect(lifeSigns({ ...content, pid }, clock.time).state).toBe("alive");
      process.kill(pid, "SIGKILL");
      await expect.poll(() => lifeSigns({ ...content, pid }, clock.time).state).toBe("gone");
      // It is still there, as a number.
      expect(process.kill(pid, 0)).toBe(true);
    } finally {
      parent.kill();
      await once(parent, "exit");
    }
  },
);

test("a heartbeat that cannot be written stops nothing", () => {
  const { root, heartbeat } = beating();
  rmSync(path.join(root, ".dmfpipe"), { recursive: true });
  writeFileSync(path.join(root, ".dmfpipe"), "a file where the folder should be");
  heartbeat.note(packageEvent("001", "uploaded"));
  heartbeat.end({ status: "succeeded", exitCode: 0 });
  expect(readHeartbeat(root, "uat")).toBeUndefined();
  expect(readFileSync(path.join(root, ".dmfpipe"), "utf8")).toBe("a file where the folder should be");
});

test("each environment has a file of its own, whatever its name", () => {
  const root = temporaryFolder();
  expect(heartbeatFile(root, "../prod")).toBe(path.join(root, ".dmfpipe", "heartbeat", "___prod.json"));
});
