import { constants, deflateRawSync, inflateRawSync } from "node:zlib";

// Plain JavaScript, for a worker runs it: one that strips types first takes ten megabytes more.

/** So many bytes are deflated by themselves; smaller pieces compress worse, larger ones wait for each other. */
export const pieceBytes = 512 * 1024;

/** Room for a piece and for whatever it becomes: zlib adds five bytes to each 16 KiB that it cannot make smaller. */
export const roomBytes = pieceBytes + 1024;

/**
 * Level 2 by measurement (bench/whole-job.ts): on UTF-16 text it takes three fifths of the time of level 3 for a tenth
 * more bytes; level 1 is no faster than that and larger still, and level 6 takes four times as long for a fifth less.
 */
const level = 2;

/** Text shrinks to less than this; where it does not, zlib takes one more buffer. */
const outputBytes = pieceBytes / 4;

/**
 * Deflates one piece, at most 512 KiB, and inflates it again: what comes out is known to unpack to what went in. The
 * result takes the piece's place: blocks of deflate that end at a byte border, none of them the last of a stream. It
 * depends on the piece alone. (What deflates is made anew for each: after a reset, zlib looks at bytes of an earlier piece behind the end of
 * this one, so that now and then the same piece became other bytes. The property test found it.)
 *
 * @param {Buffer} room begins with the piece; the rest may be needed for the result
 * @param {number} sizeBytes of the piece
 * @returns {number} how many bytes it became; 0 where they would unpack to something else
 */
export function deflatePiece(room, sizeBytes) {
  const piece = room.subarray(0, sizeBytes);
  const packed = deflateRawSync(piece, {
    level,
    finishFlush: constants.Z_SYNC_FLUSH,
    chunkSize: Math.min(Math.max(piece.length, 1024), outputBytes),
  });
  const unpacked = inflateRawSync(packed, {
    finishFlush: constants.Z_SYNC_FLUSH,
    chunkSize: Math.max(piece.length, 1024),
  });
  const good = packed.length <= room.length && unpacked.equals(piece);
  if (good) packed.copy(room);
  const lengthBytes = packed.length;
  free(packed);
  free(unpacked);
  return good ? lengthBytes : 0;
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
