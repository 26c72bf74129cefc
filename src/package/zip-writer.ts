import { createReadStream } from "node:fs";
import { crc32 } from "node:zlib";
import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import { DeflateStream } from "./deflate-stream.ts";
import { entityFileChunkBytes } from "./entity-file.ts";
import { PartialFile, type PublishedFile } from "./partial-file.ts";
import { verifyZip } from "./verify-zip.ts";
import {
  dataDescriptor,
  directoryEnd,
  directoryRecord,
  localHeader,
  type WrittenEntry,
} from "./zip-record.ts";

/** A file of the zip that is being written. */
interface OpenEntry {
  readonly name: string;
  readonly offset: number;
  /** Its header is on its way to the disk. */
  readonly begun: Promise<void>;
  sizeBytes: number;
  compressedBytes: number;
  crc32: number;
}

/**
 * A zip that is written one file after the other, each as a stream, into a PartialFile: it has its name only when it
 * is complete. Files past 4 GiB and past 65,535 in number become Zip64; past 4 GiB a file is valid through the
 * directory, which is how .NET reads a zip too, because its local header cannot know how large it will be.
 *
 * Written without archiver: it deflates on one thread, one stream after the other, which was more than half of the
 * time of a whole build (bench/whole-job.ts); bytes that are deflated already it cannot take.
 */
export class ZipWriter {
  readonly #file: PartialFile;
  readonly #deflate: DeflateStream;
  readonly #entries: WrittenEntry[] = [];
  #open: OpenEntry | undefined;
  #offset = 0;
  #givenUp = false;

  private constructor(file: PartialFile) {
    this.#file = file;
    this.#deflate = new DeflateStream(async (compressed) => {
      if (this.#open !== undefined) this.#open.compressedBytes += compressed.length;
      await this.#put(compressed);
    });
  }

  /** Begins the zip `<path>.partial`. Throws DMFP-FILE-WRITE when it cannot be created. */
  static async open(path: string): Promise<ZipWriter> {
    return new ZipWriter(await PartialFile.open(path));
  }

  /** Begins a file of the zip; `endEntry` must have ended the one before. */
  beginEntry(name: string): void {
    const offset = this.#offset;
    const begun = this.#put(localHeader(name));
    // Heard at the latest when the entry ends.
    begun.catch(() => undefined);
    this.#open = { name, offset, begun, sizeBytes: 0, compressedBytes: 0, crc32: 0 };
  }

  /**
   * Adds bytes to the file that was begun. Returns a promise only when the caller is to wait (back-pressure); it
   * rejects with DMFP-FILE-WRITE when the zip can no longer be written.
   */
  write(chunk: Buffer): Promise<void> | undefined {
    const open = this.#open;
    if (open === undefined) throw new DmfpipeError("DMFP-BUG", "Bytes for a zip in which no file was begun.");
    open.sizeBytes += chunk.length;
    open.crc32 = crc32(chunk, open.crc32);
    return this.#deflate.write(chunk);
  }

  /** Ends the file that was begun, and waits until all of it is in the zip. Throws DMFP-FILE-WRITE. */
  async endEntry(): Promise<void> {
    const open = this.#open;
    if (open === undefined) return;
    await open.begun;
    await this.#deflate.end();
    this.#open = undefined;
    const { name, offset, sizeBytes, compressedBytes } = open;
    const entry = { name, offset, sizeBytes, compressedBytes, crc32: open.crc32 };
    await this.#put(dataDescriptor(entry));
    this.#entries.push(entry);
  }

  /** Adds a whole file. Throws DMFP-FILE-WRITE. */
  async addBytes(name: string, bytes: Buffer): Promise<void> {
    this.beginEntry(name);
    await this.write(bytes);
    await this.endEntry();
  }

  /** Adds a copy of a file on disk. Throws DMFP-SOURCE-MISSING when that cannot be read, and DMFP-FILE-WRITE. */
  async addFile(name: string, path: string): Promise<void> {
    this.beginEntry(name);
    const source = createReadStream(path, { highWaterMark: entityFileChunkBytes });
    try {
      for await (const chunk of source as AsyncIterable<Buffer>) await this.write(chunk);
    } catch (thrown) {
      if (thrown instanceof DmfpipeError) throw thrown;
      const why = thrown instanceof Error ? thrown.message : String(thrown);
      throw new DmfpipeError("DMFP-SOURCE-MISSING", `The file ${path} cannot be read: ${why}.`, {
        at: { file: path },
        next: "Put the file in place, or take it out of what is to be attached.",
        cause: thrown,
      });
    } finally {
      source.destroy();
    }
    await this.endEntry();
  }

  /**
   * Completes the zip, reads it back (unless `verify` is false), makes it durable and gives it its name. Throws
   * DMFP-FILE-WRITE; the `.partial` file is then still there until `abort`.
   */
  async close(options: { readonly verify: boolean }): Promise<PublishedFile> {
    await this.endEntry();
    const offset = this.#offset;
    // Gathered, for a zip may have a hundred thousand files.
    await this.#put(Buffer.concat(this.#entries.map(directoryRecord)));
    const sizeBytes = this.#offset - offset;
    await this.#put(directoryEnd({ entries: this.#entries.length, offset, sizeBytes }));
    if (options.verify) {
      await this.#file.readBack();
      await verifyZip(this.#file.handle, this.#file.partialPath, this.#entries);
    }
    return await this.#file.publish();
  }

  /** Gives the zip up and removes its `.partial` file. Safe after a failure and after `close`. */
  async abort(): Promise<void> {
    this.#givenUp = true;
    await this.#deflate.settled();
    await this.#file.discard();
  }

  async #put(bytes: Buffer): Promise<void> {
    if (this.#givenUp) {
      throw new DmfpipeError(
        "DMFP-FILE-WRITE",
        `${this.#file.partialPath} was given up before it was whole.`,
      );
    }
    this.#offset += bytes.length;
    await this.#file.append(bytes);
  }
}
