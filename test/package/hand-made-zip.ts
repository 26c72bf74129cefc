import { crc32, deflateRawSync } from "node:zlib";

/** A file of a zip made by hand: what is given takes the place of the truth. */
export interface HandMadeEntry {
  readonly name: string;
  readonly content?: Buffer | string;
  /** 0: stored; default 8: deflated. */
  readonly method?: number;
  readonly flags?: number;
  readonly crc?: number;
  readonly sizeBytes?: number;
  readonly compressedBytes?: number;
  /** Behind the deflated bytes, and counted among them. */
  readonly trailing?: Buffer;
  /** Name in the local header. */
  readonly localName?: string;
  /** Position of the local header. */
  readonly offset?: number;
  readonly unixMode?: number;
  /** Sizes and position in the Zip64 field of the directory. */
  readonly zip64?: boolean;
}

export interface HandMadeOptions {
  readonly comment?: string;
  /** Number of entries that the end record names. */
  readonly count?: number;
  /** The end of the directory as Zip64 has it. */
  readonly zip64?: boolean;
}

/** A zip with every defect that is asked for, which no library writes. */
export function handMadeZip(entries: readonly HandMadeEntry[], options: HandMadeOptions = {}): Buffer {
  const files: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const entry of entries) {
    const content = Buffer.from(entry.content ?? "content");
    const method = entry.method ?? 8;
    const data =
      method === 8 ? Buffer.concat([deflateRawSync(content), entry.trailing ?? Buffer.alloc(0)]) : content;
    const name = Buffer.from(entry.name);
    const localName = Buffer.from(entry.localName ?? entry.name);
    const crc = entry.crc ?? crc32(content);
    const sizeBytes = entry.sizeBytes ?? content.length;
    const compressedBytes = entry.compressedBytes ?? data.length;
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(20, 4);
    local.writeUInt16LE(entry.flags ?? 0, 6);
    local.writeUInt16LE(method, 8);
    local.writeUInt32LE(crc, 14);
    local.writeUInt16LE(localName.length, 26);
    files.push(local, localName, data);

    const central = Buffer.alloc(46);
    central.writeUInt32LE(0x02014b50, 0);
    central.writeUInt16LE((3 << 8) | 20, 4);
    central.writeUInt16LE(entry.flags ?? 0, 8);
    central.writeUInt16LE(method, 10);
    central.writeUInt32LE(crc, 16);
    const at = entry.offset ?? offset;
    const all = [sizeBytes, compressedBytes, at];
    const large = entry.zip64 === true;
    central.writeUInt32LE(large ? 0xffffffff : compressedBytes, 20);
    central.writeUInt32LE(large ? 0xffffffff : sizeBytes, 24);
    central.writeUInt32LE(large ? 0xffffffff : at, 42);
    central.writeUInt16LE(name.length, 28);
    central.writeUInt32LE(((entry.unixMode ?? 0o100644) << 16) >>> 0, 38);
    const extra = large ? zip64Field(all) : Buffer.alloc(0);
    central.writeUInt16LE(extra.length, 30);
    directory.push(central, name, extra);
    offset += 30 + localName.length + data.length;
  }
  const content = Buffer.concat(files);
  const central = Buffer.concat(directory);
  return Buffer.concat([content, central, endOf(content.length, central.length, entries.length, options)]);
}

function zip64Field(numbers: readonly number[]): Buffer {
  const field = Buffer.alloc(4 + 8 * numbers.length);
  field.writeUInt16LE(1, 0);
  field.writeUInt16LE(8 * numbers.length, 2);
  numbers.forEach((number, index) => field.writeBigUInt64LE(BigInt(number), 4 + 8 * index));
  return field;
}

function endOf(offset: number, sizeBytes: number, entries: number, options: HandMadeOptions): Buffer {
  const comment = Buffer.from(options.comment ?? "");
  const count = options.count ?? entries;
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(comment.length, 20);
  const large = options.zip64 === true;
  end.writeUInt16LE(large ? 0xffff : count, 8);
  end.writeUInt16LE(large ? 0xffff : count, 10);
  end.writeUInt32LE(large ? 0xffffffff : sizeBytes, 12);
  end.writeUInt32LE(large ? 0xffffffff : offset, 16);
  if (!large) return Buffer.concat([end, comment]);
  const record = Buffer.alloc(56);
  record.writeUInt32LE(0x06064b50, 0);
  record.writeBigUInt64LE(44n, 4);
  record.writeBigUInt64LE(BigInt(count), 24);
  record.writeBigUInt64LE(BigInt(count), 32);
  record.writeBigUInt64LE(BigInt(sizeBytes), 40);
  record.writeBigUInt64LE(BigInt(offset), 48);
  const locator = Buffer.alloc(20);
  locator.writeUInt32LE(0x07064b50, 0);
  locator.writeBigUInt64LE(BigInt(offset + sizeBytes), 8);
  locator.writeUInt32LE(1, 16);
  return Buffer.concat([record, locator, end, comment]);
}
