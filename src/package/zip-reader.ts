import { open, type FileHandle } from "node:fs/promises";
import { crc32, inflateRawSync } from "node:zlib";
import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import type { ErrorCode } from "../errors/registry.ts";
import { readAt, readZipDirectory, ZipDamage, type ZipEntry } from "./zip-directory.ts";
import { comparableEntryName, unsafeEntryName } from "./zip-entry-name.ts";
import { inflatePieces, storedPieces } from "./zip-pieces.ts";

/** What a zip may ask of whoever reads it. */
export interface ZipLimits {
  readonly entries: number;
  /** Of all files together, unpacked. */
  readonly unpackedBytes: number;
  /** Unpacked size over packed size, of one file; looked at only for files that unpack to more than 64 MiB. */
  readonly ratio: number;
}

/**
 * For packages of others. F&O has some 3,000 entities, the rest is room for attachments. Deflate packs at most 1,032
 * to 1; texts of real tables stay below 100 to 1, while a file of nothing but zeros comes near the greatest ratio.
 */
export const foreignZipLimits: ZipLimits = { entries: 200_000, unpackedBytes: 64 * 1024 ** 3, ratio: 400 };

/** For packages that dmfpipe wrote itself and whose checksum is known: nothing about their content is suspicious. */
export const ownZipLimits: ZipLimits = {
  entries: 10_000_000,
  unpackedBytes: Number.MAX_SAFE_INTEGER,
  ratio: Number.MAX_SAFE_INTEGER,
};

export interface ZipReaderOptions {
  /** Default: foreignZipLimits. */
  readonly limits?: ZipLimits;
  /** Code of what is thrown for an unreadable zip. Default: DMFP-PACKAGE-UNREADABLE. */
  readonly code?: ErrorCode;
  /** What it is, and its name as people know it. Default: the package, by its path. */
  readonly called?: ZipTitle;
}

interface ZipTitle {
  readonly kind: string;
  readonly name: string;
  /** What to do where it cannot be read. Default: what the code says. */
  readonly next?: string;
}

const usualCode: ErrorCode = "DMFP-PACKAGE-UNREADABLE";

function titleOf(path: string): ZipTitle {
  return { kind: "package", name: path };
}

const modestFileBytes = 64 * 1024 ** 2;
/** Up to this size a file is unpacked in one go: measured, setting up streams costs a millisecond each. */
const smallFileBytes = 64 * 1024;
const localSignature = 0x04034b50;
const localBytes = 30;

/**
 * A zip on disk, read strictly and in constant memory. When it is open, its directory has been read whole, every name
 * is a plain path inside the package and occurs once, no file is encrypted, a link, or packed by a method other than
 * deflate, no two overlap, and the sizes are within the limits. Content is checked while it is read: exactly the
 * promised number of bytes with the promised CRC-32, and never more than promised.
 */
export class ZipReader {
  readonly #file: FileHandle;
  readonly #code: ErrorCode;
  readonly #called: ZipTitle;
  readonly #byName: ReadonlyMap<string, ZipEntry>;
  /** In the order of the directory; folders are left out. */
  readonly entries: readonly ZipEntry[];

  private constructor(
    file: FileHandle,
    content: {
      readonly code: ErrorCode;
      readonly called: ZipTitle;
      readonly byName: ReadonlyMap<string, ZipEntry>;
    },
  ) {
    this.#file = file;
    this.#code = content.code;
    this.#called = content.called;
    this.#byName = content.byName;
    this.entries = [...content.byName.values()];
  }

  /** Opens a zip; `close` it afterwards. Throws the code of the options when it cannot be trusted or read. */
  static async open(path: string, options: ZipReaderOptions = {}): Promise<ZipReader> {
    let file: FileHandle | undefined;
    try {
      file = await open(path, "r");
      return await ZipReader.of(file, path, options);
    } catch (thrown) {
      await file?.close();
      const { called = titleOf(path), code = usualCode } = options;
      throw unreadable(called, code, thrown);
    }
  }

  /** A zip in a file that is open, and is closed with it. Throws as `open`; the file then is still open. */
  static async of(file: FileHandle, path: string, options: ZipReaderOptions = {}): Promise<ZipReader> {
    const { limits = foreignZipLimits, code = usualCode, called = titleOf(path) } = options;
    try {
      const all = await readZipDirectory(file, limits.entries);
      return new ZipReader(file, { code, called, byName: checkedEntries(all, limits) });
    } catch (thrown) {
      throw unreadable(called, code, thrown);
    }
  }

  /** The file of this name. Neither case nor the kind of slash matters, as on Windows; compare `name` to be exact. */
  find(name: string): ZipEntry | undefined {
    return this.#byName.get(comparableEntryName(name));
  }

  /**
   * The unpacked bytes of a file, in pieces. They have been checked when the last piece has come: a reader of a damaged
   * file gets an error, but only at the damage. Who has done with a piece may give its memory back: see freePiece. Throws
   * the code of the options.
   */
  async *stream(entry: ZipEntry): AsyncGenerator<Buffer> {
    let sizeBytes = 0;
    let crc = 0;
    try {
      const start = await this.#dataOffset(entry);
      for await (const chunk of this.#unpacked(entry, start)) {
        sizeBytes += chunk.length;
        // Checked on the way: a bomb must not first be unpacked in full.
        if (sizeBytes > entry.sizeBytes)
          throw new ZipDamage(`${entry.name} is longer than its directory says`);
        crc = crc32(chunk, crc);
        yield chunk;
      }
      if (sizeBytes !== entry.sizeBytes || crc !== entry.crc32) {
        throw new ZipDamage(`${entry.name} unpacks to ${sizeBytes} bytes that do not match its checksum`);
      }
    } catch (thrown) {
      throw unreadable(this.#called, this.#code, thrown, entry.name);
    }
  }

  /** A file as a whole, for Manifest.xml and the like. Throws the code of the options, also for a larger file. */
  async read(entry: ZipEntry, maxBytes: number): Promise<Buffer> {
    if (entry.sizeBytes > maxBytes) {
      const damage = new ZipDamage(`${entry.name} has ${entry.sizeBytes} bytes, ${maxBytes} are allowed`);
      throw unreadable(this.#called, this.#code, damage);
    }
    const chunks: Buffer[] = [];
    for await (const chunk of this.stream(entry)) chunks.push(chunk);
    return Buffer.concat(chunks);
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  async #dataOffset(entry: ZipEntry): Promise<number> {
    const local = await readAt(this.#file, entry.headerOffset, localBytes);
    if (local.readUInt32LE(0) !== localSignature)
      throw new ZipDamage(`${entry.name} has no header of its own`);
    const nameBytes = local.readUInt16LE(26);
    const name = await readAt(this.#file, entry.headerOffset + localBytes, nameBytes);
    if (name.toString("utf8") !== entry.name || local.readUInt16LE(8) !== entry.method) {
      throw new ZipDamage(`${entry.name} is described in two ways`);
    }
    return entry.headerOffset + localBytes + nameBytes + local.readUInt16LE(28);
  }

  async *#unpacked(entry: ZipEntry, start: number): AsyncGenerator<Buffer> {
    if (entry.compressedBytes === 0) return;
    if (Math.max(entry.compressedBytes, entry.sizeBytes) <= smallFileBytes) {
      const bytes = await readAt(this.#file, start, entry.compressedBytes);
      // One byte more than promised is let through, for the check that names the file.
      yield entry.method === 0 ? bytes : inflateRawSync(bytes, { maxOutputLength: entry.sizeBytes + 1 });
      return;
    }
    const packed = { start, sizeBytes: entry.compressedBytes };
    yield* entry.method === 0 ? storedPieces(this.#file, packed) : inflatePieces(this.#file, packed);
  }
}

function checkedEntries(all: readonly ZipEntry[], limits: ZipLimits): Map<string, ZipEntry> {
  const files = new Map<string, ZipEntry>();
  let unpackedBytes = 0;
  for (const entry of all) {
    const problem = entryProblem(entry, limits);
    if (problem !== undefined) throw new ZipDamage(`${JSON.stringify(entry.name)} ${problem}`);
    unpackedBytes += entry.sizeBytes;
    if (unpackedBytes > limits.unpackedBytes) {
      throw new ZipDamage(`it unpacks to more than the ${limits.unpackedBytes} bytes that are allowed`);
    }
    if (/[/\\]$/.test(entry.name)) continue;
    const name = comparableEntryName(entry.name);
    const other = files.get(name);
    if (other !== undefined) {
      throw new ZipDamage(
        `${JSON.stringify(entry.name)} and ${JSON.stringify(other.name)} are one name on Windows`,
      );
    }
    files.set(name, entry);
  }
  demandApart(all);
  return files;
}

function entryProblem(entry: ZipEntry, limits: ZipLimits): string | undefined {
  const name = unsafeEntryName(entry.name);
  if (name !== undefined) return `has a name that ${name}`;
  if (entry.symbolicLink) return "is a symbolic link";
  // Bit 0: encrypted, 6: strongly, 13: the directory too.
  if ((entry.flags & 0x2041) !== 0) return "is encrypted";
  if (entry.method !== 0 && entry.method !== 8)
    return `is packed by method ${entry.method}; only deflate is read`;
  if (entry.method === 0 && entry.compressedBytes !== entry.sizeBytes) return "is stored with another size";
  if (entry.sizeBytes > modestFileBytes && entry.sizeBytes > entry.compressedBytes * limits.ratio) {
    return `unpacks to ${entry.sizeBytes} bytes out of ${entry.compressedBytes}, as bombs do`;
  }
  return undefined;
}

/** Files that share their bytes are how a small zip unpacks to petabytes. */
function demandApart(all: readonly ZipEntry[]): void {
  let end = 0;
  let previous = "";
  for (const entry of all.toSorted((a, b) => a.headerOffset - b.headerOffset)) {
    if (entry.headerOffset < end) {
      throw new ZipDamage(`${JSON.stringify(entry.name)} and ${JSON.stringify(previous)} share their bytes`);
    }
    end = entry.headerOffset + localBytes + Buffer.byteLength(entry.name) + entry.compressedBytes;
    previous = entry.name;
  }
}

function unreadable(called: ZipTitle, code: ErrorCode, thrown: unknown, entry?: string): DmfpipeError {
  if (thrown instanceof DmfpipeError) return thrown;
  const why = thrown instanceof Error ? thrown.message : String(thrown);
  const where = thrown instanceof ZipDamage || entry === undefined ? "" : `${entry}: `;
  return new DmfpipeError(code, `The ${called.kind} ${called.name} cannot be read: ${where}${why}.`, {
    at: { file: called.name },
    cause: thrown,
    ...(called.next === undefined ? {} : { next: called.next }),
  });
}
