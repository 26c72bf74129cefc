import { mkdirSync } from "node:fs";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { abandon } from "../../src/cli/abandon.ts";
import { runs } from "../../src/cli/runs.ts";
import { systemClock } from "../../src/errors/clock.ts";
import { Ledger } from "../../src/load/ledger/ledger.ts";
import { ledgerFile } from "../../src/load/run-folder.ts";
import { inProcess } from "../e2e/in-process.ts";
import { smallProject } from "../e2e/small-project.ts";

/** A project with a load that was killed when its packages were built, into an environment that is gone since. */
function scene(): string {
  const { root, remove } = smallProject();
  onTestFinished(remove);
  mkdirSync(path.join(root, ".dmfpipe"), { recursive: true });
  const ledger = Ledger.open(ledgerFile(root), systemClock);
  ledger.startRun({
    id: "20261123-041530-7f3a",
    command: "load",
    project: "small",
    environment: "gone",
    fingerprint: "",
    fingerprintParts: "{}",
  });
  const counts = { filtered: 0, rejectedHere: 0, controlTotals: {}, legalEntity: "USMF", position: 2 };
  ledger.finishBuild(
    "20261123-041530-7f3a",
    [
      {
        key: "002-vendors-v2-usmf-001",
        position: 1,
        legalEntity: "USMF",
        dataProject: "small-USMF-Vendors-V2",
        file: "packages/002-vendors-v2-usmf-001.zip",
        sha256: "00",
        sizeBytes: 1,
        executionId: "e",
        parts: [{ entity: "Vendors V2", dataFile: "Vendors V2.csv", records: 3 }],
      },
    ],
    [{ ...counts, entity: "Vendors V2", read: 3, packaged: 3 }],
  );
  ledger.close();
  return root;
}

test("without --confirm it says what it means, and how to go on; with it the load is over", async () => {
  const root = scene();
  const options = { env: "gone" };
  const asked = await inProcess(root, (context) => abandon(context, undefined, {}), { options });
  expect(asked.code).toBe(2);
  expect(asked.stderr).toContain(
    "Run 20261123-041530-7f3a into gone would be given up, and could not be resumed any more. In F&O by this run: nothing. Not sent: 1 package with 3 records.",
  );
  expect(asked.stderr.trim().split("\n").at(-1)).toBe("Next: dmfpipe abandon 20261123-041530-7f3a --confirm");
  // The environment is not in project.yaml any more, and nobody has to be asked.
  const done = await inProcess(root, (context) =>
    abandon(context, "20261123-041530-7f3a", { confirm: true }),
  );
  expect(done.code, done.stderr).toBe(0);
  expect(done.stdout).toContain("Run 20261123-041530-7f3a: given up.");
  expect(done.stdout).toContain("002-vendors-v2-usmf-001: Not sent: the load was given up.");
  expect((await inProcess(root, runs)).stdout).toMatch(/ abandoned +8$/m);
  const again = await inProcess(root, (context) =>
    abandon(context, "20261123-041530-7f3a", { confirm: true }),
  );
  expect(again.code).toBe(9);
});

test("--json has the summary; --quiet nothing but that", async () => {
  const options = { json: true, quiet: true } as const;
  const flags = { confirm: true } as const;
  const done = await inProcess(scene(), (context) => abandon(context, "20261123-041530-7f3a", flags), {
    options,
  });
  expect(done).toMatchObject({ code: 0, stderr: "" });
  expect(JSON.parse(done.stdout)).toMatchObject({
    status: "abandoned",
    balanced: true,
    entities: [{ packaged: 3, unprocessed: 3 }],
  });
});
