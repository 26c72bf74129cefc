import type { FileHandle } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { createInflateRaw, crc32 } from "node:zlib";
import { DmfpipeError } from "../../errors/dmfpipe-error.ts";
import { excerpt, type FindingLog } from "./finding-log.ts";
import { readUpTo } from "../zip-bytes.ts";
import type { ZipEntry } from "./zip-directory.ts";

/** An open package. */
export interface OpenZip {
  readonly path: string;
  readonly file: FileHandle;
  readonly sizeBytes: number;
  /** Aborted when somebody has lost patience. */
  readonly signal: AbortSignal;
}

/** A file of the zip whose bytes can be read. */
export interface LocatedEntry {
  readonly entry: ZipEntry;
  /** Offset of its packed bytes. */
  readonly start: number;
}

const readBytes = 256 * 1024;
const localSignature = 0x04034b50;
const localBytes = 30;
/** Real text packs to a tenth or a twentieth, the same row repeated to a two-hundredth. */
const maxRatio = 500;
/** Below this no ratio is dangerous. */
const harmlessBytes = 64 * 1024 * 1024;

/** Whether an entry unpacks to more than an extract would. */
export function isBomb(entry: ZipEntry): boolean {
  return entry.sizeBytes > harmlessBytes && entry.sizeBytes > entry.compressedBytes * maxRatio;
}

/**
 * Offset of an entry's packed bytes, or undefined when its own header is missing or is that of another file (then a
 * finding says so).
 */
export async function entryStart(
  zip: OpenZip,
  entry: ZipEntry,
  log: FindingLog,
): Promise<number | undefined> {
  const local = await readUpTo(zip.file, entry.headerOffset, localBytes + entry.rawName.length);
  const place = { entry: entry.name };
  if (local.length < localBytes || local.readUInt32LE(0) !== localSignature) {
    log.add("DMFP-LINT-ZIP-LOCAL-HEADER", place, () => ({
      message: `${excerpt(entry.name)} does not begin where the directory says.`,
    }));
    return undefined;
  }
  const nameBytes = local.readUInt16LE(26);
  const name = local.subarray(localBytes, localBytes + nameBytes);
  if (nameBytes !== entry.rawName.length || !name.equals(entry.rawName)) {
    log.add("DMFP-LINT-ZIP-LOCAL-HEADER", place, () => ({
      message: `The directory calls a file ${excerpt(entry.name)}, the file's own header calls it ${excerpt(name.toString("latin1"))}.`,
    }));
    return undefined;
  }
  if (local.readUInt16LE(8) !== entry.method) {
    log.add("DMFP-LINT-ZIP-LOCAL-HEADER", place, () => ({
      message: `The directory and the header of ${excerpt(entry.name)} name different ways of compression.`,
    }));
  }
  const start = entry.headerOffset + localBytes + nameBytes + local.readUInt16LE(28);
  if (start + entry.compressedBytes > zip.sizeBytes) {
    log.add("DMFP-LINT-ZIP-TRUNCATED", place, () => ({
      message: `${excerpt(entry.name)} ends behind the end of the zip.`,
    }));
    return undefined;
  }
  return start;
}

/**
 * The unpacked bytes of an entry, in pieces; what is wrong with them becomes findings, and the pieces end there. No
 * more bytes are unpacked than the directory promises, so a lie about the size cannot be used against us.
 */
export async function* entryBytes(
  zip: OpenZip,
  located: LocatedEntry,
  log: FindingLog,
): AsyncGenerator<Buffer> {
  const { entry, start } = located;
  let sizeBytes = 0;
  let crc = 0;
  const wrong = (message: string): void => {
    log.add("DMFP-LINT-ZIP-CRC", { entry: entry.name }, () => ({ message }));
  };
  try {
    for await (const chunk of unpacked(zip, located)) {
      if (zip.signal.aborted) throw stopped(zip.path);
      sizeBytes += chunk.length;
      if (sizeBytes > entry.sizeBytes) {
        wrong(`${excerpt(entry.name)} unpacks to more than the ${entry.sizeBytes} bytes the zip promises.`);
        return;
      }
      crc = crc32(chunk, crc);
      yield chunk;
    }
  } catch (thrown) {
    if (!isDataError(thrown)) throw thrown;
    log.add("DMFP-LINT-ZIP-DATA", { entry: entry.name }, () => ({
      message: `${excerpt(entry.name)} cannot be unpacked: its compressed bytes are damaged from about byte ${start} of the zip on.`,
    }));
    return;
  }
  if (sizeBytes !== entry.sizeBytes) {
    wrong(`${excerpt(entry.name)} unpacks to ${sizeBytes} bytes; the zip promises ${entry.sizeBytes}.`);
  } else if (crc !== entry.crc32) {
    wrong(`${excerpt(entry.name)} does not match its checksum: its bytes were changed or damaged.`);
  }
}

async function* unpacked(zip: OpenZip, located: LocatedEntry): AsyncGenerator<Buffer> {
  if (located.entry.method === 0) {
    yield* packed(zip, located);
    return;
  }
  if (located.entry.compressedBytes === 0) return;
  const inflate = createInflateRaw({ chunkSize: 256 * 1024 });
  const done = pipeline(packed(zip, located), inflate);
  // The loop below meets the same error; here it must only not go unhandled.
  done.catch(() => undefined);
  try {
    yield* inflate as AsyncIterable<Buffer>;
  } finally {
    inflate.destroy();
    // The file must not be closed while it is being read.
    await done.catch(() => undefined);
  }
}

/** The packed bytes of an entry. Not by a stream of its own: opening one for each of many files takes most of the time. */
async function* packed(zip: OpenZip, { entry, start }: LocatedEntry): AsyncGenerator<Buffer> {
  const end = start + entry.compressedBytes;
  for (let at = start; at < end; at += readBytes)
    yield await readUpTo(zip.file, at, Math.min(readBytes, end - at));
}

function stopped(file: string): DmfpipeError {
  return new DmfpipeError("DMFP-INTERRUPTED", `Interrupted while ${file} was being judged.`, {
    next: "Give the same command again: nothing was changed.",
  });
}

/** What zlib says about bytes it cannot unpack; anything else is an error of the machine. */
function isDataError(thrown: unknown): boolean {
  if (!(thrown instanceof Error) || !("code" in thrown)) return false;
  return thrown.code === "Z_DATA_ERROR" || thrown.code === "Z_BUF_ERROR" || thrown.code === "Z_NEED_DICT";
}
