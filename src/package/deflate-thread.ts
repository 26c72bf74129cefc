import { Worker } from "node:worker_threads";
import { deflatePiece } from "./deflate-piece.js";

interface Job {
  /** Shared memory, as `into`. */
  readonly piece: Buffer;
  readonly into: Buffer;
  readonly done: (packedBytes: number) => void;
}

/** More than a piece takes; its memory is given back at once. */
const heapMegabytes = { maxYoungGenerationSizeMb: 1, maxOldGenerationSizeMb: 64 };

/**
 * A thread that deflates pieces one after the other. It keeps the process alive only while it has something to do.
 * Where it cannot be started, or dies, what it has to do is done by the thread that asks for it: slower, and the same.
 */
export class DeflateThread {
  readonly #worker: Worker;
  readonly #jobs: Job[] = [];
  #dead = false;

  /** `entry`: what the thread runs. */
  constructor(entry = new URL("./deflate-worker.js", import.meta.url)) {
    this.#worker = new Worker(entry, { execArgv: [], resourceLimits: heapMegabytes });
    this.#worker.unref();
    this.#worker.on("message", (packedBytes: number) => {
      this.#finish(packedBytes);
    });
    // An error is followed by the exit.
    this.#worker.on("error", () => undefined);
    this.#worker.once("exit", () => {
      this.#dead = true;
      for (const { piece, into, done } of this.#jobs.splice(0)) done(deflatePiece(piece, into));
    });
  }

  /** Pieces it has not finished. */
  get waiting(): number {
    return this.#jobs.length;
  }

  /** As deflatePiece; both buffers are of shared memory. */
  deflate(piece: Buffer, into: Buffer): Promise<number> | number {
    if (this.#dead) return deflatePiece(piece, into);
    return new Promise((done) => {
      if (this.#jobs.length === 0) this.#worker.ref();
      this.#jobs.push({ piece, into, done });
      this.#worker.postMessage({ piece, into });
    });
  }

  #finish(packedBytes: number): void {
    const job = this.#jobs.shift();
    if (this.#jobs.length === 0) this.#worker.unref();
    job?.done(packedBytes);
  }
}
