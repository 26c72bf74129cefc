import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { dmfpipe, latestRun, main, start, summaryOf } from "./command-line.ts";
import { smallProject, startEnvironment } from "./small-project.ts";

/** `script` of util-linux gives a process a terminal; ending it closes that terminal. */
const hasScript = spawnSync("script", ["--version"]).status === 0 && process.platform === "linux";

async function scene() {
  const { environments, variables, stop } = await startEnvironment({ targetDelayMs: 1_500 });
  onTestFinished(stop);
  const { root, remove } = smallProject({ environments });
  onTestFinished(remove);
  return { root, variables };
}

test("SIGHUP to a load that has no terminal changes nothing: so it is under nohup, cron and systemd", async () => {
  const { root, variables } = await scene();
  const load = start(root, ["load"], { variables });
  await load.said("executing");
  load.process.kill("SIGHUP");
  const result = await load.finished;
  expect(result.code, result.stderr).toBe(4);
  expect(result.stderr).not.toContain("interrupted");
});

test.skipIf(!hasScript)(
  "a terminal that is closed stops the load like SIGTERM, and resume goes on",
  async () => {
    const { root, variables } = await scene();
    const command = `"${process.execPath}" --disable-warning=ExperimentalWarning "${main}" load`;
    const terminal = spawn("script", ["-qfec", command, "/dev/null"], {
      cwd: root,
      env: { PATH: process.env["PATH"], HOME: root, SHELL: "/bin/sh", ...variables },
      stdio: ["ignore", "pipe", "ignore"],
    });
    let shown = "";
    terminal.stdout.setEncoding("utf8").on("data", (text: string) => {
      shown += text;
    });
    const patience = { timeout: 60_000, interval: 50 };
    await vi.waitUntil(() => shown.includes("executing"), patience);
    terminal.kill("SIGKILL");
    await vi.waitUntil(() => existsSync(path.join(latestRun(root), "summary.json")), patience);
    expect(summaryOf(latestRun(root))).toMatchObject({ status: "interrupted", exitCode: 8, balanced: true });
    const resumed = await dmfpipe(root, ["resume"], { variables });
    expect(resumed.code, resumed.stderr).toBe(4);
  },
);
