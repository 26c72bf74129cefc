import type { FileHandle } from "node:fs/promises";
import { readAt, unsigned64 } from "./zip-bytes.ts";
import { parseEntries, type ZipEntry } from "./zip-entry.ts";

/** What a zip's directory says; where it is damaged, the entries up to that place. */
export interface ZipDirectory {
  readonly entries: readonly ZipEntry[];
  /** Why there is no directory, or not a whole one. */
  readonly trouble?: ZipTrouble;
}

export interface ZipTrouble {
  readonly kind: "no zip" | "truncated" | "damaged";
  readonly message: string;
}

const endSignature = 0x06054b50;
const endBytes = 22;
const localSignature = 0x04034b50;
const zip64EndSignature = 0x06064b50;
const zip64LocatorSignature = 0x07064b50;
/** The comment behind the end record is at most this long. */
const maxCommentBytes = 0xffff;
/** Room for about a million files; a package has some hundred. */
const maxDirectoryBytes = 128 * 1024 * 1024;

/**
 * Reads the directory of a zip, Zip64 included. Never throws for what the file holds; only for a file that cannot be
 * read at all (an error of the operating system).
 *
 * Not with unzipper: it stops at the first defect or passes over it, and a judge has to name it and go on. It ignores
 * signatures, local headers, and a directory that ends early.
 */
export async function readZipDirectory(file: FileHandle, sizeBytes: number): Promise<ZipDirectory> {
  const tailStart = Math.max(0, sizeBytes - endBytes - maxCommentBytes);
  const tail = await readAt(file, tailStart, sizeBytes - tailStart);
  const endAt = findEnd(tail);
  if (endAt === -1) return { entries: [], trouble: await withoutEnd(file) };
  const place = await directoryPlace(file, tail.subarray(endAt), tailStart + endAt);
  if (typeof place === "string") return damaged(place);
  const { offset, directoryBytes, count } = place;
  if (directoryBytes > maxDirectoryBytes) {
    return damaged(
      `Its directory of ${directoryBytes} bytes is larger than any package's and is not read here.`,
    );
  }
  if (offset + directoryBytes > tailStart + endAt) {
    return damaged("Its directory does not lie where the end of the zip says: bytes are missing in between.");
  }
  const { entries, trouble } = parseEntries(await readAt(file, offset, directoryBytes));
  if (trouble !== undefined) return { entries, trouble: { kind: "damaged", message: trouble } };
  // The old end record counts modulo 65,536; some writers leave it at that without Zip64.
  if (entries.length % 65_536 !== count % 65_536) {
    return damaged(`Its directory lists ${entries.length} files, its end says ${count}.`, entries);
  }
  return { entries };
}

function damaged(message: string, entries: readonly ZipEntry[] = []): ZipDirectory {
  return { entries, trouble: { kind: "damaged", message } };
}

async function withoutEnd(file: FileHandle): Promise<ZipTrouble> {
  const head = await readAt(file, 0, 4);
  if (head.length === 4 && head.readUInt32LE(0) === localSignature) {
    return { kind: "truncated", message: "It begins like a zip, but its directory at the end is missing." };
  }
  return { kind: "no zip", message: `It is no zip${likely(head)}.` };
}

function likely(head: Buffer): string {
  if (head.length === 0) return ": it is empty";
  if (head[0] === 0xff || head[0] === 0xfe || head[0] === 0xef || head[0] === 0x3c)
    return ": it begins like a text or XML file";
  if (head[0] === 0x37 && head[1] === 0x7a) return ", it is a 7z archive";
  if (head[0] === 0x1f && head[1] === 0x8b) return ", it is a gzip file";
  if (head.toString("latin1") === "Rar!") return ", it is a RAR archive";
  return "";
}

/** Offset of the end record: the last one whose comment ends where the file does. */
function findEnd(tail: Buffer): number {
  for (let at = tail.length - endBytes; at >= 0; at--) {
    if (tail.readUInt32LE(at) === endSignature && at + endBytes + tail.readUInt16LE(at + 20) <= tail.length)
      return at;
  }
  return -1;
}

interface DirectoryPlace {
  readonly count: number;
  readonly directoryBytes: number;
  readonly offset: number;
}

/** Where the directory lies, or what is wrong. `endOffset` is that of the end record in the file. */
async function directoryPlace(
  file: FileHandle,
  end: Buffer,
  endOffset: number,
): Promise<DirectoryPlace | string> {
  const place = {
    count: end.readUInt16LE(10),
    directoryBytes: end.readUInt32LE(12),
    offset: end.readUInt32LE(16),
  };
  // A value that does not fit is all ones here, and stands in the Zip64 record instead.
  const inZip64 =
    place.count === 0xffff || place.directoryBytes === 0xffffffff || place.offset === 0xffffffff;
  if (!inZip64) {
    return end.readUInt16LE(4) === 0 ? place : "It is one part of a zip in several parts.";
  }
  const locator = await readAt(file, Math.max(0, endOffset - 20), 20);
  if (locator.length < 20 || locator.readUInt32LE(0) !== zip64LocatorSignature) {
    // Exactly 65,535 files need no Zip64.
    return place.offset === 0xffffffff ? "Its Zip64 record is missing." : place;
  }
  const record = await readAt(file, unsigned64(locator, 8), 56);
  if (record.length < 56 || record.readUInt32LE(0) !== zip64EndSignature)
    return "Its Zip64 record is damaged.";
  return {
    count: unsigned64(record, 32),
    directoryBytes: unsigned64(record, 40),
    offset: unsigned64(record, 48),
  };
}
