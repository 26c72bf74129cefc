import { setTimeout as wait } from "node:timers/promises";
import { describe, expect, onTestFinished, test } from "vitest";
import { systemClock } from "../../src/errors/clock.ts";
import { DmfpipeError } from "../../src/errors/dmfpipe-error.ts";
import { interrupted } from "../../src/errors/interruption.ts";
import { RunStop, type RunStopOptions } from "../../src/load/sending/run-stop.ts";

function stopWith(options: Partial<RunStopOptions> = {}): RunStop {
  const stop = new RunStop({ signal: undefined, graceMs: 60_000, clock: systemClock, ...options });
  onTestFinished(() => {
    stop.close();
  });
  return stop;
}

const aborted = async (signal: AbortSignal): Promise<void> => {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    signal.addEventListener("abort", () => {
      resolve();
    });
  });
};

test("without anything worth the grace, soon is now", () => {
  const signal = new AbortController();
  const stop = stopWith({ signal: signal.signal });
  expect(stop.soon.aborted).toBe(false);
  signal.abort();
  expect([stop.soon.aborted, stop.now.aborted]).toEqual([true, true]);
  expect(stop.explain(interrupted()).code).toBe("DMFP-INTERRUPTED");
});

test("what is worth the grace is let end, and then it is now", async () => {
  const stop = stopWith();
  let end = (): void => undefined;
  const work = stop.finishing(
    () =>
      new Promise<string>((resolve) => {
        end = () => {
          resolve("answered");
        };
      }),
  );
  stop.request(interrupted());
  expect([stop.soon.aborted, stop.now.aborted]).toEqual([true, false]);
  end();
  expect(await work).toBe("answered");
  expect(stop.now.aborted).toBe(true);
});

test("the grace has an end", async () => {
  const stop = stopWith({ graceMs: 5 });
  const work = stop.finishing(() => aborted(stop.now));
  stop.request(interrupted());
  expect(stop.now.aborted).toBe(false);
  await work;
  expect(stop.now.aborted).toBe(true);
});

describe("a deadline", () => {
  test("is what a run ends with, also where something only says that it was interrupted", async () => {
    const stop = stopWith({ deadline: { at: Date.now() + 20, given: "--until 05:30" } });
    await aborted(stop.soon);
    const error = stop.explain(interrupted());
    expect(error).toMatchObject({ code: "DMFP-DEADLINE", entry: { exitCode: 8 } });
    expect(error.message).toContain("--until 05:30");
    const other = new DmfpipeError("DMFP-IN-DOUBT", "no answer");
    expect(stop.explain(other)).toBe(other);
  });

  test("that has passed stops at once; the first reason stays", () => {
    const stop = stopWith({ deadline: { at: 1, given: "limits.hours: 2" } });
    stop.request(interrupted());
    expect(stop.reason.code).toBe("DMFP-DEADLINE");
  });

  test("is one of the wall clock: who sets it back has more time", async () => {
    let now = 1000;
    const stop = stopWith({ clock: { now: () => now }, deadline: { at: 1020, given: "--until" } });
    now = 900;
    await wait(40);
    expect(stop.soon.aborted).toBe(false);
    now = 2000;
    await aborted(stop.soon);
  });
});
