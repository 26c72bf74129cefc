import type { FileHandle } from "node:fs/promises";
import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import { ownZipLimits, ZipReader } from "./zip-reader.ts";

/** What was put into a zip, counted before it was packed. */
export interface ExpectedEntry {
  readonly name: string;
  readonly sizeBytes: number;
  readonly crc32: number;
}

/**
 * Reads the directory of a zip back that was just written: it names the expected files in their order, with their sizes
 * and CRC-32, and none overlaps another. That their bytes unpack to what went in was found out when they were packed
 * (deflatePiece), and PartialFile.readBack demands that these bytes are in the file. All of it does not prove that the
 * disk will still have them tomorrow, which is what the sync afterwards is for.
 *
 * `path`: what the file is called. Throws DMFP-FILE-WRITE with what differs.
 */
export async function verifyZip(
  file: FileHandle,
  path: string,
  expected: readonly ExpectedEntry[],
): Promise<void> {
  const { entries } = await ZipReader.of(file, path, { limits: ownZipLimits, code: "DMFP-FILE-WRITE" });
  const names = entries.map((entry) => entry.name);
  if (names.length !== expected.length || expected.some(({ name }, index) => name !== names[index])) {
    throw different(path, `it has the files ${names.slice(0, 10).join(", ")}`);
  }
  for (const [index, entry] of entries.entries()) {
    const { sizeBytes, crc32 } = expected[index] ?? entry;
    if (entry.sizeBytes !== sizeBytes || entry.crc32 !== crc32) {
      throw different(path, `${entry.name} has ${entry.sizeBytes} bytes, ${sizeBytes} were written`);
    }
  }
}

function different(path: string, what: string): DmfpipeError {
  return new DmfpipeError("DMFP-FILE-WRITE", `${path} is not what was written: ${what}.`, {
    at: { file: path },
    next: "Look for a fault of the disk or the memory, then: dmfpipe resume",
  });
}
