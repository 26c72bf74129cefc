import type { FileHandle } from "node:fs/promises";
import { parseDirectory, type DirectoryEntry } from "../directory-entries.ts";
import { findDirectory, type LostDirectory } from "../directory-place.ts";
import { readUpTo } from "../zip-bytes.ts";

/** One file of a zip, as the directory describes it. */
export interface ZipEntry extends DirectoryEntry {
  /** As far as its letters are known; folders end with `/`. */
  readonly name: string;
}

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

const localSignature = 0x04034b50;
/** Room for about a million files; a package has some hundred. */
const maxDirectoryBytes = 128 * 1024 * 1024;

const lostWords: Readonly<Record<Exclude<LostDirectory, "no end">, string>> = {
  "several parts": "It is one part of a zip in several parts.",
  "no Zip64 record": "Its Zip64 record is missing.",
  "damaged Zip64 record": "Its Zip64 record is damaged.",
};

/**
 * Reads the directory of a zip, Zip64 included. Never throws for what the file holds; only for a file that cannot be
 * read at all (an error of the operating system).
 *
 * Not with unzipper: it stops at the first defect or passes over it, and a judge has to name it and go on. It ignores
 * signatures, local headers, and a directory that ends early.
 */
export async function readZipDirectory(file: FileHandle, sizeBytes: number): Promise<ZipDirectory> {
  const place = await findDirectory(file, sizeBytes, { exact: false });
  if (place === "no end") return { entries: [], trouble: await withoutEnd(file) };
  if (typeof place === "string") return damaged(lostWords[place]);
  const { offset, sizeBytes: directoryBytes, entries: count, endOffset } = place;
  if (directoryBytes > maxDirectoryBytes) {
    return damaged(
      `Its directory of ${directoryBytes} bytes is larger than any package's and is not read here.`,
    );
  }
  if (offset + directoryBytes > endOffset) {
    return damaged("Its directory does not lie where the end of the zip says: bytes are missing in between.");
  }
  const { entries: found, damage } = parseDirectory(await readUpTo(file, offset, directoryBytes));
  const entries = found.map(named);
  if (damage === "no entry") {
    return damaged(`Its directory is damaged behind the ${ordinal(entries.length)} file.`, entries);
  }
  if (damage === "cut off") {
    return damaged(`Its directory ends within the ${ordinal(entries.length + 1)} file.`, entries);
  }
  // The old end record counts modulo 65,536; some writers leave it at that without Zip64.
  if (entries.length % 65_536 !== count % 65_536) {
    return damaged(`Its directory lists ${entries.length} files, its end says ${count}.`, entries);
  }
  return { entries };
}

function named(entry: DirectoryEntry): ZipEntry {
  const rawName = Buffer.from(entry.rawName);
  // Latin-1 shows every byte; which characters were meant cannot be known.
  return { ...entry, rawName, name: rawName.toString(entry.utf8Name ? "utf8" : "latin1") };
}

function damaged(message: string, entries: readonly ZipEntry[] = []): ZipDirectory {
  return { entries, trouble: { kind: "damaged", message } };
}

async function withoutEnd(file: FileHandle): Promise<ZipTrouble> {
  const head = await readUpTo(file, 0, 4);
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

function ordinal(number: number): string {
  const suffix =
    number % 100 >= 11 && number % 100 <= 13 ? "th" : (["th", "st", "nd", "rd"][number % 10] ?? "th");
  return `${number}${suffix}`;
}
