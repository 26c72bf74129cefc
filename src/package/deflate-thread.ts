import { Worker } from "node:worker_threads";
import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import { deflatePiece } from "./deflate-piece.js";

interface Job {
  readonly room: Buffer;
  readonly sizeBytes: number;
  readonly done: (packedBytes: number) => void;
  readonly failed: (error: DmfpipeError) => void;
}

/** More than a piece takes; its memory is given back at once. */
const heapMegabytes = { maxYoungGenerationSizeMb: 1, maxOldGenerationSizeMb: 64 };

/**
 * A thread that deflates pieces one after the other. It keeps the process alive only while it has something to do.
 * Where it cannot be started, the thread that asks does its work: slower, and the same. Should it die, the piece it had
 * in hand is lost, for nobody knows whether it was packed already; the others are done by the thread that asks.
 */
export class DeflateThread {
  readonly #worker: Worker;
  readonly #jobs: Job[] = [];
  #started = false;
  #dead = false;

  /** `entry`: what the thread runs. */
  constructor(entry = new URL("./deflate-worker.js", import.meta.url)) {
    this.#worker = new Worker(entry, { execArgv: [], resourceLimits: heapMegabytes });
    this.#worker.unref();
    this.#worker.on("message", (answer: number | "ready") => {
      if (answer === "ready") this.#started = true;
      else this.#finish(answer);
    });
    let why: unknown;
    // An error is followed by the exit.
    this.#worker.on("error", (error) => {
      why = error;
    });
    this.#worker.once("exit", () => {
      this.#end(why);
    });
  }

  /** Pieces it has not finished. */
  get waiting(): number {
    return this.#jobs.length;
  }

  /** As deflatePiece; `room` is shared memory. Rejects with DMFP-FILE-WRITE where the thread died over the piece. */
  deflate(room: Buffer, sizeBytes: number): Promise<number> | number {
    if (this.#dead) return deflatePiece(room, sizeBytes);
    return new Promise((done, failed) => {
      if (this.#jobs.length === 0) this.#worker.ref();
      this.#jobs.push({ room, sizeBytes, done, failed });
      this.#worker.postMessage({ room, sizeBytes });
    });
  }

  /** Ends it; nothing may be under way, and nothing asked of it afterwards. */
  end(): void {
    void this.#worker.terminate();
  }

  #finish(packedBytes: number): void {
    const job = this.#jobs.shift();
    if (this.#jobs.length === 0) this.#worker.unref();
    job?.done(packedBytes);
  }

  #end(cause: unknown): void {
    this.#dead = true;
    const inHand = this.#started ? this.#jobs.shift() : undefined;
    const why = cause instanceof Error ? `: ${cause.message}` : "";
    inHand?.failed(
      new DmfpipeError("DMFP-FILE-WRITE", `The thread that deflates packages came to an end${why}.`, {
        cause,
        next: "Look whether the machine is short of memory, then: dmfpipe resume",
      }),
    );
    for (const { room, sizeBytes, done } of this.#jobs.splice(0)) done(deflatePiece(room, sizeBytes));
  }
}
