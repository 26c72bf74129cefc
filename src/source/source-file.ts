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
   * The bytes from an offset to the end, in chunks of 1 MiB; each is a buffer of its own that the caller may
   * keep. Throws DMFP-SOURCE-CHANGED when the file is not what it was when it was opened.
   */
  async *chunks(fromOffset: number): AsyncGenerator<Buffer> {
    const handle = await openForReading(this.path, this.name);
    try {
      await this.#demandUnchanged(handle);
      let offset = fromOffset;
      while (offset < this.#state.sizeBytes) {
        const chunk = await readAt(handle, offset, Math.min(chunkBytes, this.#state.sizeBytes - offset));
        if (chunk.length === 0) break;
        offset += chunk.length;
        yield chunk;
      }
      await this.#demandUnchanged(handle);
    } finally {
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
  const buffer = Buffer.allocUnsafeSlow(lengthBytes);
  let filled = 0;
  while (filled < lengthBytes) {
    const { bytesRead } = await handle.read(buffer, filled, lengthBytes - filled, offset + filled);
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
