import { promisify } from "node:util";
import { constants, createInflateRaw, deflateRaw } from "node:zlib";
import { DmfpipeError } from "../errors/dmfpipe-error.ts";

/** So many bytes are deflated by themselves; smaller pieces compress worse, larger ones wait for each other. */
export const pieceBytes = 512 * 1024;

/**
 * Level 2 by measurement (bench/whole-job.ts): on UTF-16 text it takes three fifths of the time of level 3 for a tenth
 * more bytes; level 1 is no faster than that and larger still, and level 6 takes four times as long for a fifth less.
 */
const level = 2;

const deflatePiece = promisify<Buffer, object, Buffer>(deflateRaw);
/**
 * zlib's output buffer. Text shrinks to less than this; where it does not, the piece goes to the pool once more. The
 * default of 16 KiB would send every piece there many times.
 */
const outputBytes = pieceBytes / 4;

/** Room for more than a piece can become, so that zlib's stream never waits for somebody to read. */
const inflating = { chunkSize: pieceBytes, readableHighWaterMark: 2 * pieceBytes };

/**
 * Deflates one piece at a time on Node's thread pool, and inflates it again: what comes out is known to unpack to what
 * went in. What inflates is made once and used for all pieces. What deflates is not: after a reset it still has bytes of
 * an earlier piece in its window, and Node's zlib looks at some of them behind the end of a piece, so that now and then
 * the same piece became other bytes (the property test found it). The result depends on the piece alone.
 */
export class PieceDeflater {
  readonly #inflate = createInflateRaw(inflating);

  /**
   * The piece, at most 512 KiB of it, as blocks of deflate that end at a byte border; none is the last of a stream. The
   * caller must not change it meanwhile. Throws DMFP-FILE-WRITE where it would unpack to something else.
   */
  async deflate(piece: Buffer): Promise<Buffer> {
    const chunkSize = Math.min(Math.max(piece.length, 1024), outputBytes);
    const packed = await deflatePiece(piece, { level, finishFlush: constants.Z_SYNC_FLUSH, chunkSize });
    const unpacked = await new Promise<Buffer>((resolve) => {
      const failed = (): void => {
        resolve(Buffer.alloc(0));
      };
      this.#inflate.once("error", failed);
      this.#inflate.write(packed, () => {
        this.#inflate.off("error", failed);
        resolve(taken(this.#inflate.read()));
        this.#inflate.reset();
      });
    });
    if (unpacked.equals(piece)) return packed;
    throw new DmfpipeError(
      "DMFP-FILE-WRITE",
      `${piece.length} bytes of a package were packed into something that does not unpack to them.`,
      { next: "Look for a fault of the memory, then: dmfpipe resume" },
    );
  }
}

function taken(read: unknown): Buffer {
  return Buffer.isBuffer(read) ? read : Buffer.alloc(0);
}
