import type { FileHandle } from "node:fs/promises";

/** Bytes of a file from an offset; fewer than asked for where the file ends. */
export async function readUpTo(file: FileHandle, offset: number, sizeBytes: number): Promise<Buffer> {
  if (sizeBytes <= 0 || !Number.isSafeInteger(offset)) return Buffer.alloc(0);
  const buffer = Buffer.alloc(sizeBytes);
  let filled = 0;
  while (filled < sizeBytes) {
    const { bytesRead } = await file.read(buffer, filled, sizeBytes - filled, offset + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}

/** A 64-bit number; one beyond what a file can have becomes the greatest safe integer. */
export function unsigned64(buffer: Buffer, at: number): number {
  const value = buffer.readBigUInt64LE(at);
  return value > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(value);
}
