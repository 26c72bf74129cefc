import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { DmfpipeError } from "../../../errors/dmfpipe-error.ts";

const gatheredBytes = 1024 * 1024;
const windowBytes = 64 * 1024;

/**
 * Bytes that are too many for memory. Their file loses its name as soon as it is open, so that nothing of it is left
 * whatever becomes of the process. Not asynchronous: it serves parsers, which cannot wait.
 */
export class ScratchBytes {
  readonly #descriptor: number;
  #gathered: Buffer[] = [];
  #gatheredBytes = 0;
  #sizeBytes = 0;
  readonly #window = Buffer.allocUnsafeSlow(windowBytes);
  #windowStart = 0;
  #windowEnd = 0;
  /** Where the latest reading ended. */
  #readEnd = 0;

  /** Opens a file in the folder for temporary files. Throws DMFP-FILE-WRITE. */
  constructor() {
    this.#descriptor = orFileError(() => {
      const folder = mkdtempSync(path.join(tmpdir(), "dmfpipe-texts-"));
      try {
        return openSync(path.join(folder, "texts"), "wx+", 0o600);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    });
  }

  /** Appends bytes, which must not change afterwards; returns where they begin. Throws DMFP-FILE-WRITE. */
  add(bytes: Buffer): number {
    this.#gathered.push(bytes);
    this.#gatheredBytes += bytes.length;
    this.#sizeBytes += bytes.length;
    if (this.#gatheredBytes >= gatheredBytes) this.#flush();
    return this.#sizeBytes - bytes.length;
  }

  /** Bytes that were added; they hold only until the next reading. Throws DMFP-FILE-WRITE. */
  read(start: number, sizeBytes: number): Buffer {
    if (this.#gatheredBytes > 0) this.#flush();
    const end = start + sizeBytes;
    const isNear = start >= this.#readEnd && start < this.#readEnd + windowBytes;
    this.#readEnd = end;
    if (start < this.#windowStart || end > this.#windowEnd) {
      // In a sheet that was sorted, texts come from all over the file: a window would be read for each.
      if (!isNear || sizeBytes > windowBytes) return this.#readInto(Buffer.alloc(sizeBytes), start);
      const wantedBytes = Math.min(windowBytes, this.#sizeBytes - start);
      this.#readInto(this.#window.subarray(0, wantedBytes), start);
      this.#windowStart = start;
      this.#windowEnd = start + wantedBytes;
    }
    return this.#window.subarray(start - this.#windowStart, end - this.#windowStart);
  }

  /** Gives the disk back. */
  close(): void {
    closeSync(this.#descriptor);
  }

  #flush(): void {
    const bytes = Buffer.concat(this.#gathered);
    const start = this.#sizeBytes - bytes.length;
    this.#gathered = [];
    this.#gatheredBytes = 0;
    orFileError(() => {
      for (let written = 0; written < bytes.length;) {
        written += writeSync(this.#descriptor, bytes, written, bytes.length - written, start + written);
      }
    });
  }

  #readInto(buffer: Buffer, start: number): Buffer {
    orFileError(() => {
      for (let read = 0; read < buffer.length;) {
        const more = readSync(this.#descriptor, buffer, read, buffer.length - read, start + read);
        if (more === 0) throw new RangeError("it is shorter than what was written");
        read += more;
      }
    });
    return buffer;
  }
}

function orFileError<T>(work: () => T): T {
  try {
    return work();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new DmfpipeError(
      "DMFP-FILE-WRITE",
      `The texts of the workbook are too many for memory, and could not be put into ${tmpdir()}: ${why}.`,
      { at: { file: tmpdir() }, cause },
    );
  }
}
