import { promisify } from "node:util";
import { constants, deflateRaw } from "node:zlib";

/**
 * Level 3 by measurement: on UTF-16 text it is nearly as fast as level 1 and clearly smaller, while level 6
 * takes twice the time for a tenth less.
 */
const level = 3;

/** So many bytes are deflated by themselves; smaller pieces compress worse, larger ones wait for each other. */
const pieceBytes = 512 * 1024;

/** Pieces under way at a time: enough for the thread pool to have one in hand while the disk takes another. */
const piecesAhead = 6;

const deflatePiece = promisify<Buffer, object, Buffer>(deflateRaw);
/**
 * zlib's output buffer. Text shrinks to less than this; where it does not, the piece goes to the pool once more. The
 * default of 16 KiB would send every piece there many times, and one as large as the piece leaves the garbage
 * collector with hundreds of megabytes that it does not see the need to free.
 */
const outputBytes = pieceBytes / 4;

/** An empty last block of deflate (RFC 1951, 3.2.3): every piece before it ends at a byte border. */
const lastBlock = Buffer.from([0x03, 0x00]);

/**
 * Deflates files on several threads, one file after the other: the bytes of each are cut into pieces, each is deflated by itself on Node's thread
 * pool, and the results go to `put` in their order, closed by an empty last block. Together they are one valid deflate
 * stream, for inflating needs no more of an earlier piece than that it ended.
 *
 * Where the pieces end depends on the bytes alone, not on how they came or on the number of threads, so that the same
 * file gives the same zip everywhere. Measured (bench/whole-job.ts): one stream is the limit of the whole job on a
 * single core, and pieces make the zip about half a percent larger.
 */
export class DeflateStream {
  readonly #put: (compressed: Buffer) => Promise<void>;
  #piece: Buffer | undefined;
  /** Buffers whose bytes are deflated, to be filled again. */
  readonly #spare: Buffer[] = [];
  #filled = 0;
  /** One for each piece that is under way, the oldest first. */
  readonly #underWay: Promise<void>[] = [];
  #written: Promise<void> = Promise.resolve();

  /** @param put takes compressed bytes, in order; what it rejects with, `write` and `end` reject with. */
  constructor(put: (compressed: Buffer) => Promise<void>) {
    this.#put = put;
  }

  /** Adds bytes, which may be changed afterwards. Returns a promise only when the caller is to wait. */
  write(bytes: Buffer): Promise<void> | undefined {
    let from = 0;
    let wait: Promise<void> | undefined;
    while (from < bytes.length) {
      this.#piece ??= this.#spare.pop() ?? Buffer.allocUnsafeSlow(pieceBytes);
      const taken = bytes.copy(this.#piece, this.#filled, from);
      from += taken;
      this.#filled += taken;
      if (this.#filled < pieceBytes) continue;
      wait = this.#deflate(this.#piece) ?? wait;
      this.#piece = undefined;
      this.#filled = 0;
    }
    return wait;
  }

  /** Ends the file: deflates what is left, and waits until `put` has taken all of it. */
  async end(): Promise<void> {
    // A copy: a zip may have a hundred thousand small files, and needs no large buffer for each.
    if (this.#filled > 0) void this.#deflate(Buffer.from(this.#piece?.subarray(0, this.#filled) ?? []));
    this.#filled = 0;
    await this.#written;
    await this.#put(lastBlock);
  }

  /** Waits until nothing is under way any more. Never throws. */
  async settled(): Promise<void> {
    await this.#written.catch(() => undefined);
  }

  #deflate(piece: Buffer): Promise<void> | undefined {
    const chunkSize = Math.min(Math.max(piece.length, 1024), outputBytes);
    const options = { level, finishFlush: constants.Z_SYNC_FLUSH, chunkSize };
    const before = this.#written;
    const compressed = deflatePiece(piece, options).then((bytes) => {
      if (piece.length === pieceBytes) this.#spare.push(piece);
      return bytes;
    });
    this.#written = this.#inOrder(before, compressed);
    // Whoever waits hears of a failure; until somebody does, it must not count as unhandled.
    this.#written.catch(() => undefined);
    this.#underWay.push(this.#written);
    return this.#underWay.length < piecesAhead ? undefined : this.#underWay[0];
  }

  async #inOrder(before: Promise<void>, compressed: Promise<Buffer>): Promise<void> {
    const [bytes] = await Promise.all([compressed, before]);
    await this.#put(bytes);
    void this.#underWay.shift();
  }
}
