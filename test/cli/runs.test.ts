import { readFileSync, writeFileSync } from "node:fs";
import { expect, onTestFinished, test } from "vitest";
import { abandon } from "../../src/cli/abandon.ts";
import { resume } from "../../src/cli/resume.ts";
import { runs, status } from "../../src/cli/runs.ts";
import { systemClock } from "../../src/errors/clock.ts";
import { Ledger } from "../../src/load/ledger/ledger.ts";
import { ledgerFile } from "../../src/load/run-folder.ts";
import { Heartbeat, heartbeatFile } from "../../src/load/telemetry/heartbeat.ts";
import { inProcess } from "../e2e/in-process.ts";
import { smallProject } from "../e2e/small-project.ts";

const run = "20261123-041530-7f3a";

/** A load into `uat` that this process makes; the project's default is another environment. */
function loading() {
  const { root, remove } = smallProject({
    environments: { sandbox: { kind: "sandbox" }, uat: { kind: "sandbox" } },
  });
  onTestFinished(remove);
  const ledger = Ledger.open(ledgerFile(root), systemClock);
  const about = { project: "small", environment: "uat", fingerprint: "", fingerprintParts: "{}" };
  ledger.startRun({ id: run, command: "load", ...about });
  ledger.close();
  const heartbeat = new Heartbeat({ projectRoot: root, environment: "uat", run, clock: systemClock });
  onTestFinished(() => {
    heartbeat.end({ status: "interrupted", exitCode: 8 });
  });
  return {
    root,
    kill: () => {
      const file = heartbeatFile(root, "uat");
      // The highest number a process of Linux can have is 2^22; nobody has this one.
      const content = readFileSync(file, "utf8");
      writeFileSync(file, content.replace(/"pid":\s*\d+/, `"pid": ${2 ** 22 + 1}`));
    },
  };
}

test("a load that was killed is told from one that goes on, with the command that goes on with it", async () => {
  const { root, kill } = loading();
  const listed = async (): Promise<string> =>
    (await inProcess(root, runs)).stdout.trim().split("\n").at(-1) ?? "";
  const shown = () => inProcess(root, (context) => status(context, undefined, {}));
  expect(await listed()).toMatch(/ running$/);
  expect((await shown()).stderr).toBe("");
  kill();
  expect(await listed()).toMatch(/ ended without a word$/);
  expect((await shown()).stderr).toBe(`Next: dmfpipe resume ${run} --env uat\n`);
});

test("who looks for a load in the wrong environment is told of the one that waits elsewhere", async () => {
  const { root, kill } = loading();
  kill();
  const resumed = await inProcess(root, (context) => resume(context, undefined, {}));
  expect(resumed).toMatchObject({ code: 9 });
  expect(resumed.stderr).toBe(
    `DMFP-NOTHING-TO-DO: No load waits to be resumed in sandbox. One into uat does: run ${run}.\nNext: If that is meant: dmfpipe resume ${run} --env uat\n`,
  );
  const given = await inProcess(root, (context) => abandon(context, undefined, {}));
  expect(given.stderr).toContain(`Next: If that is meant: dmfpipe abandon ${run} --env uat\n`);
});
