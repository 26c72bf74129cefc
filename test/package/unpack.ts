import { crc32 } from "node:zlib";
import unzipper from "unzipper";
import { expect } from "vitest";

/** Every entry of a zip by name, unpacked with a reader that is not ours; size and CRC-32 checked (unzipper does not). */
export async function unpack(file: string): Promise<Map<string, Buffer>> {
  const { files } = await unzipper.Open.file(file);
  const entries = new Map<string, Buffer>();
  for (const entry of files) {
    const bytes = await entry.buffer();
    expect(bytes.length).toBe(entry.uncompressedSize);
    expect(crc32(bytes)).toBe(entry.crc32);
    entries.set(entry.path, bytes);
  }
  return entries;
}
