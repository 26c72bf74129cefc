import { open } from "node:fs/promises";

/** The first bytes of a file, at most `limitBytes` of them. */
export async function firstBytes(path: string, limitBytes: number): Promise<Buffer> {
  const file = await open(path, "r");
  try {
    const buffer = Buffer.alloc(limitBytes);
    const { bytesRead } = await file.read(buffer, 0, limitBytes, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
