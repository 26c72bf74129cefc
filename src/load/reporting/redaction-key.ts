import { randomBytes } from "node:crypto";
import { mkdir, open, readFile } from "node:fs/promises";
import path from "node:path";
import { DmfpipeError } from "../../errors/dmfpipe-error.ts";

const keyBytes = 32;

/**
 * The secret that tokens of redacted files are made with: `.dmfpipe/redaction.key`, made when it is first needed, for its
 * owner's eyes only. The same key gives the same tokens, so that redacted files of several runs can be compared; who has
 * it can find out whether a token stands for a value he suspects.
 *
 * Throws DMFP-RUN-FILE where the file holds no key, and what the file system throws.
 */
export async function redactionKey(projectRoot: string): Promise<Buffer> {
  const file = path.join(projectRoot, ".dmfpipe", "redaction.key");
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  try {
    const handle = await open(file, "wx", 0o600);
    try {
      await handle.writeFile(`${randomBytes(keyBytes).toString("hex")}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (thrown) {
    if (!(thrown instanceof Error && "code" in thrown && thrown.code === "EEXIST")) throw thrown;
  }
  const key = Buffer.from((await readFile(file, "utf8")).trim(), "hex");
  if (key.length === keyBytes) return key;
  throw new DmfpipeError("DMFP-RUN-FILE", `${file} holds no key of ${keyBytes} bytes.`, {
    at: { file },
    next: "Remove the file: a new key is made, whose tokens cannot be compared with those of earlier files.",
  });
}
