import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { parse, stringify } from "yaml";
import { systemClock } from "../../src/errors/clock.ts";
import { readHeartbeat } from "../../src/load/telemetry/heartbeat.ts";
import { EnvironmentLock } from "../../src/load/sending/environment-lock.ts";
import { parsePrometheus } from "../load/prometheus-text.ts";
import { webhook } from "../load/webhook.ts";
import { check } from "../../src/cli/check.ts";
import { load } from "../../src/cli/load.ts";
import { purge, type PurgeCommandOptions } from "../../src/cli/purge.ts";
import { rejections } from "../../src/cli/rejections.ts";
import { runs } from "../../src/cli/runs.ts";
import { dmfpipe, latestRun, start, summaryOf } from "./command-line.ts";
import { inProcess } from "./in-process.ts";
import { cleanVendors, smallProject, startEnvironment, type SmallProject } from "./small-project.ts";

const main = path.join(import.meta.dirname, "..", "..", "src", "cli", "dmfpipe.js");

function projectWith(settings: Readonly<Record<string, unknown>>, vendors?: string): SmallProject {
  const project = smallProject(vendors === undefined ? {} : { vendors });
  onTestFinished(project.remove);
  add(project, settings);
  return project;
}

/** Adds settings to project.yaml. */
function add(project: SmallProject, settings: Readonly<Record<string, unknown>>): void {
  const file = path.join(project.root, "mappings", "project.yaml");
  const before = parse(readFileSync(file, "utf8")) as Record<string, unknown>;
  writeFileSync(file, stringify({ ...before, ...settings }));
}

function notifying(on: readonly string[]): Readonly<Record<string, unknown>> {
  return { notify: { url: "${HOOK}", on, format: "json" }, metrics: { file: "metrics-{environment}.prom" } };
}

/** Runs the command line in a shell, with exactly the environment that is given. */
async function inShell(
  root: string,
  command: string,
  variables: Readonly<Record<string, string>>,
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn("/bin/sh", ["-c", command], {
    cwd: root,
    env: { ...variables },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, stdout, stderr };
}

const node = `'${process.execPath}' --disable-warning=ExperimentalWarning '${main}'`;

test("as cron starts it: no terminal, LANG=C, next to nothing in the environment; silence means success", async () => {
  const { root } = projectWith({}, cleanVendors);
  const cron = { PATH: "/usr/bin:/bin", HOME: root, SHELL: "/bin/sh", LOGNAME: "erp", LANG: "C" };
  const quiet = await inShell(root, `${node} load --quiet`, cron);
  expect(quiet).toEqual({ code: 0, stdout: "", stderr: "" });
  expect(summaryOf(latestRun(root)).balanced).toBe(true);
  expect(readHeartbeat(root, "sandbox")).toMatchObject({
    phase: "ended",
    outcome: { status: "succeeded", exitCode: 0 },
  });
});

test("with an empty environment, from another folder, in an odd time zone", async () => {
  const { root } = projectWith({});
  const file = path.join(root, "mappings", "project.yaml");
  const result = await inShell("/", `env -i TZ=Pacific/Chatham ${node} load --project '${file}'`, {});
  expect(result.code, result.stderr).toBe(4);
  expect(result.stderr.trim().split("\n").at(-1)).toMatch(
    /^Next: dmfpipe resubmit --from \S+\/rejections\/\*\.rejected\.csv$/,
  );
  expect(summaryOf(latestRun(root)).startedAt).toMatch(/Z$/);
});

test.each([
  ["closed output", `${node} load >&- 2>&-; echo "exit $?"`],
  ["a reader that goes away", `{ ${node} load 2>&1; echo "exit $?" > exit; } | true; cat exit`],
])("%s does not change how a load ends", async (_name, command) => {
  const { root } = projectWith({});
  const result = await inShell(root, command, { PATH: "/usr/bin:/bin" });
  expect(result.stdout).toBe("exit 4\n");
  expect(summaryOf(latestRun(root))).toMatchObject({ exitCode: 4, balanced: true });
});

test("how a load ended is told to the webhook and to Prometheus", async () => {
  const hook = await webhook(503, 200);
  const { root } = projectWith(notifying(["rejections"]));
  const result = await dmfpipe(root, ["load"], { variables: { HOOK: hook.url } });
  expect(result.code, result.stderr).toBe(4);
  const { run } = summaryOf(latestRun(root));
  expect(hook.bodies).toHaveLength(2);
  expect(hook.bodies.at(-1)).toMatchObject({
    title: "small into sandbox: finished, 1 record rejected",
    run,
    totals: { read: 5, created: 4, rejected: 1 },
    report: path.join(latestRun(root), "report.html"),
    next: `dmfpipe resubmit --from .dmfpipe/runs/${run}/rejections/*.rejected.csv`,
  });
  expect(JSON.stringify(hook.bodies)).not.toMatch(/NET99|Nobody knows/);
  const samples = parsePrometheus(readFileSync(path.join(root, "metrics-sandbox.prom"), "utf8"));
  const created = samples.filter(
    ({ name, labels }) => name === "dmfpipe_last_load_records" && labels["stage"] === "created",
  );
  expect(created.map(({ value }) => value)).toEqual([2, 2]);
});

test("a load that finds the lock held tells it, and leaves the other's heartbeat alone", async () => {
  const hook = await webhook(200);
  const { root } = projectWith(notifying(["failed"]));
  const lock = EnvironmentLock.take({
    projectRoot: root,
    environment: "sandbox",
    runId: "other",
    clock: systemClock,
  });
  onTestFinished(() => {
    lock.release();
  });
  mkdirSync(path.join(root, ".dmfpipe", "heartbeat"), { recursive: true });
  writeFileSync(path.join(root, ".dmfpipe", "heartbeat", "sandbox.json"), "of the other");
  const variables = { HOOK: hook.url };
  const result = await inProcess(root, (context) => load(context, { metrics: "other.prom" }), { variables });
  expect(result.code, result.stderr).toBe(10);
  expect(result.stderr).toContain(`run other, process ${process.pid}`);
  expect(hook.bodies).toMatchObject([
    { status: "did not begin", exitCode: 10, error: { code: "DMFP-LOCKED" } },
  ]);
  expect(readFileSync(path.join(root, "other.prom"), "utf8")).toMatch(
    /^dmfpipe_last_load_exit_code\{.*\} 10$/m,
  );
  expect(existsSync(path.join(root, "metrics-sandbox.prom"))).toBe(false);
  expect(readFileSync(path.join(root, ".dmfpipe", "heartbeat", "sandbox.json"), "utf8")).toBe("of the other");
});

test("a mistake in the configuration is told, even one in project.yaml", async () => {
  const hook = await webhook(200);
  const project = projectWith(notifying(["failed"]));
  project.write("mappings/vendors.yaml", "entity: Vendors V2\n");
  const variables = { HOOK: hook.url };
  const mapping = await inProcess(project.root, (context) => load(context, {}), { variables });
  expect(mapping.code).toBe(2);
  add(project, { limits: { recordBytes: "many" } });
  const settings = await inProcess(project.root, (context) => load(context, {}), { variables });
  expect(settings.code).toBe(2);
  expect(hook.bodies).toMatchObject([
    { project: "small", exitCode: 2, error: { code: "DMFP-MAPPING-INVALID" } },
    { project: "small", exitCode: 2, error: { code: "DMFP-PROJECT-INVALID" } },
  ]);
});

test("wrong credentials are told; a check tells nobody", async () => {
  const hook = await webhook(200);
  const { environments, stop } = await startEnvironment();
  onTestFinished(stop);
  const project = smallProject({ environments });
  onTestFinished(project.remove);
  add(project, notifying(["always"]));
  const variables = { HOOK: hook.url, FNO_SECRET: "wrong" };
  expect((await inProcess(project.root, (context) => check(context, {}), { variables })).code).toBe(0);
  expect(hook.bodies).toEqual([]);
  const result = await dmfpipe(project.root, ["load"], { variables });
  expect(result.code, result.stderr).toBe(6);
  expect(hook.bodies).toMatchObject([{ environment: "uat", exitCode: 6 }]);
  expect(readHeartbeat(project.root, "uat")).toMatchObject({ phase: "ended", outcome: { exitCode: 6 } });
});

test("nobody to tell is a warning, on standard error, also when all else is quiet", async () => {
  const hook = await webhook(404);
  const { root } = projectWith(notifying(["always"]), cleanVendors);
  const result = await dmfpipe(root, ["load", "--quiet"], { variables: { HOOK: hook.url } });
  expect(result).toMatchObject({
    code: 0,
    stdout: "",
    stderr: "warning: nobody was notified: the receiver answered HTTP 404\n",
  });
});

test("the log as JSON lines: the run's own, the result, and nothing else", async () => {
  const { root } = projectWith({});
  const result = await dmfpipe(root, ["load"], { variables: { DMFPIPE_LOG: "json" } });
  expect(result.code, result.stderr).toBe(4);
  expect(result.stdout).toBe("");
  const lines = result.stderr.trim().split("\n");
  const entries = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  const { run } = summaryOf(latestRun(root));
  const file = readFileSync(path.join(latestRun(root), "log.ndjson"), "utf8")
    .trim()
    .split("\n");
  const kindsInFile = file.map((line) => (JSON.parse(line) as Record<string, unknown>)["kind"]);
  expect(entries.map(({ kind }) => kind)).toEqual([...kindsInFile, "result"]);
  expect(entries.every((entry) => entry["run"] === run && typeof entry["time"] === "string")).toBe(true);
  expect(entries.at(-1)).toMatchObject({ status: "finished with rejections", exitCode: 4, balanced: true });
  const imports = entries.filter(({ purpose }) => purpose === "Starting the import");
  expect(imports.map((entry) => entry["package"])).toEqual([
    "001-vendor-groups-usmf-001",
    "002-vendors-v2-usmf-001",
  ]);
  for (const { requestIds } of imports) {
    expect(requestIds).toMatchObject({ "ms-dyn-aid": expect.stringMatching(/^[0-9a-f-]{36}$/) as string });
  }
  const wrong = await dmfpipe(root, ["load", "--env", "nowhere", "--log-json"]);
  expect(JSON.parse(wrong.stderr)).toMatchObject({
    kind: "error",
    code: "DMFP-ENVIRONMENT-UNKNOWN",
    exitCode: 2,
  });
});

test("a load that succeeds removes what is too old; rejections of such a run are said to be gone", async () => {
  const { root } = projectWith({ keep: { days: 0.00001 } });
  expect((await inProcess(root, (context) => check(context, {}))).code).toBe(0);
  const first = latestRun(root);
  const result = await dmfpipe(root, ["load"]);
  expect(result.code, result.stderr).toBe(4);
  expect(result.stderr).toContain(`old runs removed: ${path.basename(first)}`);
  expect(existsSync(first)).toBe(false);
  expect(existsSync(latestRun(root))).toBe(true);
  const gone = await inProcess(root, (context) => rejections(context, path.basename(first), {}));
  expect(gone).toMatchObject({ code: 9, stdout: "" });
  expect(gone.stderr).toMatch(/^DMFP-RUN-PURGED: The rejections of run .* were removed on \d{4}-\d\d-\d\d\./);
  expect((await inProcess(root, runs)).stdout).toMatch(new RegExp(`${path.basename(first)} .*purged`));
});

test("purge needs an age from somewhere, and prints what it does", async () => {
  const { root } = projectWith({});
  const purged = (flags: PurgeCommandOptions, json?: true) =>
    inProcess(root, (context) => purge(context, flags), { options: json === undefined ? {} : { json } });
  const none = await purged({});
  expect(none).toMatchObject({ code: 2 });
  expect(none.stderr.trim().split("\n").at(-1)).toMatch(/^Next: Give an age, dmfpipe purge --older-than 90d/);
  expect((await purged({ olderThan: "soon" })).code).toBe(2);
  expect((await purged({ olderThan: "1d" })).stdout).toBe("Nothing is old enough to be removed.\n");
  expect(existsSync(path.join(root, ".dmfpipe"))).toBe(false);
  for (let times = 0; times < 2; times++) await inProcess(root, (context) => check(context, {}));
  const dry = await dmfpipe(root, ["purge", "--older-than", "0h", "--dry-run"]);
  expect(dry.stdout).toMatch(/^1 run would be removed, \d+ kB\n {2}\d{8}-/);
  const json = await purged({ olderThan: "0h" }, true);
  expect(JSON.parse(json.stdout)).toMatchObject({
    dryRun: false,
    runs: [{ sizeBytes: expect.any(Number) as number }],
  });
});

test("status says that a load is alive, and that a killed one is gone", async () => {
  const faults = [{ on: "GetAzureWriteUrl", times: 10_000, delayMs: 60_000 }] as const;
  const { environments, variables, stop } = await startEnvironment({ faults: [...faults] });
  onTestFinished(stop);
  const project = smallProject({ environments });
  onTestFinished(project.remove);
  const started = start(project.root, ["load"], { variables });
  await started.said("Vendors V2: 3 records read");
  const alive = await dmfpipe(project.root, ["status"], { variables });
  expect(alive.stdout).toMatch(
    new RegExp(`^process ${String(started.process.pid)} on \\S+ is (reading|loading)`, "m"),
  );
  expect(alive.stderr).toBe("");
  started.process.kill("SIGKILL");
  await started.finished;
  const gone = await dmfpipe(project.root, ["status"], { variables });
  expect(gone.stdout).toMatch(/^process \d+ on \S+ is gone without a word/m);
  expect(gone.stderr).toMatch(/^Next: dmfpipe resume /);
});
