import { unsigned64 } from "./zip-bytes.ts";

/** What the central directory of a zip says of one file. */
export interface DirectoryEntry {
  /** The name as it is written, in the memory of the directory; see `utf8Name`. */
  readonly rawName: Buffer;
  /** Whether the name is marked as UTF-8; otherwise its code page is anybody's guess. */
  readonly utf8Name: boolean;
  /** General purpose bits. */
  readonly flags: number;
  /** Wholly, or only its names. */
  readonly encrypted: boolean;
  /** A symbolic link of a Unix file system. */
  readonly symbolicLink: boolean;
  /** 0: stored, 8: deflated. Others exist. */
  readonly method: number;
  readonly crc32: number;
  readonly compressedBytes: number;
  readonly sizeBytes: number;
  /** Of the local header. */
  readonly headerOffset: number;
  /** One of these numbers should stand in a Zip64 field and is not there: then it is all ones. */
  readonly numberMissing: boolean;
}

const centralSignature = 0x02014b50;
const headerBytes = 46;
/** Bit 0: encrypted, bit 6: strongly, bit 13: the headers, too. */
const encryptedBits = 0x2041;
/** What made the entry: Unix, or macOS. Only they have modes of files. */
const withModes: ReadonlySet<number> = new Set([3, 19]);
/** File type bits of a Unix mode, and their value for a symbolic link. */
const typeMask = 0o170000;
const linkType = 0o120000;

/** The entries of a central directory, up to the first that is damaged; `damage` says where that is. */
export function parseDirectory(directory: Buffer): {
  readonly entries: readonly DirectoryEntry[];
  /** No entry begins where one should, or it ends behind the directory. */
  readonly damage?: "no entry" | "cut off";
} {
  const entries: DirectoryEntry[] = [];
  let at = 0;
  while (at < directory.length) {
    const fits = at + headerBytes <= directory.length;
    if (!fits || directory.readUInt32LE(at) !== centralSignature) return { entries, damage: "no entry" };
    const nameEnd = at + headerBytes + directory.readUInt16LE(at + 28);
    const extraEnd = nameEnd + directory.readUInt16LE(at + 30);
    const next = extraEnd + directory.readUInt16LE(at + 32);
    if (next > directory.length) return { entries, damage: "cut off" };
    entries.push(parseEntry(directory.subarray(at, nameEnd), directory.subarray(nameEnd, extraEnd)));
    at = next;
  }
  return { entries };
}

function parseEntry(header: Buffer, extra: Buffer): DirectoryEntry {
  const flags = header.readUInt16LE(8);
  const mode = header.readUInt16LE(40);
  return {
    rawName: header.subarray(headerBytes),
    utf8Name: (flags & 0x800) !== 0,
    flags,
    encrypted: (flags & encryptedBits) !== 0,
    symbolicLink: withModes.has(header.readUInt8(5)) && (mode & typeMask) === linkType,
    method: header.readUInt16LE(10),
    crc32: header.readUInt32LE(16),
    ...numbersOf(header, extra),
  };
}

type EntryNumbers = Pick<DirectoryEntry, "sizeBytes" | "compressedBytes" | "headerOffset" | "numberMissing">;

/** Numbers that are all ones stand in the Zip64 extra field, in this order and only those. */
function numbersOf(header: Buffer, extra: Buffer): EntryNumbers {
  const field = zip64Field(extra);
  let at = 0;
  let numberMissing = false;
  const exact = (short: number): number => {
    if (short !== 0xffffffff) return short;
    if (field === undefined || at + 8 > field.length) {
      numberMissing = true;
      return short;
    }
    at += 8;
    return unsigned64(field, at - 8);
  };
  const sizeBytes = exact(header.readUInt32LE(24));
  const compressedBytes = exact(header.readUInt32LE(20));
  const headerOffset = exact(header.readUInt32LE(42));
  return { sizeBytes, compressedBytes, headerOffset, numberMissing };
}

function zip64Field(extra: Buffer): Buffer | undefined {
  for (let at = 0; at + 4 <= extra.length;) {
    const end = at + 4 + extra.readUInt16LE(at + 2);
    if (extra.readUInt16LE(at) === 1) return extra.subarray(at + 4, Math.min(end, extra.length));
    at = end;
  }
  return undefined;
}
