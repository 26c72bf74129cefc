import type { Work } from "../load/telemetry/work-times.ts";
import type { RunPhase } from "../load/run-log.ts";
import { textTable, type TextColumn } from "./text-table.ts";

export interface RunTimings {
  /** From beginning to end. */
  readonly passedMs: number;
  /** Seconds by phase, one after the other. */
  readonly phases: ReadonlyMap<RunPhase, number>;
  /** Seconds by what packages are busy with, summed over packages. */
  readonly steps: ReadonlyMap<string, number>;
  /** Milliseconds by what the main thread is found doing. */
  readonly work: ReadonlyMap<Work, number>;
  /** Processor time of the main thread, and of all others together. */
  readonly threadCpuMs: number;
  readonly otherCpuMs: number;
}

/** What would be shown as no time at all is left out. */
const leastMs = 5;
const phaseNames: readonly (readonly [RunPhase, string])[] = [
  ["starting", "starting"],
  ["reading", "reading and building packages"],
  ["loading", "sending packages, waiting for F&O"],
  ["reporting", "reporting"],
];
const stepNames: readonly (readonly [string, string])[] = [
  ["uploading", "uploading"],
  ["waiting", "waiting for their turn"],
  ["importing", "starting the import"],
  ["executing", "F&O imports"],
  ["collecting", "collecting rejections"],
  ["in_doubt", "in doubt"],
];
const workNames: readonly (readonly [Work, string])[] = [
  ["reading", "reading sources"],
  ["mapping", "mapping, checking"],
  ["packing", "writing data files, packing"],
  ["sending", "talking to the environment"],
  ["rejections", "rejections, reports"],
  ["sandbox", "being the sandbox"],
  ["other", "everything else, and Node itself"],
  ["memory", "clearing memory"],
  ["waiting", "waiting for disk, compression, network"],
];
const columns = (title: string, time: string): readonly TextColumn[] => [
  { title, align: "left" },
  { title: time, align: "right" },
  { title: "Share", align: "right" },
];

/** Where the time of a run went: one after the other, side by side, and what the program itself was busy with. */
export function timingsText(timings: RunTimings): string {
  const { passedMs, phases, steps, work, threadCpuMs, otherCpuMs } = timings;
  const share = (ms: number): string => `${Math.round((ms / Math.max(1, passedMs)) * 100)} %`;
  const rows = <Key>(names: readonly (readonly [Key, string])[], msOf: (key: Key) => number): string[][] =>
    names.flatMap(([key, name]) => {
      const ms = msOf(key);
      return ms < leastMs ? [] : [[name, formatSeconds(ms), share(ms)]];
    });
  const packages = rows(stepNames, (step) => (steps.get(step) ?? 0) * 1000);
  return [
    `Where the time went (${formatSeconds(passedMs)})`,
    textTable(
      columns("One after the other", "Time"),
      rows(phaseNames, (phase) => (phases.get(phase) ?? 0) * 1000),
    ),
    ...(packages.length === 0
      ? []
      : [textTable(columns("Packages, side by side (sum of all)", "Time"), packages)]),
    textTable(
      columns("What the main thread was busy with", "Time"),
      rows(workNames, (kind) => work.get(kind) ?? 0),
    ),
    textTable(columns("Processors", "Time"), [
      ["main thread", formatSeconds(threadCpuMs), share(threadCpuMs)],
      ["other threads: compression, files, memory", formatSeconds(otherCpuMs), share(otherCpuMs)],
    ]),
  ].join("\n\n");
}

function formatSeconds(ms: number): string {
  return `${(ms / 1000).toFixed(ms < 9950 ? 2 : 1)} s`;
}
