import { pieceBytes } from "./deflate-piece.js";
import { deflatePool } from "./deflate-pool.ts";

/** Pieces of all files that are under way at a time: enough for the threads to have one in hand while the disk takes another. */
const piecesAhead = 6;

/** An empty last block of deflate (RFC 1951, 3.2.3): every piece before it ends at a byte border. */
const lastBlock = Buffer.from([0x03, 0x00]);

/**
 * Deflates files on several threads, one file after the other: the bytes of each are cut into pieces, each is deflated
 * by itself by DeflatePool, and the results go to `put` in their order, closed by an empty last block. Together
 * they are one valid deflate stream, for inflating needs no more of an earlier piece than that it ended.
 *
 * Where the pieces end depends on the bytes alone, not on how they came or on the number of threads, so that the same
 * file gives the same zip everywhere. Measured (bench/whole-job.ts): one stream is the limit of the whole job on a
 * single core, and pieces make the zip about half a percent larger.
 */
export class DeflateStream {
  readonly #put: (compressed: Buffer) => Promise<void>;
  #piece: Buffer | undefined;
  #filled = 0;
  /** One for each piece that is under way, the oldest first. */
  readonly #underWay: Promise<void>[] = [];
  #written: Promise<void> = Promise.resolve();

  /**
   * @param put takes compressed bytes, in order, which count until its promise is settled; what it rejects with, `write`
   * and `end` reject with.
   */
  constructor(put: (compressed: Buffer) => Promise<void>) {
    this.#put = put;
  }

  /**
   * Adds bytes, which may be changed afterwards. Returns a promise only when the caller is to wait; it rejects with
   * DMFP-FILE-WRITE, too.
   */
  write(bytes: Buffer): Promise<void> | undefined {
    let from = 0;
    let wait: Promise<void> | undefined;
    while (from < bytes.length) {
      this.#piece ??= deflatePool.lend();
      const taken = bytes.copy(this.#piece, this.#filled, from, from + pieceBytes - this.#filled);
      from += taken;
      this.#filled += taken;
      if (this.#filled < pieceBytes) continue;
      wait = this.#deflate() ?? wait;
    }
    return wait;
  }

  /** Ends the file: deflates what is left, and waits until `put` has taken all of it. */
  async end(): Promise<void> {
    if (this.#filled > 0) void this.#deflate();
    await this.#written;
    await this.#put(lastBlock);
  }

  /** Waits until nothing is under way any more. Never throws. */
  async settled(): Promise<void> {
    await this.#written.catch(() => undefined);
  }

  /** Deflates what was gathered. */
  #deflate(): Promise<void> | undefined {
    const room = this.#piece ?? deflatePool.lend();
    const sizeBytes = this.#filled;
    this.#piece = undefined;
    this.#filled = 0;
    this.#written = this.#inOrder(this.#written, room, sizeBytes);
    // Whoever waits hears of a failure; until somebody does, it must not count as unhandled.
    this.#written.catch(() => undefined);
    this.#underWay.push(this.#written);
    return deflatePool.underWay < piecesAhead ? undefined : this.#underWay[0];
  }

  async #inOrder(before: Promise<void>, room: Buffer, sizeBytes: number): Promise<void> {
    await deflatePool.deflate(room, sizeBytes, async (packed) => {
      await before;
      await this.#put(packed);
    });
    void this.#underWay.shift();
  }
}
