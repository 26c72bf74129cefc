import { EventEmitter } from "node:events";
import { expect, test } from "vitest";
import { stopSignals } from "../../src/cli/stop-signals.ts";

const listening = (source: EventEmitter): number =>
  source.listenerCount("SIGINT") + source.listenerCount("SIGTERM");

test.each(["SIGINT", "SIGTERM"])("the first %s asks to stop, the second one is left to Node", (signal) => {
  const source = new EventEmitter();
  const asked = stopSignals(source, { attached: false });
  expect(asked.aborted).toBe(false);
  source.emit(signal);
  expect(asked.aborted).toBe(true);
  expect(listening(source)).toBe(0);
});

test("a closed terminal asks to stop, however often it says so; Ctrl-C behind it ends at once", () => {
  const source = new EventEmitter();
  const asked = stopSignals(source, { attached: true });
  source.emit("SIGHUP");
  expect(asked.aborted).toBe(true);
  expect(listening(source)).toBe(0);
  source.emit("SIGHUP");
  expect(source.listenerCount("SIGHUP")).toBe(1);
});

test("without any terminal SIGHUP means nothing, and the other signals what they mean", () => {
  const source = new EventEmitter();
  const asked = stopSignals(source, { attached: false });
  source.emit("SIGHUP");
  expect(asked.aborted).toBe(false);
  source.emit("SIGTERM");
  expect(asked.aborted).toBe(true);
});
