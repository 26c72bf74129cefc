import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { loadMetrics, type EndedLoad } from "../../src/load/telemetry/load-metrics.ts";
import { metricsFile, writeMetricsFile } from "../../src/load/telemetry/metrics-file.ts";
import { metricsText } from "../../src/load/telemetry/metrics-text.ts";
import type { LoadCall } from "../../src/load/run-log.ts";
import { RunTimes } from "../../src/load/ledger/run-times.ts";
import { failureOf } from "../environment/failure.ts";
import { entityCounts, outcomeThatDidNotBegin, outcomeWithRejections } from "./load-outcomes.ts";
import { parsePrometheus, type ParsedSample } from "./prometheus-text.ts";
import { temporaryFolder } from "./temporary-folder.ts";

function load(day: number, exitCode: number | null, phase: EndedLoad["phase"] = "finished"): EndedLoad {
  return {
    phase,
    exitCode,
    finishedAt: exitCode === null ? null : `2026-11-${day}T02:10:00.000Z`,
    choices: {},
  };
}

function value(samples: readonly ParsedSample[], name: string, labels: Record<string, string> = {}): number {
  const found = samples.filter(
    (sample) =>
      sample.name === name &&
      Object.entries(labels).every(([label, wanted]) => sample.labels[label] === wanted),
  );
  if (found.length !== 1 || found[0] === undefined) throw new Error(`${found.length} samples of ${name}`);
  return found[0].value;
}

const call: LoadCall = {
  purpose: "Uploading a block",
  method: "PUT",
  host: "blobs:443",
  effect: "repeatable",
  durationMs: 500,
  status: 201,
  requestIds: {},
};

function times(startedMs: number): RunTimes {
  const made = new RunTimes(startedMs);
  const state = (name: string, atMs: number): void => {
    made.note(
      {
        kind: "package",
        package: "001",
        entity: "Vendors V2",
        legalEntity: "USMF",
        records: 10,
        sizeBytes: 1000,
        executionId: "e",
        state: name,
        text: "",
      },
      startedMs + atMs,
    );
  };
  made.note({ kind: "run", run: "r", phase: "reading", text: "" }, startedMs + 2_000);
  made.note(
    { kind: "reading", entity: "Vendors V2", records: 10, rejected: 0, bytes: 4711, finished: true },
    startedMs + 5_000,
  );
  made.noteCall({ ...call, package: "001" }, startedMs + 5_500);
  state("uploaded", 7_000);
  state("importing", 8_000);
  state("executing", 10_000);
  made.note({ kind: "retry", text: "" }, startedMs + 11_000);
  state("collecting", 20_000);
  state("done", 21_000);
  made.note({ kind: "run", run: "r", phase: "reporting", text: "" }, startedMs + 21_000);
  made.note({ kind: "run", run: "r", phase: "ended", text: "" }, startedMs + 22_000);
  return made;
}

test("the numbers of a load, by the conventions of Prometheus", () => {
  const outcome = outcomeWithRejections([entityCounts(), entityCounts({ legalEntity: "", balanced: false })]);
  // What went into staging only was no load, as far as anybody waits for one.
  const dry = { ...load(24, 0), choices: { stagingOnly: true as const } };
  const loads = [
    dry,
    load(23, 4),
    load(22, 8, "loading"),
    load(21, 0),
    load(20, 4),
    load(19, null, "building"),
  ];
  const samples = parsePrometheus(
    metricsText(loadMetrics({ outcome, times: times(outcome.startedMs), loads })),
  );
  const of = (name: string, labels?: Record<string, string>): number => value(samples, name, labels);
  expect(
    samples.every(({ labels }) => labels["project"] === "contoso" && labels["environment"] === "prod"),
  ).toBe(true);
  expect(of("dmfpipe_last_load_exit_code")).toBe(4);
  expect(of("dmfpipe_last_load_end_timestamp_seconds")).toBe(Date.parse("2026-11-23T02:10:30Z") / 1000);
  expect(of("dmfpipe_last_success_timestamp_seconds")).toBe(Date.parse("2026-11-21T02:10:00Z") / 1000);
  expect(of("dmfpipe_last_complete_timestamp_seconds")).toBe(Date.parse("2026-11-23T02:10:00Z") / 1000);
  expect(of("dmfpipe_loads_total", { exit_code: "4" })).toBe(2);
  // It may still end otherwise.
  expect(samples.some(({ labels }) => labels["exit_code"] === "8")).toBe(false);
  const vendors = { entity: "Vendors V2", legal_entity: "USMF" };
  expect(of("dmfpipe_last_load_records", { ...vendors, stage: "read" })).toBe(1200);
  expect(of("dmfpipe_last_load_records", { ...vendors, stage: "rejected_target" })).toBe(5);
  expect(of("dmfpipe_last_load_balanced", vendors)).toBe(1);
  expect(of("dmfpipe_last_load_balanced", { legal_entity: "none" })).toBe(0);
  expect(of("dmfpipe_last_load_rejections", { stage: "validation" })).toBe(3);
  expect(of("dmfpipe_last_load_rejection_reasons", { code: "DMFP-FNO-REFERENCE" })).toBe(5);
  expect(of("dmfpipe_last_load_package_bytes")).toBe(123_456);
  expect(of("dmfpipe_last_load_source_bytes")).toBe(4711);
  expect(of("dmfpipe_last_load_requests", { status: "201" })).toBe(1);
  expect(of("dmfpipe_last_load_retries")).toBe(1);
});

test("where the time went", () => {
  const made = times(0);
  expect(Object.fromEntries(made.phaseSeconds(30_000))).toEqual({
    starting: 2,
    reading: 3,
    loading: 16,
    reporting: 1,
  });
  expect(Object.fromEntries(made.stepSeconds())).toEqual({
    uploading: 2,
    waiting: 1,
    importing: 2,
    executing: 10,
    collecting: 1,
  });
});

test("a load that did not begin leaves its exit code, and no counts", () => {
  const outcome = outcomeThatDidNotBegin();
  const samples = parsePrometheus(metricsText(loadMetrics({ outcome, times: new RunTimes(0), loads: [] })));
  expect(value(samples, "dmfpipe_last_load_exit_code")).toBe(2);
  expect(samples.some(({ name }) => name === "dmfpipe_last_load_records")).toBe(false);
});

test("names are escaped, whatever is in them", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "grapheme" }),
      fc.string(),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0),
      (a, help, number) => {
        const series = [{ labels: { name: a }, value: number }];
        // Line ends of other kinds are letters to Prometheus.
        const text = metricsText([{ name: "m", help, type: "gauge", series }]);
        expect(parsePrometheus(text)).toEqual([{ name: "m", labels: { name: a }, value: number }]);
      },
    ),
  );
});

test("the file is replaced as a whole, for all to read, and nothing else is left", () => {
  const folder = temporaryFolder();
  const file = metricsFile(folder, "metrics-{environment}.prom", "prod");
  const metric = (count: number) =>
    [{ name: "m", help: "h", type: "gauge", series: [{ labels: {}, value: count }] }] as const;
  writeMetricsFile(file, metric(1));
  writeMetricsFile(file, metric(2));
  expect(readFileSync(file, "utf8")).toBe("# HELP m h\n# TYPE m gauge\nm 2\n");
  expect(statSync(file).mode & 0o777).toBe(0o644);
  expect(readdirSync(folder)).toEqual(["metrics-prod.prom"]);
});

test("a folder that is not there is named", async () => {
  const file = path.join(temporaryFolder(), "missing", "m.prom");
  const error = await failureOf(
    Promise.resolve().then(() => {
      writeMetricsFile(file, []);
    }),
  );
  expect(error).toMatchObject({ code: "DMFP-FILE-WRITE", at: { file } });
  expect(existsSync(path.dirname(file))).toBe(false);
});
