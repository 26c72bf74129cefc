import type { Rejection } from "./rejection.ts";

/**
 * Somewhere rejections go, one by one. Awaiting `write` before the next record is what keeps memory bounded:
 * a run in which every record is rejected is an ordinary run.
 */
export interface RejectionSink {
  /** Resolves when the next rejection may come. */
  write(rejection: Rejection): Promise<void>;
  /** Completes the files and gives them their names. */
  close(): Promise<void>;
  /** Gives up and leaves no half-written file behind. Never throws. */
  abort(): Promise<void>;
}

/** One sink that hands every rejection to all of the given ones. */
export function teeSink(sinks: readonly RejectionSink[]): RejectionSink {
  return {
    async write(rejection) {
      await Promise.all(sinks.map((sink) => sink.write(rejection)));
    },
    async close() {
      for (const sink of sinks) await sink.close();
    },
    async abort() {
      await Promise.all(sinks.map((sink) => sink.abort()));
    },
  };
}
