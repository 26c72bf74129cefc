import { PieceDeflater, pieceBytes } from "./piece-deflater.ts";

/** Enough for every thread of the pool to have a piece in hand while the disk takes another. */
const deflaters = 6;

/** Buffers that are kept for the next pieces; more are in use only while many packages are open. */
const mostSpare = 8;

/**
 * What all packages that are being written share: the deflaters, made when they are first needed, and the buffers in
 * which pieces are gathered. A project may have packages of a hundred companies open at a time.
 */
class DeflatePool {
  readonly #free: PieceDeflater[] = [];
  #made = 0;
  readonly #waiting: ((deflater: PieceDeflater) => void)[] = [];
  readonly #spare: Buffer[] = [];

  /** A buffer for a piece, of 512 KiB. */
  lend(): Buffer {
    return this.#spare.pop() ?? Buffer.allocUnsafeSlow(pieceBytes);
  }

  /** Takes back a buffer that `lend` gave. */
  giveBack(buffer: Buffer): void {
    if (this.#spare.length < mostSpare) this.#spare.push(buffer);
  }

  /** Deflates a piece as soon as a deflater is free; see PieceDeflater. */
  async deflate(piece: Buffer): Promise<Buffer> {
    const deflater = this.#free.pop() ?? (await this.#next());
    try {
      const packed = await deflater.deflate(piece);
      this.#release(deflater);
      return packed;
    } catch (thrown) {
      // zlib does not go on with a stream that failed.
      this.#release(new PieceDeflater());
      throw thrown;
    }
  }

  #release(deflater: PieceDeflater): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free.push(deflater);
    else next(deflater);
  }

  #next(): Promise<PieceDeflater> | PieceDeflater {
    if (this.#made === deflaters) return new Promise((resolve) => this.#waiting.push(resolve));
    this.#made++;
    return new PieceDeflater();
  }
}

/** The one of this process, as there is one thread pool. */
export const deflatePool = new DeflatePool();
