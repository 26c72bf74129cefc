import { createHash } from "node:crypto";
import { mkdir, open, rename, rm, type FileHandle } from "node:fs/promises";
import path from "node:path";
import type { Readable } from "node:stream";
import { DmfpipeError } from "../errors/dmfpipe-error.ts";

/** A file that was published. */
export interface PublishedFile {
  readonly path: string;
  readonly fileName: string;
  /** Of the whole file, lower-case hex. */
  readonly sha256: string;
  readonly sizeBytes: number;
}

/**
 * A file that exists under its name only when it is complete: it is written as `<name>.partial`, synced,
 * renamed, and its folder synced. A crash at any instant leaves either the whole file or a `.partial` that the
 * next run overwrites. Size and SHA-256 are computed while writing. Only the owner may read it.
 */
export class PartialFile {
  readonly #path: string;
  readonly #handle: FileHandle;
  readonly #hash = createHash("sha256");
  #sizeBytes = 0;

  private constructor(file: string, handle: FileHandle) {
    this.#path = file;
    this.#handle = handle;
  }

  /** Creates the folder where it is missing, and the `.partial` file in it. Throws DMFP-FILE-WRITE. */
  static async open(folder: string, fileName: string): Promise<PartialFile> {
    const file = path.join(folder, fileName);
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      return new PartialFile(file, await open(`${file}.partial`, "w", 0o600));
    } catch (thrown) {
      throw diskError(file, thrown);
    }
  }

  /** Writes what the stream gives until its end, no faster than the disk takes it. Throws DMFP-FILE-WRITE. */
  async consume(source: Readable): Promise<void> {
    try {
      // Not handle.createWriteStream: with autoClose off, closing the handle afterwards never ends.
      for await (const chunk of source as AsyncIterable<Buffer>) {
        this.#hash.update(chunk);
        this.#sizeBytes += chunk.length;
        await this.#handle.writeFile(chunk);
      }
    } catch (thrown) {
      throw diskError(this.#path, thrown);
    }
  }

  /**
   * Makes the file durable and gives it its name. A failed fsync is never tried again: the kernel may have
   * dropped the pages it could not write. Throws DMFP-FILE-WRITE.
   */
  async publish(): Promise<PublishedFile> {
    try {
      await this.#handle.sync();
      await this.#handle.close();
      await rename(`${this.#path}.partial`, this.#path);
      await syncFolder(path.dirname(this.#path));
    } catch (thrown) {
      throw diskError(this.#path, thrown);
    }
    return {
      path: this.#path,
      fileName: path.basename(this.#path),
      sha256: this.#hash.digest("hex"),
      sizeBytes: this.#sizeBytes,
    };
  }

  /** Removes the `.partial` file. May be called after a failure, and more than once. */
  async discard(): Promise<void> {
    try {
      await this.#handle.close();
      await rm(`${this.#path}.partial`, { force: true });
    } catch (thrown) {
      throw diskError(this.#path, thrown);
    }
  }
}

/** The rename itself must survive a power cut. Windows has no way to sync a folder, and needs none. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function diskError(file: string, thrown: unknown): DmfpipeError {
  if (thrown instanceof DmfpipeError) return thrown;
  const why = thrown instanceof Error ? thrown.message : String(thrown);
  return new DmfpipeError("DMFP-FILE-WRITE", `${file} could not be written: ${why}`, {
    at: { file },
    cause: thrown,
  });
}
