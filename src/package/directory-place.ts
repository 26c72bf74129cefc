import type { FileHandle } from "node:fs/promises";
import { readUpTo, unsigned64 } from "./zip-bytes.ts";

/*
 * Where the central directory of a zip lies, as APPNOTE.TXT 6.3.10 of PKWARE says. With our own code and for two kinds of
 * readers: one that refuses whatever is doubtful (zip-directory.ts), and the linter, which names it and goes on.
 */

/** Where a directory lies, as the end of the zip says. Nothing of it has been held against the file. */
export interface DirectoryPlace {
  /** Files in it. Without Zip64 some writers count modulo 65,536. */
  readonly entries: number;
  readonly offset: number;
  readonly sizeBytes: number;
  /** Where the record lies that ends the zip. */
  readonly endOffset: number;
}

/** Why nobody knows where the directory lies. */
export type LostDirectory = "no end" | "several parts" | "no Zip64 record" | "damaged Zip64 record";

const endSignature = 0x06054b50;
const endBytes = 22;
const zip64EndSignature = 0x06064b50;
const zip64EndBytes = 56;
const zip64LocatorSignature = 0x07064b50;
const locatorBytes = 20;
/** The comment behind the end record is at most this long. */
const longestCommentBytes = 0xffff;

/**
 * Finds the directory. `exact`: the file has to end where the zip does; otherwise there may be something behind it.
 * Rejects only with what the operating system says.
 */
export async function findDirectory(
  file: FileHandle,
  fileBytes: number,
  { exact }: { readonly exact: boolean },
): Promise<DirectoryPlace | LostDirectory> {
  const tailStart = Math.max(0, fileBytes - endBytes - longestCommentBytes);
  const tail = await readUpTo(file, tailStart, fileBytes - tailStart);
  const at = endRecord(tail, exact);
  if (at === undefined) return "no end";
  const endOffset = tailStart + at;
  const place = {
    entries: tail.readUInt16LE(at + 10),
    sizeBytes: tail.readUInt32LE(at + 12),
    offset: tail.readUInt32LE(at + 16),
    endOffset,
  };
  // A number that does not fit is all ones; the real one is in the Zip64 record then.
  const large = place.entries === 0xffff || place.sizeBytes === 0xffffffff || place.offset === 0xffffffff;
  if (!large) return tail.readUInt16LE(at + 4) === 0 ? place : "several parts";
  const locator = await readUpTo(file, Math.max(0, endOffset - locatorBytes), locatorBytes);
  if (locator.length < locatorBytes || locator.readUInt32LE(0) !== zip64LocatorSignature) {
    // Exactly 65,535 files need no Zip64.
    return place.offset === 0xffffffff ? "no Zip64 record" : place;
  }
  const record = await readUpTo(file, unsigned64(locator, 8), zip64EndBytes);
  if (record.length < zip64EndBytes || record.readUInt32LE(0) !== zip64EndSignature)
    return "damaged Zip64 record";
  return {
    entries: unsigned64(record, 32),
    sizeBytes: unsigned64(record, 40),
    offset: unsigned64(record, 48),
    endOffset,
  };
}

/** Where in the last bytes of a file the end record is: the last one whose comment fits. */
function endRecord(tail: Buffer, exact: boolean): number | undefined {
  for (let at = tail.length - endBytes; at >= 0; at--) {
    if (tail.readUInt32LE(at) !== endSignature) continue;
    const behind = tail.length - at - endBytes - tail.readUInt16LE(at + 20);
    if (exact ? behind === 0 : behind >= 0) return at;
  }
  return undefined;
}
