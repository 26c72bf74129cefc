import type { FileHandle } from "node:fs/promises";
import { createInflateRaw, type InflateRaw } from "node:zlib";
import { ZipDamage } from "./zip-directory.ts";

/** A stretch of a zip. */
interface Stretch {
  readonly start: number;
  readonly sizeBytes: number;
}

const packedBytes = 64 * 1024;
const pieceBytes = 256 * 1024;

/** The bytes of a file that is stored as it is, in pieces that are the caller's to keep. */
export async function* storedPieces(file: FileHandle, stretch: Stretch): AsyncGenerator<Buffer> {
  let { start, sizeBytes } = stretch;
  while (sizeBytes > 0) {
    const piece = await filled(file, Buffer.allocUnsafeSlow(Math.min(pieceBytes, sizeBytes)), start);
    yield piece;
    start += piece.length;
    sizeBytes -= piece.length;
  }
}

/**
 * The bytes of a deflated file, in pieces that are the caller's to keep. What is read from the disk goes through one
 * buffer again and again. Rejects with what zlib says of bytes it cannot unpack.
 */
export async function* inflatePieces(file: FileHandle, stretch: Stretch): AsyncGenerator<Buffer> {
  const inflate = createInflateRaw({ chunkSize: pieceBytes });
  const fed = feed(inflate, file, stretch).catch((thrown: unknown) => {
    inflate.destroy(thrown as Error);
  });
  try {
    yield* inflate as AsyncIterable<Buffer>;
  } finally {
    inflate.destroy();
    // Whoever closes the file afterwards must not do so under a reading.
    await fed;
  }
}

/**
 * Gives the memory of a piece back at once, instead of when garbage is next collected; nobody may look at the piece any
 * more. Measured by bench/attribution.ts: where the other rows of a package are only gone over, little garbage is made
 * for which it would be collected, and 14 to 20 MB of pieces pile up. A piece that shares its memory is left alone.
 */
export function freePiece(piece: Buffer): void {
  const { buffer } = piece;
  // zlib goes on filling a buffer until it is full.
  const whole = piece.byteOffset + piece.length === buffer.byteLength && buffer.byteLength === pieceBytes;
  if (whole && buffer instanceof ArrayBuffer) buffer.transfer(0);
}

async function feed(inflate: InflateRaw, file: FileHandle, { start, sizeBytes }: Stretch): Promise<void> {
  const buffer = Buffer.allocUnsafeSlow(Math.min(packedBytes, sizeBytes));
  let at = start;
  for (let left = sizeBytes; left > 0 && !inflate.destroyed;) {
    const packed = await filled(file, buffer.subarray(0, Math.min(buffer.length, left)), at);
    at += packed.length;
    left -= packed.length;
    await taken(inflate, packed);
  }
  if (!inflate.destroyed) inflate.end();
}

/** Resolves when zlib has no more use for the bytes: either it has unpacked them, or it has been given up. */
function taken(inflate: InflateRaw, packed: Buffer): Promise<void> {
  return new Promise((resolve) => {
    if (inflate.destroyed) {
      resolve();
      return;
    }
    inflate.once("close", resolve);
    inflate.write(packed, () => {
      inflate.off("close", resolve);
      resolve();
    });
  });
}

async function filled(file: FileHandle, buffer: Buffer, position: number): Promise<Buffer> {
  const { bytesRead } = await file.read(buffer, 0, buffer.length, position);
  if (bytesRead === 0) throw new ZipDamage("it ends in the middle of a file");
  return buffer.subarray(0, bytesRead);
}
