import { mkdir, open, rename, rm, type FileHandle } from "node:fs/promises";
import path from "node:path";
import { DmfpipeError } from "../errors/dmfpipe-error.ts";

const bufferChars = 64 * 1024;

/**
 * A text file that exists under its name only once it is complete: it grows as `<file>.partial`, readable by
 * its owner only, and gets its name in one step at the end. Who finds the file can trust that it is whole.
 *
 * Texts are gathered to about 64 KiB before they reach the disk. `write` resolves late when the disk is slow,
 * so a writer that awaits it never runs ahead of the disk.
 */
export class PartialFile {
  readonly file: string;
  readonly #partial: string;
  readonly #handle: FileHandle;
  #pending: string[] = [];
  #pendingChars = 0;
  #tail: Promise<void> = Promise.resolve();

  private constructor(file: string, partial: string, handle: FileHandle) {
    this.file = file;
    this.#partial = partial;
    this.#handle = handle;
  }

  /**
   * Opens `<file>.partial` (mode 0600), replacing what an interrupted run may have left of it, and creates
   * its folder (0700) where it is missing. Throws DMFP-FILE-WRITE when the disk refuses.
   */
  static async open(file: string): Promise<PartialFile> {
    const partial = `${file}.partial`;
    try {
      await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
      // The mode of open() only counts for a new file: an old partial file may be readable by others.
      await rm(partial, { force: true });
      return new PartialFile(file, partial, await open(partial, "wx", 0o600));
    } catch (error) {
      throw cannotWrite(partial, error);
    }
  }

  /** Appends a text as UTF-8. Throws DMFP-FILE-WRITE when the disk refuses this or an earlier text. */
  write(text: string): Promise<void> {
    this.#pending.push(text);
    this.#pendingChars += text.length;
    return this.#pendingChars < bufferChars ? Promise.resolve() : this.#flush();
  }

  /** Writes what is left, makes sure that it is on the disk, and gives the file its name. */
  async publish(): Promise<void> {
    await this.#flush();
    try {
      await this.#handle.sync();
      await this.#handle.close();
      await rename(this.#partial, this.file);
    } catch (error) {
      throw cannotWrite(this.file, error);
    }
  }

  /** Gives up: nothing is left behind, and a file that had the name before is still there. Never throws. */
  async discard(): Promise<void> {
    this.#pending = [];
    await this.#tail.catch(() => undefined);
    await this.#handle.close().catch(() => undefined);
    await rm(this.#partial, { force: true }).catch(() => undefined);
  }

  // Writes wait for each other, so that texts reach the file in the order they were given, whoever gave them.
  #flush(): Promise<void> {
    const text = this.#pending.join("");
    this.#pending = [];
    this.#pendingChars = 0;
    this.#tail = this.#tail.then(async () => {
      if (text === "") return;
      try {
        await this.#handle.writeFile(text, "utf8");
      } catch (error) {
        throw cannotWrite(this.#partial, error);
      }
    });
    return this.#tail;
  }
}

function cannotWrite(file: string, cause: unknown): DmfpipeError {
  if (cause instanceof DmfpipeError) return cause;
  const why = cause instanceof Error ? cause.message : String(cause);
  return new DmfpipeError("DMFP-FILE-WRITE", `${file} could not be written: ${why}.`, {
    at: { file },
    cause,
  });
}
