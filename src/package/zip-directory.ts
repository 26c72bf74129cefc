import type { FileHandle } from "node:fs/promises";

/** One file of a zip, as the central directory describes it. */
export interface ZipEntry {
  /** As written, decoded as UTF-8. */
  readonly name: string;
  /** 0: stored, 8: deflated. Others exist. */
  readonly method: number;
  /** General purpose bits; bit 0: encrypted. */
  readonly flags: number;
  readonly crc32: number;
  readonly compressedBytes: number;
  readonly sizeBytes: number;
  /** Of the local header. */
  readonly headerOffset: number;
  /** A symbolic link of a Unix file system. */
  readonly symbolicLink: boolean;
}

/** The file is no whole zip, or contradicts itself. Callers say which file it is about. */
export class ZipDamage extends Error {
  override readonly name = "ZipDamage";
}

const endSignature = 0x06054b50;
const zip64LocatorSignature = 0x07064b50;
const zip64EndSignature = 0x06064b50;
const centralSignature = 0x02014b50;
const endBytes = 22;
const locatorBytes = 20;
const longestCommentBytes = 0xffff;
const headerBytes = 46;

interface DirectoryPlace {
  readonly entries: number;
  readonly offset: number;
  readonly sizeBytes: number;
}

/**
 * The central directory of a zip, Zip64 included, in its own order. `entryLimit`: more entries than this are refused
 * before any is read, and the directory may take 1,000 bytes an entry on average. Throws ZipDamage.
 *
 * Read with our own code, because unzipper trusts the number of entries, does not look at signatures, and finds no
 * directory behind a comment of more than 58 bytes.
 */
export async function readZipDirectory(file: FileHandle, entryLimit: number): Promise<ZipEntry[]> {
  const { size: fileBytes } = await file.stat();
  const place = await findDirectory(file, fileBytes);
  if (place.entries > entryLimit) {
    throw new ZipDamage(`it has ${place.entries} entries, more than the ${entryLimit} that are allowed`);
  }
  if (place.sizeBytes > (entryLimit + 1) * 1000) throw new ZipDamage("its directory is too large");
  if (place.offset + place.sizeBytes > fileBytes) throw new ZipDamage("its directory is cut off");
  return parseEntries(await readAt(file, place.offset, place.sizeBytes), place.entries);
}

/** Bytes of the file at a place. Throws ZipDamage when it ends earlier. */
export async function readAt(file: FileHandle, offset: number, sizeBytes: number): Promise<Buffer> {
  const buffer = Buffer.alloc(sizeBytes);
  let read = 0;
  while (read < sizeBytes) {
    const { bytesRead } = await file.read(buffer, read, sizeBytes - read, offset + read);
    if (bytesRead === 0) throw new ZipDamage("it is cut off");
    read += bytesRead;
  }
  return buffer;
}

async function findDirectory(file: FileHandle, fileBytes: number): Promise<DirectoryPlace> {
  if (fileBytes < endBytes) throw new ZipDamage("it is no zip file, or is cut off");
  const tailBytes = Math.min(fileBytes, endBytes + longestCommentBytes);
  const tail = await readAt(file, fileBytes - tailBytes, tailBytes);
  const at = endRecord(tail);
  const endOffset = fileBytes - tailBytes + at;
  const classic = {
    entries: tail.readUInt16LE(at + 10),
    sizeBytes: tail.readUInt32LE(at + 12),
    offset: tail.readUInt32LE(at + 16),
  };
  // A number that does not fit is all ones; the real one is in the Zip64 record then.
  const large =
    classic.entries === 0xffff || classic.sizeBytes === 0xffffffff || classic.offset === 0xffffffff;
  const zip64 = large ? await zip64Directory(file, endOffset) : undefined;
  return zip64 ?? classic;
}

function endRecord(tail: Buffer): number {
  for (let at = tail.length - endBytes; at >= 0; at--) {
    const comment = tail.length - at - endBytes;
    if (tail.readUInt32LE(at) === endSignature && tail.readUInt16LE(at + 20) === comment) return at;
  }
  throw new ZipDamage("it is no zip file, or is cut off");
}

/** undefined where there is none: exactly 65,535 entries are all ones too. */
async function zip64Directory(file: FileHandle, endOffset: number): Promise<DirectoryPlace | undefined> {
  if (endOffset < locatorBytes) return undefined;
  const locator = await readAt(file, endOffset - locatorBytes, locatorBytes);
  if (locator.readUInt32LE(0) !== zip64LocatorSignature) return undefined;
  const record = await readAt(file, number64(locator, 8), 56);
  if (record.readUInt32LE(0) !== zip64EndSignature) throw new ZipDamage("its Zip64 directory is missing");
  return { entries: number64(record, 32), sizeBytes: number64(record, 40), offset: number64(record, 48) };
}

function parseEntries(directory: Buffer, count: number): ZipEntry[] {
  const entries: ZipEntry[] = [];
  let at = 0;
  for (let index = 0; index < count; index++) {
    const broken = at + headerBytes > directory.length || directory.readUInt32LE(at) !== centralSignature;
    if (broken) throw new ZipDamage(`its directory is damaged at entry ${index + 1} of ${count}`);
    const nameEnd = at + headerBytes + directory.readUInt16LE(at + 28);
    const extraEnd = nameEnd + directory.readUInt16LE(at + 30);
    const next = extraEnd + directory.readUInt16LE(at + 32);
    if (next > directory.length) {
      throw new ZipDamage(`its directory is damaged at entry ${index + 1} of ${count}`);
    }
    const madeBy = directory.readUInt8(at + 5);
    const unixMode = directory.readUInt16LE(at + 40);
    entries.push({
      name: directory.toString("utf8", at + headerBytes, nameEnd),
      flags: directory.readUInt16LE(at + 8),
      method: directory.readUInt16LE(at + 10),
      crc32: directory.readUInt32LE(at + 16),
      // 3: Unix, 19: macOS.
      symbolicLink: (madeBy === 3 || madeBy === 19) && (unixMode & 0o170000) === 0o120000,
      ...sizesOf(directory.subarray(at, at + headerBytes), directory.subarray(nameEnd, extraEnd)),
    });
    at = next;
  }
  if (at !== directory.length) throw new ZipDamage("its directory has more than its entries");
  return entries;
}

type EntrySizes = Pick<ZipEntry, "sizeBytes" | "compressedBytes" | "headerOffset">;

/** Numbers that are all ones stand in the Zip64 extra field, in this order and only those. */
function sizesOf(header: Buffer, extra: Buffer): EntrySizes {
  let zip64: Buffer | undefined;
  let at = 0;
  const exact = (value: number): number => {
    if (value !== 0xffffffff) return value;
    zip64 ??= zip64Extra(extra);
    at += 8;
    return number64(zip64, at - 8);
  };
  return {
    sizeBytes: exact(header.readUInt32LE(24)),
    compressedBytes: exact(header.readUInt32LE(20)),
    headerOffset: exact(header.readUInt32LE(42)),
  };
}

function zip64Extra(extra: Buffer): Buffer {
  let at = 0;
  while (at + 4 <= extra.length) {
    const end = at + 4 + extra.readUInt16LE(at + 2);
    if (extra.readUInt16LE(at) === 1) return extra.subarray(at + 4, end);
    at = end;
  }
  throw new ZipDamage("a size of more than 4 GiB is missing from its directory");
}

function number64(bytes: Buffer, at: number): number {
  const value = at + 8 <= bytes.length ? bytes.readBigUInt64LE(at) : undefined;
  if (value === undefined || value > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw new ZipDamage("a number in its directory is no size of a file");
  }
  return Number(value);
}
