import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import { crc32 } from "node:zlib";
import { ZipArchive } from "archiver";
import { asDmfpipeError, DmfpipeError } from "../errors/dmfpipe-error.ts";
import { entityFileChunkBytes } from "./entity-file.ts";
import { PartialFile, type PublishedFile } from "./partial-file.ts";
import { verifyZip, type ExpectedEntry } from "./verify-zip.ts";

/**
 * Level 3 by measurement: on UTF-16 text it is nearly as fast as level 1 and clearly smaller, while level 6
 * takes twice the time for a tenth less. The chunk size is zlib's output buffer; its default of 16 KiB costs
 * about a quarter of the speed.
 */
const deflate = { level: 3, chunkSize: 256 * 1024 };

/**
 * The same for every entry of every package, so that the same records give the same bytes: no clock, no user,
 * no umask. The date is the earliest a zip can hold; archiver writes UTC, so no time zone changes it.
 */
const entryAttributes = { date: new Date("1980-01-01T00:00:00Z"), mode: 0o644 };

/** A file of the zip that is being written. */
interface OpenEntry {
  readonly name: string;
  readonly rows: Readable;
  readonly added: Promise<void>;
  sizeBytes: number;
  crc32: number;
}

/**
 * A zip that is written one file after the other, each as a stream, into a PartialFile: it has its name only when it
 * is complete. Files past 4 GiB and past 65,535 in number become Zip64. Measured with 65,534, 65,535, 65,536 and 70,000
 * files and with a file and a zip of 4.5 GB: our own reader and Python read them all. archiver's Zip64 is valid
 * through the central directory only, which is how .NET reads a zip too; a file costs it about a millisecond.
 *
 * Hazard: when the disk fails, nobody drains the archive any more. Everything that waits for it waits for `#written`
 * too, which then ends.
 */
export class ZipWriter {
  readonly #file: PartialFile;
  readonly #archive = new ZipArchive({ zlib: deflate });
  readonly #written: Promise<void>;
  readonly #entries: ExpectedEntry[] = [];
  readonly #waitingForEntry = new Map<string, () => void>();
  #open: OpenEntry | undefined;
  /** Set while a caller waits for room. */
  #room: PromiseWithResolvers<undefined> | undefined;
  #failure: DmfpipeError | undefined;

  private constructor(file: PartialFile) {
    this.#file = file;
    this.#archive.on("entry", ({ name }) => {
      this.#waitingForEntry.get(name)?.();
      this.#waitingForEntry.delete(name);
    });
    this.#written = file.consume(this.#archive).catch((thrown: unknown) => {
      this.#fail(thrown);
    });
  }

  /** Begins the zip `<path>.partial`. Throws DMFP-FILE-WRITE when it cannot be created. */
  static async open(path: string): Promise<ZipWriter> {
    return new ZipWriter(await PartialFile.open(path));
  }

  /** Begins a file of the zip; `endEntry` must have ended the one before. */
  beginEntry(name: string): void {
    const rows = new Readable({
      highWaterMark: 2 * entityFileChunkBytes,
      read: () => {
        this.#room?.resolve(undefined);
      },
    });
    this.#open = { name, rows, added: this.#append(name, rows), sizeBytes: 0, crc32: 0 };
  }

  /**
   * Adds bytes to the file that was begun. Returns a promise only when the caller is to wait (back-pressure); it
   * rejects with DMFP-FILE-WRITE when the zip can no longer be written.
   */
  write(chunk: Buffer): Promise<void> | undefined {
    return this.#handOn(chunk) ? undefined : this.#waitForRoom();
  }

  /** Ends the file that was begun, and waits until all of it is in the zip. Throws DMFP-FILE-WRITE. */
  async endEntry(): Promise<void> {
    const open = this.#open;
    if (open === undefined) return;
    this.#open = undefined;
    if (!open.rows.destroyed) open.rows.push(null);
    this.#entries.push(open);
    await this.#unlessFailed(open.added);
  }

  /** Adds a whole file. Throws DMFP-FILE-WRITE. */
  async addBytes(name: string, bytes: Buffer): Promise<void> {
    this.#entries.push({ name, sizeBytes: bytes.length, crc32: crc32(bytes) });
    await this.#unlessFailed(this.#append(name, bytes));
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
    this.#throwFailure();
    // What goes wrong in the archive reaches the one who reads it; this promise says nothing more.
    this.#archive.finalize().catch(() => undefined);
    await this.#written;
    this.#throwFailure();
    if (options.verify) await verifyZip(this.#file.partialPath, this.#entries);
    return await this.#file.publish();
  }

  /** Gives the zip up and removes its `.partial` file. Safe after a failure and after `close`. */
  async abort(): Promise<void> {
    this.#open?.rows.destroy();
    this.#archive.destroy();
    await this.#written;
    await this.#file.discard();
  }

  #append(name: string, source: Readable | Buffer): Promise<void> {
    const added = new Promise<void>((resolve) => this.#waitingForEntry.set(name, resolve));
    this.#archive.append(source, { ...entryAttributes, name });
    return added;
  }

  /** Whether there is room for more. */
  #handOn(chunk: Buffer): boolean {
    const open = this.#open;
    if (open === undefined) throw new DmfpipeError("DMFP-BUG", "Bytes for a zip in which no file was begun.");
    open.sizeBytes += chunk.length;
    open.crc32 = crc32(chunk, open.crc32);
    return !open.rows.destroyed && open.rows.push(chunk);
  }

  async #waitForRoom(): Promise<void> {
    if (this.#open?.rows.destroyed === false) {
      this.#room ??= Promise.withResolvers<undefined>();
      await this.#room.promise;
      this.#room = undefined;
    }
    this.#throwFailure();
  }

  async #unlessFailed(added: Promise<void>): Promise<void> {
    await Promise.race([added, this.#written]);
    this.#throwFailure();
  }

  #fail(thrown: unknown): void {
    this.#failure = asDmfpipeError(thrown);
    this.#open?.rows.destroy();
    this.#room?.resolve(undefined);
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }
}
