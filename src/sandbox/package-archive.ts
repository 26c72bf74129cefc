import { createReadStream } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { Transform, type Readable } from "node:stream";
import { createInflateRaw, crc32 } from "node:zlib";
import { ActionRefused } from "./action-refused.ts";

/** One file of a package. */
interface ArchiveEntry {
  readonly name: string;
  readonly method: number;
  readonly crc: number;
  readonly compressedBytes: number;
  readonly sizeBytes: number;
  readonly headerOffset: number;
}

const endSignature = 0x06054b50;
const centralSignature = 0x02014b50;
const localSignature = 0x04034b50;
const zip64EndSignature = 0x06064b50;
const zip64LocatorSignature = 0x07064b50;
/** F&O has some 3,000 entities; a package with more files than this is none. */
const entryLimit = 10_000;

/**
 * A package on disk, read strictly: directory and local headers must agree, names must be unique and stay inside
 * the package, and the bytes of a file must have the size and checksum the directory promises. unzipper is not
 * used for this, because it checks neither checksums nor signatures and does not notice a cut file.
 */
export class PackageArchive {
  readonly #path: string;
  readonly #file: FileHandle;
  readonly #entries: ReadonlyMap<string, ArchiveEntry>;

  private constructor(path: string, file: FileHandle, entries: ReadonlyMap<string, ArchiveEntry>) {
    this.#path = path;
    this.#file = file;
    this.#entries = entries;
  }

  /**
   * Opens a package. Throws ActionRefused with .NET's own words where the file is no zip, is damaged, or would
   * unpack to more than the limit.
   */
  static async open(
    path: string,
    limits: { readonly unpackedSizeLimitBytes: number },
  ): Promise<PackageArchive> {
    const file = await open(path, "r");
    try {
      const entries = await readDirectory(file);
      let unpackedBytes = 0;
      for (const entry of entries.values()) unpackedBytes += entry.sizeBytes;
      if (unpackedBytes > limits.unpackedSizeLimitBytes) {
        throw damaged("There is not enough space on the disk.", "System.IO.IOException");
      }
      return new PackageArchive(path, file, entries);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** Names of all files as written, without folders. */
  names(): readonly string[] {
    return [...this.#entries.values()].map((entry) => entry.name);
  }

  /** Whether there is a file of this name; neither case nor kind of slash matters. */
  has(name: string): boolean {
    return this.#entries.has(canonical(name));
  }

  /** The unpacked bytes of a file; fails with ActionRefused when size or checksum are not as promised. */
  stream(name: string): Readable {
    const entry = this.#entries.get(canonical(name));
    if (entry === undefined) throw new ActionRefused(`Could not find file '${name}'.`);
    const checked = new CheckedBytes(entry);
    const fail = (error: unknown): void => {
      checked.destroy(
        error instanceof ActionRefused ? error : damaged("Block length does not match with its complement."),
      );
    };
    void this.#pipe(entry, checked, fail).catch(fail);
    return checked;
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  async #pipe(entry: ArchiveEntry, checked: CheckedBytes, fail: (error: unknown) => void): Promise<void> {
    const local = await readAt(this.#file, entry.headerOffset, 30);
    if (local.readUInt32LE(0) !== localSignature) throw damaged("A local file header is corrupt.");
    const start = entry.headerOffset + 30 + local.readUInt16LE(26) + local.readUInt16LE(28);
    const source = createReadStream(this.#path, {
      start,
      end: Math.max(start, start + entry.compressedBytes - 1),
      highWaterMark: 256 * 1024,
    });
    checked.once("close", () => source.destroy());
    source.on("error", fail);
    if (entry.compressedBytes === 0) {
      source.destroy();
      checked.end();
    } else if (entry.method === 0) {
      source.pipe(checked);
    } else {
      const inflater = createInflateRaw({ chunkSize: 64 * 1024 });
      inflater.on("error", fail);
      checked.once("close", () => inflater.destroy());
      source.pipe(inflater).pipe(checked);
    }
  }
}

/** Lets bytes through and demands, at the end, exactly the promised number with the promised checksum. */
class CheckedBytes extends Transform {
  readonly #entry: ArchiveEntry;
  #sizeBytes = 0;
  #crc = 0;

  constructor(entry: ArchiveEntry) {
    super();
    this.#entry = entry;
  }

  override _transform(
    chunk: Buffer,
    _encoding: string,
    done: (error?: Error | null, data?: Buffer) => void,
  ): void {
    this.#sizeBytes += chunk.length;
    // Checked on the way: a bomb must not first be unpacked in full.
    if (this.#sizeBytes > this.#entry.sizeBytes) {
      done(damaged(`The file '${this.#entry.name}' is longer than the archive says.`));
      return;
    }
    this.#crc = crc32(chunk, this.#crc);
    done(null, chunk);
  }

  override _flush(done: (error?: Error | null) => void): void {
    const { sizeBytes, crc, name } = this.#entry;
    if (this.#sizeBytes !== sizeBytes) done(damaged(`The file '${name}' is shorter than the archive says.`));
    else if (this.#crc !== crc) done(damaged(`The file '${name}' fails its CRC check.`));
    else done();
  }
}

async function readDirectory(file: FileHandle): Promise<Map<string, ArchiveEntry>> {
  const { size } = await file.stat();
  const tailBytes = Math.min(size, 22 + 0xffff);
  const tail = await readAt(file, size - tailBytes, tailBytes);
  const end = findEnd(tail);
  const classic = {
    countHere: end.readUInt16LE(8),
    count: end.readUInt16LE(10),
    directoryBytes: end.readUInt32LE(12),
    offset: end.readUInt32LE(16),
  };
  const { countHere, count, directoryBytes, offset } = needsZip64(classic)
    ? await readZip64End(file, size - tail.length + (end.byteOffset - tail.byteOffset))
    : classic;
  if (count > entryLimit || countHere !== count || offset + directoryBytes > size) {
    throw damaged(
      "Number of entries expected in End Of Central Directory does not correspond to number of entries in Central Directory.",
    );
  }
  return parseDirectory(await readAt(file, offset, directoryBytes), count, size);
}

interface DirectoryEnd {
  readonly countHere: number;
  readonly count: number;
  readonly directoryBytes: number;
  readonly offset: number;
}

/** A value that does not fit the old record is all ones there. */
function needsZip64({ count, directoryBytes, offset }: DirectoryEnd): boolean {
  return count === 0xffff || directoryBytes === 0xffffffff || offset === 0xffffffff;
}

/** The Zip64 end of the directory; its locator stands right before the old one, at `endOffset`. */
async function readZip64End(file: FileHandle, endOffset: number): Promise<DirectoryEnd> {
  if (endOffset < 20) throw damaged("Zip64 End of Central Directory Locator not found.");
  const locator = await readAt(file, endOffset - 20, 20);
  if (locator.readUInt32LE(0) !== zip64LocatorSignature) {
    throw damaged("Zip64 End of Central Directory Locator not found.");
  }
  const at = readUInt64(locator, 8);
  if (at + 56 > endOffset) throw damaged("Offset to Zip64 End of Central Directory record is not valid.");
  const record = await readAt(file, at, 56);
  if (record.readUInt32LE(0) !== zip64EndSignature) {
    throw damaged("Zip64 End of Central Directory record not found.");
  }
  return {
    countHere: readUInt64(record, 24),
    count: readUInt64(record, 32),
    directoryBytes: readUInt64(record, 40),
    offset: readUInt64(record, 48),
  };
}

/** Throws ActionRefused for a number beyond what a file can have. */
function readUInt64(buffer: Buffer, at: number): number {
  const value = buffer.readBigUInt64LE(at);
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw damaged("A Zip64 field is too large.");
  return Number(value);
}

function findEnd(tail: Buffer): Buffer {
  for (let at = tail.length - 22; at >= 0; at -= 1) {
    const found =
      tail.readUInt32LE(at) === endSignature && tail.readUInt16LE(at + 20) === tail.length - at - 22;
    if (found) return tail.subarray(at);
  }
  throw damaged("End of Central Directory record could not be found.");
}

function parseDirectory(directory: Buffer, count: number, fileBytes: number): Map<string, ArchiveEntry> {
  const entries = new Map<string, ArchiveEntry>();
  let at = 0;
  for (let index = 0; index < count; index += 1) {
    if (at + 46 > directory.length || directory.readUInt32LE(at) !== centralSignature) {
      throw damaged("Central Directory corrupt.");
    }
    const nameBytes = directory.readUInt16LE(at + 28);
    const extraAt = at + 46 + nameBytes;
    const extra = directory.subarray(extraAt, extraAt + directory.readUInt16LE(at + 30));
    const next = extraAt + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
    if (next > directory.length) throw damaged("Central Directory corrupt.");
    const entry: ArchiveEntry = {
      name: directory.toString("utf8", at + 46, extraAt),
      method: directory.readUInt16LE(at + 10),
      crc: directory.readUInt32LE(at + 16),
      ...readSizes(
        {
          sizeBytes: directory.readUInt32LE(at + 24),
          compressedBytes: directory.readUInt32LE(at + 20),
          headerOffset: directory.readUInt32LE(at + 42),
        },
        extra,
      ),
    };
    checkEntry(entry, directory.readUInt16LE(at + 8), fileBytes);
    at = next;
    if (/[/\\]$/.test(entry.name)) continue;
    const name = canonical(entry.name);
    if (entries.has(name)) throw damaged(`The file '${entry.name}' already exists.`, "System.IO.IOException");
    entries.set(name, entry);
  }
  return entries;
}

type EntrySizes = Pick<ArchiveEntry, "sizeBytes" | "compressedBytes" | "headerOffset">;

/** Sizes that are all ones stand in the Zip64 extra field instead, in this order, and only those. */
function readSizes(sizes: EntrySizes, extra: Buffer): EntrySizes {
  const { sizeBytes, compressedBytes, headerOffset } = sizes;
  if (sizeBytes !== 0xffffffff && compressedBytes !== 0xffffffff && headerOffset !== 0xffffffff) return sizes;
  const field = findZip64Extra(extra);
  let at = 0;
  const read = (value: number): number => {
    if (value !== 0xffffffff) return value;
    if (at + 8 > field.length) throw damaged("Central Directory corrupt.");
    at += 8;
    return readUInt64(field, at - 8);
  };
  return {
    sizeBytes: read(sizeBytes),
    compressedBytes: read(compressedBytes),
    headerOffset: read(headerOffset),
  };
}

function findZip64Extra(extra: Buffer): Buffer {
  for (let at = 0; at + 4 <= extra.length;) {
    const end = at + 4 + extra.readUInt16LE(at + 2);
    if (end > extra.length) break;
    if (extra.readUInt16LE(at) === 1) return extra.subarray(at + 4, end);
    at = end;
  }
  throw damaged("Central Directory corrupt.");
}

function checkEntry(entry: ArchiveEntry, flags: number, fileBytes: number): void {
  const outside = /^[/\\]|^[a-z]:|(^|[/\\])\.\.([/\\]|$)|\0/i.test(entry.name);
  if (outside) {
    throw damaged(
      "Extracting Zip entry would have resulted in a file outside the specified destination directory.",
      "System.IO.IOException",
    );
  }
  if ((flags & 1) !== 0) throw damaged("The archive entry is encrypted.");
  if (entry.method !== 0 && entry.method !== 8) {
    throw damaged("The archive entry was compressed using an unsupported compression method.");
  }
  if (entry.headerOffset + 30 + entry.compressedBytes > fileBytes)
    throw damaged("Central Directory corrupt.");
}

/** F&O runs on Windows: names differ neither by case nor by the slash. */
function canonical(name: string): string {
  return name.replaceAll("\\", "/").toLowerCase();
}

function damaged(text: string, type = "System.IO.InvalidDataException"): ActionRefused {
  return new ActionRefused(text, { type });
}

async function readAt(file: FileHandle, offset: number, sizeBytes: number): Promise<Buffer> {
  const buffer = Buffer.alloc(sizeBytes);
  const { bytesRead } = await file.read(buffer, 0, sizeBytes, offset);
  if (bytesRead !== sizeBytes) throw damaged("Central Directory corrupt.");
  return buffer;
}
