/*
 * The records of a zip, as APPNOTE.TXT 6.3.10 of PKWARE lays them out. Every entry is deflated and its sizes follow
 * its bytes in a data descriptor, because they are not known when it begins.
 */

/** What the directory of a zip says of one file in it. */
export interface WrittenEntry {
  readonly name: string;
  /** Before compression. */
  readonly sizeBytes: number;
  readonly compressedBytes: number;
  readonly crc32: number;
  /** Where its local header begins. */
  readonly offset: number;
}

/** From here on a number does not fit its field of 32 bits, and stands in a Zip64 record. */
const zip64From = 0xffff_ffff;
const zip64Entries = 0xffff;

const made = { byUnix: 3 << 8, version: 20, zip64Version: 45 };
const deflated = 8;
const sizesFollow = 1 << 3;
const utf8Name = 1 << 11;

/*
 * The same for every file of every package, so that the same records give the same bytes: no clock, no user, no umask.
 * The date is 1 January 1980, the earliest a zip can hold.
 */
const date = (1 << 5) | 1;
const time = 0;
const regularFile = 0o100_644;

/** What stands before the bytes of a file. */
export function localHeader(name: string): Buffer {
  const bytes = Buffer.from(name, "utf8");
  const header = new RecordBytes(30 + bytes.length);
  header.u32(0x04034b50).u16(made.version).u16(flagsOf(name)).u16(deflated).u16(time).u16(date);
  header.u32(0).u32(0).u32(0).u16(bytes.length).u16(0).raw(bytes);
  return header.bytes;
}

/** What stands behind the bytes of a file: in its long form past 4 GiB. */
export function dataDescriptor(entry: WrittenEntry): Buffer {
  const { crc32, compressedBytes, sizeBytes } = entry;
  if (isLong(entry)) {
    return new RecordBytes(24).u32(0x08074b50).u32(crc32).u64(compressedBytes).u64(sizeBytes).bytes;
  }
  return new RecordBytes(16).u32(0x08074b50).u32(crc32).u32(compressedBytes).u32(sizeBytes).bytes;
}

/** The directory's record of a file. */
export function directoryRecord(entry: WrittenEntry): Buffer {
  const name = Buffer.from(entry.name, "utf8");
  const long = isLong(entry) || entry.offset >= zip64From;
  const record = new RecordBytes(46 + name.length + (long ? 28 : 0));
  const version = long ? made.zip64Version : made.version;
  record
    .u32(0x02014b50)
    .u16(made.byUnix | version)
    .u16(version)
    .u16(flagsOf(entry.name))
    .u16(deflated);
  record.u16(time).u16(date).u32(entry.crc32);
  const short = (value: number): number => (long ? zip64From : value);
  record.u32(short(entry.compressedBytes)).u32(short(entry.sizeBytes));
  record
    .u16(name.length)
    .u16(long ? 28 : 0)
    .u16(0)
    .u16(0)
    .u16(0)
    .u32(regularFile * 0x1_0000);
  record.u32(short(entry.offset)).raw(name);
  if (long) record.u16(1).u16(24).u64(entry.sizeBytes).u64(entry.compressedBytes).u64(entry.offset);
  return record.bytes;
}

/** The end of a zip, behind its directory. */
export function directoryEnd(directory: {
  readonly entries: number;
  readonly offset: number;
  readonly sizeBytes: number;
}): Buffer {
  const { entries, offset, sizeBytes } = directory;
  const long = entries >= zip64Entries || offset >= zip64From || sizeBytes >= zip64From;
  const end = new RecordBytes(22 + (long ? 76 : 0));
  if (long) {
    end
      .u32(0x06064b50)
      .u64(44)
      .u16(made.byUnix | made.zip64Version)
      .u16(made.zip64Version)
      .u32(0)
      .u32(0);
    end.u64(entries).u64(entries).u64(sizeBytes).u64(offset);
    end
      .u32(0x07064b50)
      .u32(0)
      .u64(offset + sizeBytes)
      .u32(1);
  }
  const count = long ? zip64Entries : entries;
  end.u32(0x06054b50).u16(0).u16(0).u16(count).u16(count);
  end
    .u32(long ? zip64From : sizeBytes)
    .u32(long ? zip64From : offset)
    .u16(0);
  return end.bytes;
}

function isLong({ sizeBytes, compressedBytes }: WrittenEntry): boolean {
  return sizeBytes >= zip64From || compressedBytes >= zip64From;
}

function flagsOf(name: string): number {
  return sizesFollow | (/^[\x20-\x7e]*$/.test(name) ? 0 : utf8Name);
}

/** Little-endian numbers one behind the other. */
class RecordBytes {
  readonly bytes: Buffer;
  #at = 0;

  constructor(sizeBytes: number) {
    this.bytes = Buffer.alloc(sizeBytes);
  }

  u16(value: number): this {
    this.#at = this.bytes.writeUInt16LE(value, this.#at);
    return this;
  }

  u32(value: number): this {
    this.#at = this.bytes.writeUInt32LE(value, this.#at);
    return this;
  }

  u64(value: number): this {
    this.#at = this.bytes.writeBigUInt64LE(BigInt(value), this.#at);
    return this;
  }

  raw(bytes: Buffer): this {
    this.#at += bytes.copy(this.bytes, this.#at);
    return this;
  }
}
