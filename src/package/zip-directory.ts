import type { FileHandle } from "node:fs/promises";
import { parseDirectory, type DirectoryEntry } from "./directory-entries.ts";
import { findDirectory, type LostDirectory } from "./directory-place.ts";
import { readUpTo } from "./zip-bytes.ts";

/** One file of a zip, as the central directory describes it. */
export interface ZipEntry extends Omit<DirectoryEntry, "rawName"> {
  /** As written, decoded as UTF-8. */
  readonly name: string;
}

/** The file is no whole zip, or contradicts itself. Callers say which file it is about. */
export class ZipDamage extends Error {
  override readonly name = "ZipDamage";
}

const lostWords: Readonly<Record<LostDirectory, string>> = {
  "no end": "it is no zip file, or is cut off",
  "several parts": "it is one part of a zip in several parts",
  "no Zip64 record": "its Zip64 directory is missing",
  "damaged Zip64 record": "its Zip64 directory is missing",
};

/**
 * The central directory of a zip, Zip64 included, in its own order. `entryLimit`: more entries than this are refused
 * before any is read, and the directory may take 1,000 bytes an entry on average. Throws ZipDamage.
 *
 * Read with our own code, because unzipper trusts the number of entries, does not look at signatures, and finds no
 * directory behind a comment of more than 58 bytes.
 */
export async function readZipDirectory(file: FileHandle, entryLimit: number): Promise<ZipEntry[]> {
  const { size: fileBytes } = await file.stat();
  const place = await findDirectory(file, fileBytes, { exact: true });
  if (typeof place === "string") throw new ZipDamage(lostWords[place]);
  const { entries: count, offset, sizeBytes } = place;
  if (count > entryLimit) {
    throw new ZipDamage(`it has ${count} entries, more than the ${entryLimit} that are allowed`);
  }
  if (sizeBytes > (entryLimit + 1) * 1000) throw new ZipDamage("its directory is too large");
  if (offset + sizeBytes > fileBytes) throw new ZipDamage("its directory is cut off");
  const { entries, damage } = parseDirectory(await readAt(file, offset, sizeBytes));
  const more = entries.length > count || (entries.length === count && damage !== undefined);
  if (more) throw new ZipDamage("its directory has more than its entries");
  if (entries.length < count) {
    throw new ZipDamage(`its directory is damaged at entry ${entries.length + 1} of ${count}`);
  }
  return entries.map(whole);
}

/** Bytes of the file at a place. Throws ZipDamage when it ends earlier. */
export async function readAt(file: FileHandle, offset: number, sizeBytes: number): Promise<Buffer> {
  const bytes = await readUpTo(file, offset, sizeBytes);
  if (bytes.length < sizeBytes) throw new ZipDamage("it is cut off");
  return bytes;
}

function whole({ rawName, ...entry }: DirectoryEntry): ZipEntry {
  if (entry.numberMissing) throw new ZipDamage("a size of more than 4 GiB is missing from its directory");
  const numbers = [entry.sizeBytes, entry.compressedBytes, entry.headerOffset];
  if (numbers.includes(Number.MAX_SAFE_INTEGER)) {
    throw new ZipDamage("a number in its directory is no size of a file");
  }
  return { ...entry, name: rawName.toString("utf8") };
}
