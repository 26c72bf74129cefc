import { unsigned64 } from "./zip-bytes.ts";

/** One file of a zip, as the directory describes it. */
export interface ZipEntry {
  /** As written; folders end with `/`. */
  readonly name: string;
  /** The bytes of the name, for the comparison with the file's own header. */
  readonly rawName: Buffer;
  /** Whether the name is marked as UTF-8; otherwise its code page is anybody's guess. */
  readonly utf8Name: boolean;
  readonly encrypted: boolean;
  readonly symbolicLink: boolean;
  /** 0 stored, 8 deflate. */
  readonly method: number;
  readonly crc: number;
  readonly packedBytes: number;
  readonly sizeBytes: number;
  readonly headerOffset: number;
}

const centralSignature = 0x02014b50;
const fixedBytes = 46;
/** File type bits of a Unix mode, and their value for a symbolic link. */
const typeMask = 0o170000;
const linkType = 0o120000;

/** The entries of a central directory, up to the first that is damaged. */
export function parseEntries(directory: Buffer): {
  readonly entries: readonly ZipEntry[];
  readonly trouble?: string;
} {
  const entries: ZipEntry[] = [];
  let at = 0;
  while (at < directory.length) {
    const fits = at + fixedBytes <= directory.length;
    if (!fits || directory.readUInt32LE(at) !== centralSignature) {
      return { entries, trouble: `Its directory is damaged behind the ${ordinal(entries.length)} file.` };
    }
    const nameBytes = directory.readUInt16LE(at + 28);
    const extraBytes = directory.readUInt16LE(at + 30);
    const next = at + fixedBytes + nameBytes + extraBytes + directory.readUInt16LE(at + 32);
    if (next > directory.length) {
      return { entries, trouble: `Its directory ends within the ${ordinal(entries.length + 1)} file.` };
    }
    const nameEnd = at + fixedBytes + nameBytes;
    entries.push(
      parseEntry(directory.subarray(at, nameEnd), directory.subarray(nameEnd, nameEnd + extraBytes)),
    );
    at = next;
  }
  return { entries };
}

function parseEntry(header: Buffer, extra: Buffer): ZipEntry {
  const flags = header.readUInt16LE(8);
  const rawName = Buffer.from(header.subarray(fixedBytes));
  const utf8Name = (flags & 0x800) !== 0;
  const madeOnUnix = header.readUInt8(5) === 3;
  const mode = header.readUInt32LE(38) >>> 16;
  return {
    // Latin-1 shows every byte; which characters were meant cannot be known.
    name: rawName.toString(utf8Name ? "utf8" : "latin1"),
    rawName,
    utf8Name,
    encrypted: (flags & 1) !== 0,
    symbolicLink: madeOnUnix && (mode & typeMask) === linkType,
    method: header.readUInt16LE(10),
    crc: header.readUInt32LE(16),
    ...sizes(
      {
        sizeBytes: header.readUInt32LE(24),
        packedBytes: header.readUInt32LE(20),
        headerOffset: header.readUInt32LE(42),
      },
      extra,
    ),
  };
}

type Sizes = Pick<ZipEntry, "sizeBytes" | "packedBytes" | "headerOffset">;

/** Sizes that are all ones stand in the Zip64 extra field, in this order, and only those. */
function sizes(short: Sizes, extra: Buffer): Sizes {
  const field = zip64Field(extra);
  let at = 0;
  const long = (value: number): number => {
    if (value !== 0xffffffff || field === undefined || at + 8 > field.length) return value;
    at += 8;
    return unsigned64(field, at - 8);
  };
  return {
    sizeBytes: long(short.sizeBytes),
    packedBytes: long(short.packedBytes),
    headerOffset: long(short.headerOffset),
  };
}

function zip64Field(extra: Buffer): Buffer | undefined {
  for (let at = 0; at + 4 <= extra.length;) {
    const end = at + 4 + extra.readUInt16LE(at + 2);
    if (extra.readUInt16LE(at) === 1) return extra.subarray(at + 4, Math.min(end, extra.length));
    at = end;
  }
  return undefined;
}

function ordinal(number: number): string {
  const suffix =
    number % 100 >= 11 && number % 100 <= 13 ? "th" : (["th", "st", "nd", "rd"][number % 10] ?? "th");
  return `${number}${suffix}`;
}
