import type { Clock } from "../errors/clock.ts";
import type { BlobStore } from "./blob-store.ts";

const dayMs = 24 * 60 * 60 * 1000;
const sweepEveryMs = 60 * 60 * 1000;

/** Keeps blobs for some days only. Source: Microsoft's documentation of the package API (seven days). */
export class BlobRetention {
  readonly #blobs: BlobStore;
  readonly #clock: Clock;
  readonly #keepMs: number;
  #lastSweepMs = -Infinity;

  constructor(blobs: BlobStore, clock: Clock, keepDays: number) {
    this.#blobs = blobs;
    this.#clock = clock;
    this.#keepMs = keepDays * dayMs;
  }

  /** Removes what is too old, at most once an hour: it is asked on every request that gives out an address. */
  async sweep(): Promise<void> {
    const nowMs = this.#clock.now();
    if (nowMs - this.#lastSweepMs < sweepEveryMs) return;
    this.#lastSweepMs = nowMs;
    await this.#blobs.removeOlderThan(nowMs - this.#keepMs);
  }
}
