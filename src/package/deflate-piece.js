import { readFileSync } from "node:fs";
import { constants, deflateRawSync, inflateRawSync } from "node:zlib";

// Plain JavaScript, for a worker runs it: one that strips types first takes ten megabytes more.

/** So many bytes are deflated by themselves; smaller pieces compress worse, larger ones wait for each other. */
export const pieceBytes = 512 * 1024;

/** Room for a piece and for whatever it becomes: zlib adds five bytes to each 16 KiB that it cannot make smaller. */
export const roomBytes = pieceBytes + 1024;

/** Where a piece is in the memory of the deflating code, and what it became; see deflate/memory.ts. */
const inputAt = 1024 * 1024;
const outputAt = 2 * 1024 * 1024;

/**
 * @typedef {object} Deflating
 * @property {Buffer} memory
 * @property {(sizeBytes: number) => number} deflate see deflate/deflate.ts
 * @property {(packedBytes: number, sizeBytes: number) => number} unpacksTo see deflate/unpacks-to.ts
 */

/** @type {Deflating | undefined} */
let deflating;

/**
 * Deflates one piece, at most 512 KiB, and unpacks it again: what comes out is known to be what went in. The result takes
 * the piece's place: blocks of deflate that end at a byte border, none of them the last of a stream. It depends on the
 * piece alone.
 *
 * Deflated by code of our own (WebAssembly; deflate/), by measurement (bench/whole-job.ts): of data files it makes a little
 * less than zlib does at level 2, in half of the time. Its result is read again where it is, by code that shares nothing
 * with what wrote it: letting zlib unpack each piece takes 0.1 ms more of 1.6, and 20 MB of memory that is never given back
 * (bench/memory.ts). What does not become smaller, zlib packs, and so it would if the result did not unpack.
 *
 * @param {Buffer} room begins with the piece; the rest may be needed for the result
 * @param {number} sizeBytes of the piece
 * @returns {number} how many bytes it became; 0 where they would unpack to something else
 */
export function deflatePiece(room, sizeBytes) {
  const piece = room.subarray(0, sizeBytes);
  deflating ??= startDeflating();
  const { memory, deflate, unpacksTo } = deflating;
  piece.copy(memory, inputAt);
  const packedBytes = deflate(sizeBytes);
  if (packedBytes > 0 && unpacksTo(packedBytes, sizeBytes) !== 0) {
    return memory.copy(room, 0, outputAt, outputAt + packedBytes);
  }
  const packed = zlibDeflate(piece);
  const good = packed.length <= room.length && zlibUnpacks(packed, piece);
  const lengthBytes = good ? packed.copy(room) : 0;
  free(packed);
  return lengthBytes;
}

/** @returns {Deflating} */
function startDeflating() {
  const code = readFileSync(new URL("./deflate/deflate.wasm", import.meta.url));
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(code), {});
  const { memory, ...functions } = /** @type {{ memory: WebAssembly.Memory } & Omit<Deflating, "memory">} */ (
    /** @type {unknown} */ (exports)
  );
  return { ...functions, memory: Buffer.from(memory.buffer) };
}

/**
 * What deflates is made anew for each piece: after a reset, zlib looks at bytes of an earlier piece behind the end of this
 * one, so that now and then the same piece became other bytes.
 *
 * @param {Buffer} piece
 * @returns {Buffer}
 */
function zlibDeflate(piece) {
  return deflateRawSync(piece, { level: 2, finishFlush: constants.Z_SYNC_FLUSH });
}

/**
 * @param {Buffer} packed
 * @param {Buffer} piece
 * @returns {boolean}
 */
function zlibUnpacks(packed, piece) {
  let unpacked;
  try {
    unpacked = inflateRawSync(packed, {
      finishFlush: constants.Z_SYNC_FLUSH,
      chunkSize: Math.max(piece.length, 1024),
    });
  } catch {
    return false;
  }
  const same = unpacked.equals(piece);
  free(unpacked);
  return same;
}

/**
 * Gives the memory of a buffer back now. The collector would wait for 64 MB of them, for what it sees of each is a few
 * words. Small ones are cut from a pool of Node's.
 *
 * @param {Buffer} buffer
 */
function free(buffer) {
  const { buffer: memory } = buffer;
  if (memory instanceof ArrayBuffer && memory.byteLength > Buffer.poolSize) memory.transfer(0);
}
