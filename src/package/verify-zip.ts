import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import { ownZipLimits, ZipReader } from "./zip-reader.ts";

/** What was put into a zip, counted before it was packed. */
export interface ExpectedEntry {
  readonly name: string;
  readonly sizeBytes: number;
  readonly crc32: number;
}

/**
 * Reads a zip back that was just written: its directory names the expected files in their order, and each unpacks to
 * the bytes that went in, by size and CRC-32. It proves that the zip is whole and that what was packed can be unpacked;
 * it does not prove that the disk will still have it tomorrow, which is what the sync afterwards is for.
 *
 * Throws DMFP-FILE-WRITE with what differs.
 */
export async function verifyZip(path: string, expected: readonly ExpectedEntry[]): Promise<void> {
  const zip = await ZipReader.open(path, { limits: ownZipLimits, code: "DMFP-FILE-WRITE" });
  try {
    const names = zip.entries.map((entry) => entry.name);
    if (names.length !== expected.length || expected.some(({ name }, index) => name !== names[index])) {
      throw different(path, `it has the files ${names.slice(0, 10).join(", ")}`);
    }
    for (const [index, entry] of zip.entries.entries()) {
      const { sizeBytes, crc32 } = expected[index] ?? entry;
      if (entry.sizeBytes !== sizeBytes || entry.crc32 !== crc32) {
        throw different(path, `${entry.name} has ${entry.sizeBytes} bytes, ${sizeBytes} were written`);
      }
      // The reader holds size and checksum of what it unpacks against the directory.
      const bytes = zip.stream(entry);
      while ((await bytes.next()).done !== true);
    }
  } finally {
    await zip.close();
  }
}

function different(path: string, what: string): DmfpipeError {
  return new DmfpipeError("DMFP-FILE-WRITE", `${path} is not what was written: ${what}.`, {
    at: { file: path },
    next: "Look for a fault of the disk or the memory, then: dmfpipe resume",
  });
}
