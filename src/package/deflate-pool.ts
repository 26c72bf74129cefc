import { availableParallelism } from "node:os";
import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import { deflatePiece, roomBytes } from "./deflate-piece.js";
import { DeflateThread } from "./deflate-thread.ts";

/**
 * A core is left to the thread that reads and maps. That one fills no more than two others with work.
 */
const mostThreads = Math.min(2, Math.max(1, availableParallelism() - 1));

/** Up to this size a piece is deflated at once: handing it over takes as long. */
const smallPieceBytes = 32 * 1024;

/** Buffers that are kept for the next pieces; more are in use only while many packages are open. */
const mostSpare = 8;

/**
 * What all packages that are being written share: the threads that deflate, started when they are first needed, and the
 * buffers in which pieces are gathered. A project may have packages of a hundred companies open at a time.
 *
 * Threads of its own instead of Node's thread pool, by measurement (bench/whole-job.ts): a build takes three quarters of
 * the time. Pieces wait in the threads instead of for this one, which has records to map, and what zlib allocates is
 * garbage of a heap of a megabyte instead of making V8 look through this one thirty times.
 */
class DeflatePool {
  readonly #threads: DeflateThread[] = [];
  readonly #spare: Buffer[] = [];
  #underWay = 0;

  /** Pieces that were given to `deflate` and are not done with. */
  get underWay(): number {
    return this.#underWay;
  }

  /** Memory that all threads share, for a piece of 512 KiB and what it becomes. */
  lend(): Buffer {
    return this.#spare.pop() ?? Buffer.from(new SharedArrayBuffer(roomBytes));
  }

  /**
   * Deflates the piece at the beginning of what `lend` gave, and takes that back. `take` gets what it became (see
   * deflatePiece), which counts until its promise is settled. Rejects with what `take` rejects with, and with
   * DMFP-FILE-WRITE where the piece would unpack to something else.
   */
  async deflate(room: Buffer, sizeBytes: number, take: (packed: Buffer) => Promise<void>): Promise<void> {
    this.#underWay++;
    try {
      const small = sizeBytes <= smallPieceBytes;
      const packedBytes = small
        ? deflatePiece(room, sizeBytes)
        : await this.#thread().deflate(room, sizeBytes);
      if (packedBytes === 0) {
        throw new DmfpipeError(
          "DMFP-FILE-WRITE",
          `${sizeBytes} bytes of a package were packed into something that does not unpack to them.`,
          { next: "Look for a fault of the memory, then: dmfpipe resume" },
        );
      }
      await take(room.subarray(0, packedBytes));
    } finally {
      this.#underWay--;
      if (this.#spare.length < mostSpare) this.#spare.push(room);
    }
  }

  /**
   * Ends the threads and gives the buffers back, unless something is under way: for who has packed all there is, and has
   * other things to do (20 MB). Who deflates again afterwards starts them anew.
   */
  rest(): void {
    if (this.#underWay > 0) return;
    for (const thread of this.#threads.splice(0)) thread.end();
    this.#spare.length = 0;
  }

  /**
   * Starts a thread before there is a piece for it, for who is about to have many: starting takes 50 ms, in which it would
   * be waited for. (bench/whole-job.ts: a twentieth of a build of 200 MB.)
   */
  prepare(): void {
    if (this.#threads.length === 0) this.#threads.push(new DeflateThread());
  }

  /** The one that has least to do. */
  #thread(): DeflateThread {
    const [least] = this.#threads.toSorted((a, b) => a.waiting - b.waiting);
    if (least !== undefined && (least.waiting === 0 || this.#threads.length === mostThreads)) return least;
    const thread = new DeflateThread();
    this.#threads.push(thread);
    return thread;
  }
}

/** The one of this process. */
export const deflatePool = new DeflatePool();
