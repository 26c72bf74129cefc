import { writeFileSync } from "node:fs";
import path from "node:path";
import { asDmfpipeError } from "../errors/dmfpipe-error.ts";
import type { RunTimes } from "../load/ledger/run-times.ts";
import { WorkTimes } from "../load/telemetry/work-times.ts";
import type { CommandContext } from "./command-context.ts";
import { timingsText } from "./timings-text.ts";

export interface TimingOptions {
  /** A table of where the time went, at the end. */
  readonly timings?: true;
  /** File for what Node's profiler saw, as the user named it. */
  readonly cpuProfile?: string;
}

/** Looks at a run while it is made. */
export interface Timing {
  /** Tells what was seen; nothing without times, where no run came to be. What cannot be written is a warning. */
  end(times: RunTimes | undefined): Promise<void>;
}

/** Begins to look where the time of a run goes, if somebody wants to know; otherwise nothing is measured. */
export async function beginTiming(context: CommandContext, options: TimingOptions): Promise<Timing> {
  const { timings, cpuProfile } = options;
  if (timings === undefined && cpuProfile === undefined) return { end: () => Promise.resolve() };
  const { CpuSampling } = await import("../load/telemetry/cpu-sampling.ts");
  const work = new WorkTimes();
  let whole: unknown;
  const startedMs = context.clock.now();
  const processBefore = process.cpuUsage();
  const threadBefore = process.threadCpuUsage();
  const sampling = await CpuSampling.begin({
    inOne: cpuProfile !== undefined,
    take: (profile) => {
      work.add(profile);
      if (cpuProfile !== undefined) whole = profile;
    },
  });
  return {
    end: async (times) => {
      await sampling.end();
      if (times === undefined) return;
      const nowMs = context.clock.now();
      const all = process.cpuUsage(processBefore);
      const thread = process.threadCpuUsage(threadBefore);
      if (timings !== undefined) {
        const text = timingsText({
          passedMs: nowMs - startedMs,
          phases: times.phaseSeconds(nowMs),
          steps: times.stepSeconds(),
          work: work.ms,
          threadCpuMs: (thread.user + thread.system) / 1000,
          otherCpuMs: (all.user + all.system - thread.user - thread.system) / 1000,
        });
        context.tell(`\n${text}\n`);
      }
      if (cpuProfile !== undefined) writeProfile(context, cpuProfile, whole);
    },
  };
}

function writeProfile(context: CommandContext, file: string, profile: unknown): void {
  try {
    writeFileSync(path.resolve(context.workingFolder, file), JSON.stringify(profile));
    if (context.options.quiet !== true) {
      context.tell(
        `written: ${file} (a flame graph in the developer tools of a browser: Performance, Load profile)\n`,
      );
    }
  } catch (thrown) {
    context.tell(`warning: no CPU profile: ${asDmfpipeError(thrown).message}\n`);
  }
}
