import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { DmfpipeError } from "../../src/errors/dmfpipe-error.ts";
import { EnvironmentLock } from "../../src/load/sending/environment-lock.ts";
import { child } from "./child-process.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const clock = { now: () => Date.parse("2026-11-23T04:15:30Z") };

function take(projectRoot: string, environment = "uat", runId = "run-1"): EnvironmentLock {
  return EnvironmentLock.take({ projectRoot, environment, runId, clock });
}

function refusal(work: () => unknown): DmfpipeError {
  try {
    work();
  } catch (thrown) {
    if (thrown instanceof DmfpipeError) return thrown;
    throw thrown;
  }
  throw new Error("It was not refused.");
}

const holdingChild = (root: string): string => `
  const { EnvironmentLock } = await import("SRC/load/sending/environment-lock.ts");
  EnvironmentLock.take({
    projectRoot: ${JSON.stringify(root)}, environment: "uat", runId: "run-of-child",
    clock: { now: () => ${clock.now()} },
  });
  console.log("locked");
  setInterval(() => {}, 1000);
`;

test("a second one is refused at once and learns who holds it; after the release it is free", () => {
  const root = temporaryFolder();
  const lock = take(root);
  const error = refusal(() => take(root, "uat", "run-2"));
  expect(error.code).toBe("DMFP-LOCKED");
  expect(error.message).toBe(
    `Another run is loading into uat (run run-1, process ${process.pid}, since 2026-11-23T04:15:30.000Z).`,
  );
  lock.release();
  take(root, "uat", "run-3").release();
});

test("environments do not lock each other, nor do projects", () => {
  const root = temporaryFolder();
  const locks = [take(root, "uat"), take(root, "prod"), take(temporaryFolder(), "uat")];
  for (const lock of locks) lock.release();
  expect(locks).toHaveLength(3);
});

test("names that are no file names are environments too", () => {
  const root = temporaryFolder();
  const lock = take(root, "../../uat: test");
  expect(refusal(() => take(root, "../../uat: test")).code).toBe("DMFP-LOCKED");
  lock.release();
});

test("another process holds it; killed without a chance to tidy up, it leaves no lock", async () => {
  const root = temporaryFolder();
  const holder = child(holdingChild(root));
  await holder.said("locked");
  const error = refusal(() => take(root));
  expect(error.message).toContain(`run run-of-child, process ${String(holder.process.pid)}`);
  holder.process.kill("SIGKILL");
  await holder.ended;
  take(root).release();
});

test("a holder that has not written its name yet", () => {
  const root = temporaryFolder();
  const lock = take(root);
  writeFileSync(path.join(root, ".dmfpipe", "locks", "uat.json"), "{");
  expect(refusal(() => take(root)).message).toBe("Another run is loading into uat.");
  lock.release();
});

test.skipIf(process.getuid?.() === 0)("a folder that may not be written to is not called a lock", () => {
  const root = temporaryFolder();
  const locks = path.join(root, ".dmfpipe", "locks");
  mkdirSync(locks, { recursive: true });
  chmodSync(locks, 0o500);
  onTestFinished(() => {
    chmodSync(locks, 0o700);
  });
  expect(refusal(() => take(root)).code).toBe("DMFP-FILE-WRITE");
});

test("a lock file that is no lock file is not called a lock", () => {
  const root = temporaryFolder();
  const locks = path.join(root, ".dmfpipe", "locks");
  mkdirSync(locks, { recursive: true });
  writeFileSync(path.join(locks, "uat.db"), "this is no database, whatever its name may say. ".repeat(20));
  expect(refusal(() => take(root)).code).toBe("DMFP-RUN-FILE");
});
