import { execFileSync, spawn, spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { ExitCode } from "../../src/errors/exit-code.ts";
import { loadMetrics } from "../../src/load/telemetry/load-metrics.ts";
import { metricsText } from "../../src/load/telemetry/metrics-text.ts";
import { RunTimes } from "../../src/load/ledger/run-times.ts";
import { cleanVendors, smallProject } from "../e2e/small-project.ts";
import { outcomeWithRejections } from "../load/load-outcomes.ts";
import { parsePrometheus } from "../load/prometheus-text.ts";
import { temporaryFolder } from "../load/temporary-folder.ts";

const root = path.join(import.meta.dirname, "..", "..");
const page = readFileSync(path.join(root, "docs", "operations.md"), "utf8");

function example(name: string): string {
  return readFileSync(path.join(root, "docs", "operations", name), "utf8");
}

/** Names of all metrics there are. */
function metricNames(): ReadonlySet<string> {
  const outcome = outcomeWithRejections();
  const times = new RunTimes(0);
  times.noteCall(
    {
      purpose: "",
      method: "GET",
      host: "h",
      effect: "repeatable",
      durationMs: 1,
      status: 200,
      requestIds: {},
      package: "001",
    },
    2,
  );
  const pack = {
    package: "001",
    entity: "",
    legalEntity: "",
    records: 1,
    sizeBytes: 1,
    executionId: "",
    text: "",
  };
  times.note({ kind: "package", ...pack, state: "uploaded" }, 3);
  const loads = [
    { exitCode: 0, phase: "finished", finishedAt: "2026-11-23T02:10:00.000Z", choices: {} },
  ] as const;
  const samples = parsePrometheus(metricsText(loadMetrics({ outcome, times, loads })));
  return new Set(samples.map(({ name }) => name));
}

test("every exit code has its line in the table, and nothing else has", () => {
  const rows = [...page.matchAll(/^\| (\d+) +\|/gm)].map((match) => Number(match[1]));
  expect(rows).toEqual(Object.values(ExitCode));
});

test("every metric is explained, and no other is named", () => {
  const names = metricNames();
  const named = [...page.matchAll(/`(dmfpipe_[a-z_]+)/g)].map((match) => match[1] ?? "");
  expect(named.filter((name) => !names.has(name))).toEqual([]);
  // The table shortens a second name of a row to its end.
  const ends = [...page.matchAll(/`…_([a-z_]+)/g)].map((match) => match[1] ?? "");
  const missing = [...names].filter(
    (name) => !named.includes(name) && !ends.some((end) => name === `dmfpipe_last_load_${end}`),
  );
  expect(missing).toEqual([]);
});

test("the alerts look at metrics that exist", () => {
  const names = metricNames();
  const { groups } = parse(example("alerts.yaml")) as {
    groups: { rules: { alert: string; expr: string }[] }[];
  };
  const rules = groups.flatMap((group) => group.rules);
  expect(rules.length).toBeGreaterThan(3);
  for (const { alert, expr } of rules) {
    const used = expr.match(/dmfpipe_[a-z_]+/g) ?? [];
    expect(used.length, alert).toBeGreaterThan(0);
    for (const name of used) expect(names, alert).toContain(name);
  }
});

test("every example is linked from the page, and every link leads somewhere", () => {
  const linked = [...page.matchAll(/\]\(operations\/([^)#]+)\)/g)].map((match) => match[1]);
  expect(new Set(linked)).toEqual(new Set(readdirSync(path.join(root, "docs", "operations"))));
  const headings = [...page.matchAll(/^#+ (.+)$/gm)].map((match) =>
    (match[1] ?? "").toLowerCase().replaceAll(",", "").replaceAll(" ", "-"),
  );
  for (const [, anchor] of page.matchAll(/\]\(#([^)]+)\)/g)) expect(headings).toContain(anchor);
});

test("the CronJob is well-formed, never runs twice, and keeps its state on a volume", () => {
  const documents = parseAllDocuments(example("cronjob.yaml"));
  expect(documents.flatMap((document) => document.errors)).toEqual([]);
  const [job, claim] = documents.map((document) => document.toJS() as Record<string, unknown>);
  expect(job).toMatchObject({
    kind: "CronJob",
    spec: {
      concurrencyPolicy: "Forbid",
      jobTemplate: {
        spec: {
          backoffLimit: 0,
          template: { spec: { restartPolicy: "Never", terminationGracePeriodSeconds: 90 } },
        },
      },
    },
  });
  expect(JSON.stringify(job)).toContain('"mountPath":"/srv/contoso/.dmfpipe"');
  expect(claim).toMatchObject({ kind: "PersistentVolumeClaim", spec: { accessModes: ["ReadWriteOnce"] } });
});

const systemd = spawnSync("systemd-analyze", ["--version"]).status === 0;

test.skipIf(!systemd)("systemd takes the service and the timer", () => {
  const folder = temporaryFolder();
  const service = example("dmfpipe.service")
    .replaceAll("/opt/dmfpipe/node_modules/.bin/node", process.execPath)
    .replace("User=dmfpipe", `User=${os.userInfo().username}`)
    .replace(/^Documentation=.*$/m, "");
  writeFileSync(path.join(folder, "dmfpipe.service"), service);
  writeFileSync(path.join(folder, "dmfpipe.timer"), example("dmfpipe.timer"));
  const files = ["dmfpipe.service", "dmfpipe.timer"].map((name) => path.join(folder, name));
  const verified = spawnSync("systemd-analyze", ["verify", "--man=no", ...files], { encoding: "utf8" });
  // What it has to say about the units of this machine is not about ours.
  expect(verified.stderr.split("\n").filter((line) => line.includes("dmfpipe"))).toEqual([]);
});

test("the line of the crontab loads a project, silently", () => {
  const project = smallProject({ vendors: cleanVendors });
  onTestFinished(project.remove);
  project.write("prod.env", "FNO_CLIENT_SECRET=secret\n");
  const lines = example("crontab")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"));
  const here = (text: string): string =>
    text
      .replaceAll("/opt/dmfpipe", root)
      .replaceAll("/srv/contoso", project.root)
      .replaceAll("--env prod", "--env sandbox");
  const variables = Object.fromEntries(
    lines.filter((line) => /^[A-Z]+=/.test(line)).map((line) => here(line).split(/=(.*)/s).slice(0, 2)),
  ) as Record<string, string>;
  const command = lines
    .map((line) => /^15 2 \* \* \* +(.+)$/.exec(line)?.[1])
    .find((found) => found !== undefined);
  expect(command).toContain(" load ");
  // cron takes everything after a percent sign for input.
  expect(lines.filter((line) => line.includes("%"))).toEqual([]);
  const env = { HOME: project.root, LOGNAME: "erp", SHELL: "/bin/sh", ...variables };
  const output = execFileSync("/bin/sh", ["-c", here(command ?? "")], { env, cwd: "/", encoding: "utf8" });
  expect(output).toBe("");
  expect(readdirSync(path.join(project.root, ".dmfpipe", "runs"))).toHaveLength(1);
});

/** The script beside a dmfpipe that ends as it is told, and writes down how it was called. */
function nightly(body: string): { folder: string; script: string; calls: () => string[] } {
  const folder = temporaryFolder();
  const script = path.join(folder, "docs", "operations", "nightly");
  const main = path.join(folder, "src", "cli", "dmfpipe.js");
  for (const file of [script, main]) mkdirSync(path.dirname(file), { recursive: true });
  copyFileSync(path.join(root, "docs", "operations", "nightly"), script);
  chmodSync(script, 0o755);
  const log = path.join(folder, "calls");
  writeFileSync(log, "");
  writeFileSync(
    main,
    `import { appendFileSync } from "node:fs";\nappendFileSync(${JSON.stringify(log)}, process.argv.slice(2).join(" ") + "\\n");\nconst command = process.argv[2];\n${body}\n`,
  );
  return {
    folder,
    script,
    calls: () => readFileSync(log, "utf8").trim().split("\n"),
  };
}

const env = { PATH: `${path.dirname(process.execPath)}:/usr/bin:/bin`, NIGHTLY_PAUSES: "0 0 0" };

test.each([
  [`process.exitCode = 0;`, 0, ["load --env prod"]],
  [`process.exitCode = 4;`, 4, ["load --env prod"]],
  [`process.exitCode = command === "load" ? 5 : 4;`, 4, ["load --env prod", "resume --env prod"]],
  [`process.exitCode = 5;`, 5, ["load --env prod", ...Array.from({ length: 3 }, () => "resume --env prod")]],
])("the nightly script: %s", (body, code, calls) => {
  const scene = nightly(body);
  expect(spawnSync(scene.script, ["--env", "prod"], { env }).status).toBe(code);
  expect(scene.calls()).toEqual(calls);
});

test("the nightly script passes SIGTERM on, and ends with what the load ends with", async () => {
  const scene = nightly(`
    const hold = setInterval(() => undefined, 1000);
    process.once("SIGTERM", () => { clearInterval(hold); process.exitCode = 8; });
    console.log("ready");`);
  const child = spawn(scene.script, [], { env, stdio: ["ignore", "pipe", "inherit"] });
  const code = new Promise((resolve) => child.once("close", resolve));
  await new Promise((resolve) => child.stdout.once("data", resolve));
  child.kill("SIGTERM");
  expect(await code).toBe(8);
  expect(scene.calls()).toEqual(["load"]);
});
