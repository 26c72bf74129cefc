import { createHash } from "node:crypto";
import { mkdir, open, rename, rm, type FileHandle } from "node:fs/promises";
import path from "node:path";
import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import { giveBack } from "./give-back.ts";

/** A file that was published. */
export interface PublishedFile {
  readonly path: string;
  readonly fileName: string;
  /** Of the whole file, lower-case hex. */
  readonly sha256: string;
  readonly sizeBytes: number;
}

/** Texts and a few bytes are gathered to about this many characters and bytes before they reach the disk. */
const gatheredLength = 64 * 1024;
/** So many bytes are a few: writing them takes as long as writing ten times as many. */
const fewBytes = 4 * 1024;

const ownerOnly = 0o600;

/** Bytes read at a time where a file is read back. */
const readBackBytes = 512 * 1024;

/**
 * A file that exists under its name only when it is complete: it is written as `<name>.partial`, synced,
 * renamed, and its folder synced. A crash at any instant leaves either the whole file or a `.partial` that the
 * next run overwrites. Size and SHA-256 are computed while writing. Only the owner may read it.
 *
 * Writes reach the file in the order in which they were asked for, and a promise that is awaited before the next
 * write keeps the writer from running ahead of the disk.
 */
export class PartialFile {
  readonly #path: string;
  readonly #handle: FileHandle;
  readonly #hash = createHash("sha256");
  #sizeBytes = 0;
  #gathered: (string | Buffer)[] = [];
  #gatheredLength = 0;
  #tail: Promise<void> = Promise.resolve();

  private constructor(file: string, handle: FileHandle) {
    this.#path = file;
    this.#handle = handle;
  }

  /** Opens `<file>.partial`; its folder is created where it is missing. Throws DMFP-FILE-WRITE. */
  static async open(file: string): Promise<PartialFile> {
    try {
      return new PartialFile(file, await openEmpty(`${file}.partial`));
    } catch (thrown) {
      throw diskError(file, thrown);
    }
  }

  /** Where the file is until it is published. */
  get partialPath(): string {
    return `${this.#path}.partial`;
  }

  /** To read the file before it is published. */
  get handle(): FileHandle {
    return this.#handle;
  }

  /** Appends a text as UTF-8. Throws DMFP-FILE-WRITE when the disk refuses this or an earlier write. */
  write(text: string): Promise<void> {
    return this.#gather(text);
  }

  /**
   * Appends bytes. The caller must not change them before the promise resolves. Throws DMFP-FILE-WRITE when the disk
   * refuses this or an earlier write.
   */
  async append(bytes: Buffer): Promise<void> {
    if (bytes.length <= fewBytes) await this.#gather(Buffer.from(bytes));
    else {
      this.#gathered.push(bytes);
      await this.#flush();
    }
  }

  #gather(part: string | Buffer): Promise<void> {
    this.#gathered.push(part);
    this.#gatheredLength += part.length;
    return this.#gatheredLength < gatheredLength ? Promise.resolve() : this.#flush();
  }

  /** Appends what a stream gives until its end, no faster than the disk takes it. Throws DMFP-FILE-WRITE. */
  async consume(source: AsyncIterable<Buffer>): Promise<void> {
    try {
      // Not handle.createWriteStream: with autoClose off, closing the handle afterwards never ends.
      for await (const chunk of source) await this.append(chunk);
    } catch (thrown) {
      throw diskError(this.#path, thrown);
    }
  }

  /**
   * Reads what was written so far and demands that it is what was meant, by size and SHA-256. Throws DMFP-FILE-WRITE
   * with that, or when it cannot be read.
   */
  async readBack(): Promise<void> {
    await this.#flush();
    const hash = createHash("sha256");
    const buffer = Buffer.allocUnsafeSlow(readBackBytes);
    let sizeBytes = 0;
    try {
      for (;;) {
        const { bytesRead } = await this.#handle.read(buffer, 0, buffer.length, sizeBytes);
        hash.update(buffer.subarray(0, bytesRead));
        sizeBytes += bytesRead;
        // Less than was asked for is the end, if there is no more to come.
        const ended = bytesRead < buffer.length && sizeBytes >= this.#sizeBytes;
        if (bytesRead === 0 || ended) break;
      }
    } catch (thrown) {
      throw diskError(this.#path, thrown);
    } finally {
      giveBack(buffer);
    }
    if (sizeBytes === this.#sizeBytes && hash.digest().equals(this.#hash.copy().digest())) return;
    throw new DmfpipeError("DMFP-FILE-WRITE", `${this.partialPath} does not hold what was written to it.`, {
      at: { file: this.partialPath },
      next: "Look for a fault of the disk or the memory, then: dmfpipe resume",
    });
  }

  /**
   * Makes the file durable and gives it its name. A failed fsync is never tried again: the kernel may have
   * dropped the pages it could not write. `nameLater`: the name becomes durable with that of a file which is published
   * in the same folder afterwards. Throws DMFP-FILE-WRITE.
   */
  async publish({ nameLater = false }: { readonly nameLater?: boolean } = {}): Promise<PublishedFile> {
    try {
      await this.#flush();
      await this.#handle.sync();
      await this.#handle.close();
      await rename(this.partialPath, this.#path);
      if (!nameLater) await syncFolder(path.dirname(this.#path));
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

  /**
   * Gives up and removes the `.partial` file; a file that had the name before is still there. May be called after
   * a failure, and more than once. Never throws: what made the caller give up is what must be heard.
   */
  async discard(): Promise<void> {
    this.#gathered = [];
    await this.#tail.catch(() => undefined);
    await this.#handle.close().catch(() => undefined);
    await rm(this.partialPath, { force: true }).catch(() => undefined);
  }

  #flush(): Promise<void> {
    const parts = this.#gathered;
    this.#gathered = [];
    this.#gatheredLength = 0;
    if (parts.length > 0) this.#tail = this.#tail.then(() => this.#putAll(parts));
    return this.#tail;
  }

  async #putAll(parts: readonly (string | Buffer)[]): Promise<void> {
    const bytes = joined(parts);
    await this.#put(bytes);
    // What was made here is nobody else's.
    if (bytes !== parts[0]) giveBack(bytes);
  }

  async #put(bytes: Buffer): Promise<void> {
    try {
      await this.#handle.writeFile(bytes);
    } catch (thrown) {
      throw diskError(this.#path, thrown);
    }
    this.#hash.update(bytes);
    this.#sizeBytes += bytes.length;
  }
}

function joined(parts: readonly (string | Buffer)[]): Buffer {
  const [first] = parts;
  if (parts.length === 1 && first instanceof Buffer) return first;
  if (parts.every((part) => typeof part === "string")) return Buffer.from(parts.join(""), "utf8");
  return Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part, "utf8") : part)));
}

/** Writes a whole text file in one go, as durable and private as any other. Throws DMFP-FILE-WRITE. */
export async function publishText(file: string, text: string): Promise<void> {
  const partial = await PartialFile.open(file);
  try {
    await partial.write(text);
    await partial.publish();
  } catch (thrown) {
    await partial.discard();
    throw thrown;
  }
}

/** An empty file that only the owner may read; its folder is created where it is missing. */
async function openEmpty(file: string): Promise<FileHandle> {
  try {
    return await open(file, "wx+", ownerOnly);
  } catch (thrown) {
    const code = thrown instanceof Error && "code" in thrown ? thrown.code : undefined;
    if (code === "ENOENT") await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
    else if (code !== "EEXIST") throw thrown;
  }
  const handle = await open(file, "w+", ownerOnly);
  // The mode counts for a new file only: one that an earlier process left may be readable by others.
  if ((await handle.stat()).isFile()) await handle.chmod(ownerOnly);
  return handle;
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
  return new DmfpipeError("DMFP-FILE-WRITE", `${file} could not be written: ${why}.`, {
    at: { file },
    cause: thrown,
  });
}
