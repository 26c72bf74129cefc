import { crc32, deflateRawSync } from "node:zlib";

/** One file of a zip that is made byte by byte, so that it can be wrong in every way. */
export interface ZipFile {
  readonly name: string;
  readonly data?: Buffer | string;
  /** Default: deflate. */
  readonly method?: number;
  /** General purpose flags beside that of UTF-8 names. */
  readonly flags?: number;
  readonly utf8?: boolean;
  /** What directory and header say instead of the truth. */
  readonly crc?: number;
  readonly sizeBytes?: number;
  /** The name in the file's own header. */
  readonly localName?: string;
  readonly localMethod?: number;
  /** Unix mode, for links. */
  readonly mode?: number;
  /** The packed bytes as they are. */
  readonly packed?: Buffer;
  /** Uses the bytes of the file before instead of its own. */
  readonly sharesBytes?: boolean;
}

/** A zip of these files. `zip64` writes the sizes and the end of the directory the long way. */
export function makeZip(files: readonly ZipFile[], options: { readonly zip64?: boolean } = {}): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  let lastOffset = 0;
  for (const file of files) {
    const data = Buffer.from(file.data ?? "");
    const method = file.method ?? 8;
    const packed = file.packed ?? (method === 8 ? deflateRawSync(data) : data);
    const described = { ...file, method, data, packed };
    if (file.sharesBytes !== true) {
      lastOffset = offset;
      const local = localHeader(described);
      parts.push(local, packed);
      offset += local.length + packed.length;
    }
    directory.push(centralHeader(described, lastOffset, options.zip64 === true));
  }
  const central = Buffer.concat(directory);
  return Buffer.concat([
    ...parts,
    central,
    ...(options.zip64 === true ? [zip64End(files.length, central.length, offset)] : []),
    end(files.length, central.length, options.zip64 === true ? 0xffffffff : offset),
  ]);
}

type Described = ZipFile & { readonly method: number; readonly data: Buffer; readonly packed: Buffer };

function nameBytes(name: string, utf8 = true): Buffer {
  return Buffer.from(name, utf8 ? "utf8" : "latin1");
}

function flagsOf({ flags = 0, utf8 = true }: Described): number {
  return flags | (utf8 ? 0x800 : 0);
}

function localHeader(file: Described): Buffer {
  const name = nameBytes(file.localName ?? file.name, file.utf8);
  const header = Buffer.alloc(30);
  header.writeUInt32LE(0x04034b50, 0);
  header.writeUInt16LE(flagsOf(file), 6);
  header.writeUInt16LE(file.localMethod ?? file.method, 8);
  header.writeUInt32LE(file.crc ?? crc32(file.data), 14);
  header.writeUInt32LE(file.packed.length, 18);
  header.writeUInt32LE(file.sizeBytes ?? file.data.length, 22);
  header.writeUInt16LE(name.length, 26);
  return Buffer.concat([header, name]);
}

function centralHeader(file: Described, offset: number, zip64: boolean): Buffer {
  const name = nameBytes(file.name, file.utf8);
  const sizes = [file.sizeBytes ?? file.data.length, file.packed.length, offset];
  const extra = Buffer.alloc(zip64 ? 28 : 0);
  if (zip64) {
    extra.writeUInt16LE(1, 0);
    extra.writeUInt16LE(24, 2);
    sizes.forEach((size, index) => extra.writeBigUInt64LE(BigInt(size), 4 + index * 8));
  }
  const header = Buffer.alloc(46);
  header.writeUInt32LE(0x02014b50, 0);
  header.writeUInt16LE(file.mode === undefined ? 20 : 0x0314, 4);
  header.writeUInt16LE(flagsOf(file), 8);
  header.writeUInt16LE(file.method, 10);
  header.writeUInt32LE(file.crc ?? crc32(file.data), 16);
  header.writeUInt32LE(zip64 ? 0xffffffff : (sizes[1] ?? 0), 20);
  header.writeUInt32LE(zip64 ? 0xffffffff : (sizes[0] ?? 0), 24);
  header.writeUInt16LE(name.length, 28);
  header.writeUInt16LE(extra.length, 30);
  header.writeUInt32LE(((file.mode ?? 0) << 16) >>> 0, 38);
  header.writeUInt32LE(zip64 ? 0xffffffff : offset, 42);
  return Buffer.concat([header, name, extra]);
}

function end(files: number, directoryBytes: number, offset: number): Buffer {
  const record = Buffer.alloc(22);
  record.writeUInt32LE(0x06054b50, 0);
  record.writeUInt16LE(files, 8);
  record.writeUInt16LE(files, 10);
  record.writeUInt32LE(directoryBytes, 12);
  record.writeUInt32LE(offset, 16);
  return record;
}

function zip64End(files: number, directoryBytes: number, offset: number): Buffer {
  const record = Buffer.alloc(76);
  record.writeUInt32LE(0x06064b50, 0);
  record.writeBigUInt64LE(44n, 4);
  record.writeBigUInt64LE(BigInt(files), 24);
  record.writeBigUInt64LE(BigInt(files), 32);
  record.writeBigUInt64LE(BigInt(directoryBytes), 40);
  record.writeBigUInt64LE(BigInt(offset), 48);
  record.writeUInt32LE(0x07064b50, 56);
  record.writeBigUInt64LE(BigInt(offset + directoryBytes), 64);
  record.writeUInt32LE(1, 72);
  return record;
}
