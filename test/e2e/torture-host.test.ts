import { spawn, spawnSync } from "node:child_process";
import { globSync, mkdirSync, renameSync, rmSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { dmfpipeUnderStrace, straceWorks } from "./strace.ts";
import { expectUndisturbed, goneOn, thorough, tortured, type Scene } from "./torture-scene.ts";

/** The machine fails under a load: the exit code says so, nothing is half published, and `resume` goes on. */
const { scene, undisturbed } = tortured();

const main = path.join(import.meta.dirname, "..", "..", "src", "cli", "dmfpipe.js");

/** Files that have their final name are whole: what is not finished ends in .partial. */
function expectNothingHalfPublished(root: string): void {
  for (const name of globSync(".dmfpipe/runs/*/**/*.zip", { cwd: root })) {
    const { status, stderr } = spawnSync("unzip", ["-tqq", name], { cwd: root, encoding: "utf8" });
    expect(status, `${name} ${stderr}`).toBe(0);
  }
}

describe.skipIf(!straceWorks)("fsync fails with EIO", () => {
  // Of the ledger's thread and of the one that writes the files: early and late in the load.
  const places = thorough ? Array.from({ length: 40 }, (_, index) => index + 1) : [4, 20];

  test.each(places)(
    "from the fsync number %i on: it is not tried again, and the run can be resumed",
    async (nth) => {
      const here = await scene();
      const injection = { calls: "fsync", nth, does: "EIO" } as const;
      const { variables } = here;
      const load = await dmfpipeUnderStrace(here.root, ["load"], { variables, injection });
      // SQLite reports a failed sync of its own as an error of input and output. Late failures of reports end like this, too.
      expect(load.code, load.stderr).toBe(5);
      expect(load.stderr).toContain("DMFP-FILE-WRITE");
      expectNothingHalfPublished(here.root);
      await expectUndisturbed(here, undisturbed());
    },
  );
});

/** Whether this user may mount a file system of their own. */
const mountsWork =
  process.platform === "linux" &&
  spawnSync("unshare", ["-rm", "sh", "-c", "mount -t tmpfs -o size=100k tmpfs /mnt"]).status === 0;

if (!mountsWork)
  process.stderr.write("Nothing can be mounted here: no disk is filled, none made read-only.\n");

/** Runs a shell script in which `.dmfpipe` may be mounted; `dmfpipe` is the command line. Returns the lines it wrote. */
async function inNamespace(here: Scene, script: string): Promise<string> {
  const command = `${process.execPath} --disable-warning=ExperimentalWarning ${main}`;
  const text = `dmfpipe() { ${command} "$@"; }\n${script}`;
  const child = spawn("unshare", ["-rm", "sh", "-c", text], {
    cwd: here.root,
    env: { PATH: process.env["PATH"], HOME: here.root, ...here.variables },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  await new Promise((resolve) => child.once("close", resolve));
  return output;
}

describe.skipIf(!mountsWork)("the disk", () => {
  const sizes = thorough ? Array.from({ length: 25 }, (_, index) => 20 + index * 20) : [60, 200];

  test.each(sizes)("is full at %i kB: the load stops, and goes on when there is room", async (kilobytes) => {
    const here = await scene();
    mkdirSync(path.join(here.root, ".dmfpipe"));
    const output = await inNamespace(
      here,
      `mount -t tmpfs -o size=${kilobytes}k tmpfs .dmfpipe
       dmfpipe load; echo "load ended with $?"
       mount -o remount,size=64m .dmfpipe
       cp -r .dmfpipe kept`,
    );
    rmSync(path.join(here.root, ".dmfpipe"), { recursive: true });
    renameSync(path.join(here.root, "kept"), path.join(here.root, ".dmfpipe"));
    const code = /load ended with (\d+)/.exec(output)?.[1];
    expect(["4", "5"], output).toContain(code);
    if (code === "5") expect(output).toContain("DMFP-FILE-WRITE");
    expectNothingHalfPublished(here.root);
    await expectUndisturbed(here, undisturbed());
  });

  test("is read-only: it is said before anything is sent", async () => {
    const here = await scene();
    mkdirSync(path.join(here.root, ".dmfpipe"));
    const output = await inNamespace(
      here,
      `mount --bind .dmfpipe .dmfpipe && mount -o remount,ro,bind .dmfpipe
       dmfpipe load; echo "load ended with $?"`,
    );
    expect(output).toContain("load ended with 5");
    expect(output).toContain("DMFP-FILE-WRITE");
    expect(here.imports()).toBe(0);
    await expectUndisturbed(here, undisturbed());
  });
});

describe.skipIf(process.platform !== "linux")("limits of the process", () => {
  async function limited(here: Scene, limit: string): Promise<string> {
    const command = `${process.execPath} --disable-warning=ExperimentalWarning ${main}`;
    const child = spawn("sh", ["-c", `ulimit ${limit}; ${command} load; echo "load ended with $?"`], {
      cwd: here.root,
      env: { PATH: process.env["PATH"], HOME: here.root, ...here.variables },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
    await new Promise((resolve) => child.once("close", resolve));
    return output;
  }

  const limits = thorough
    ? ["-f 4", "-f 40", "-f 120", "-n 24", "-n 27", "-n 30", "-n 36"]
    : ["-f 40", "-n 27"];

  test.each(limits)("ulimit %s: it stops, and goes on without", async (limit) => {
    const here = await scene();
    const output = await limited(here, limit);
    const code = /load ended with (\d+)/.exec(output)?.[1];
    expect(["4", "5"], output).toContain(code);
    if (code === "5") expect(output).toMatch(/DMFP-FILE-WRITE|DMFP-HOST-UNREACHABLE/);
    expectNothingHalfPublished(here.root);
    expect(await goneOn(here)).toBe(4);
    expect(await here.remains()).toEqual(undisturbed());
  });
});
