import { open, type FileHandle } from "node:fs/promises";
import { DmfpipeError } from "../errors/dmfpipe-error.ts";

/** Measured: with Node's default of 64 KiB a file is read three times slower. */
const chunkBytes = 1024 * 1024;

/** What identifies the content of a file as far as the file system tells. */
interface FileState {
  readonly sizeBytes: number;
  readonly modifiedMs: number;
}

/**
 * One source file on disk. It is looked at once when it is opened; every later reading demands that size and
 * time of change are still the same, because an extract that is being written while it is read loses records
 * without a word.
 */
export class SourceFile {
  readonly path: string;
  /** As shown to people. */
  readonly name: string;
  readonly #state: FileState;

  private constructor(path: string, name: string, state: FileState) {
    this.path = path;
    this.name = name;
    this.#state = state;
  }

  /** Throws DMFP-SOURCE-MISSING when the file cannot be opened. */
  static async open(path: string, name: string): Promise<SourceFile> {
    const handle = await openForReading(path, name);
    try {
      return new SourceFile(path, name, await stateOf(handle, name));
    } finally {
      await handle.close();
    }
  }

  get sizeBytes(): number {
    return this.#state.sizeBytes;
  }

  /** The first bytes of the file, at most `lengthBytes`. */
  async head(lengthBytes: number): Promise<Buffer> {
    const handle = await openForReading(this.path, this.name);
    try {
      return await readAt(handle, 0, Math.min(lengthBytes, this.#state.sizeBytes));
    } finally {
      await handle.close();
    }
  }

  /**
   * The bytes from an offset to the end, in chunks of 1 MiB; while one is looked at, the next is being read. Each is a
   * buffer of its own that the caller may keep; `passing`: a chunk counts until the one after the next is asked for,
   * and its memory is used again. Throws DMFP-SOURCE-CHANGED when the file is not what it was when it was opened.
   */
  async *chunks(
    fromOffset: number,
    { passing = false }: { readonly passing?: boolean } = {},
  ): AsyncGenerator<Buffer> {
    const handle = await openForReading(this.path, this.name);
    // The one being read, the one being looked at, and the one before, in whose end a record may have begun.
    const buffers: Buffer[] = [];
    let ahead: Promise<Buffer> | undefined;
    const read = (offset: number, number: number): Promise<Buffer> => {
      const lengthBytes = Math.min(chunkBytes, this.#state.sizeBytes - offset);
      const into = (passing ? buffers[number % 3] : undefined) ?? Buffer.allocUnsafeSlow(lengthBytes);
      if (passing) buffers[number % 3] = into;
      ahead = readInto(handle, offset, into.subarray(0, lengthBytes));
      // Heard when the chunk is asked for.
      ahead.catch(() => undefined);
      return ahead;
    };
    try {
      await this.#demandUnchanged(handle);
      let offset = fromOffset;
      let next = read(offset, 0);
      for (let number = 1; ; number++) {
        const chunk = await next;
        if (chunk.length === 0) break;
        offset += chunk.length;
        next = read(offset, number);
        yield chunk;
      }
      await this.#demandUnchanged(handle);
    } finally {
      await ahead?.catch(() => undefined);
      await handle.close();
    }
  }

  async #demandUnchanged(handle: FileHandle): Promise<void> {
    const now = await stateOf(handle, this.name);
    if (now.sizeBytes === this.#state.sizeBytes && now.modifiedMs === this.#state.modifiedMs) return;
    throw new DmfpipeError(
      "DMFP-SOURCE-CHANGED",
      `${this.name} was changed while it was being read: it had ${this.#state.sizeBytes} bytes, now it has ${now.sizeBytes}.`,
      { at: { file: this.name } },
    );
  }
}

/** Opens a file for reading. Throws DMFP-SOURCE-MISSING when that is not possible. */
export async function openForReading(path: string, name: string): Promise<FileHandle> {
  try {
    return await open(path, "r");
  } catch (cause) {
    throw new DmfpipeError("DMFP-SOURCE-MISSING", `${name} ${whyNot(cause)}.`, { at: { file: name }, cause });
  }
}

/** Reads up to `lengthBytes` at an offset; fewer only at the end of the file. */
export async function readAt(handle: FileHandle, offset: number, lengthBytes: number): Promise<Buffer> {
  return await readInto(handle, offset, Buffer.allocUnsafeSlow(lengthBytes));
}

/** Fills a buffer from an offset on; returns less of it only at the end of the file. */
export async function readInto(handle: FileHandle, offset: number, buffer: Buffer): Promise<Buffer> {
  let filled = 0;
  while (filled < buffer.length) {
    const { bytesRead } = await handle.read(buffer, filled, buffer.length - filled, offset + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}

async function stateOf(handle: FileHandle, name: string): Promise<FileState> {
  const stats = await handle.stat();
  if (!stats.isFile()) {
    throw new DmfpipeError("DMFP-SOURCE-MISSING", `${name} is not a file.`, { at: { file: name } });
  }
  return { sizeBytes: stats.size, modifiedMs: stats.mtimeMs };
}

function whyNot(cause: unknown): string {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  switch (code) {
    case "ENOENT":
    case "ENOTDIR":
      return "does not exist";
    case "EISDIR":
      return "is a folder, not a file";
    case "EACCES":
    case "EPERM":
      return "cannot be opened: the user that runs dmfpipe may not read it";
    default:
      return "cannot be opened";
  }
}
