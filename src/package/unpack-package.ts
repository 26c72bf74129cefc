import path from "node:path";
import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import { PartialFile } from "./partial-file.ts";
import { comparableEntryName } from "./zip-entry-name.ts";
import type { ZipReader } from "./zip-reader.ts";

/** A file that was taken out of a package. */
export interface UnpackedFile {
  /** As the package names it, with `/` between folders. */
  readonly name: string;
  /** Absolute. */
  readonly path: string;
  readonly sizeBytes: number;
}

export interface UnpackOptions {
  /** Absolute; it is made where it is missing. */
  readonly folder: string;
  /** Names of the files that are wanted; default: all. */
  readonly wanted?: (name: string) => boolean;
  readonly signal: AbortSignal;
}

/**
 * Takes files out of a package into a folder. The reader has refused bombs, names that lead elsewhere, links, encrypted
 * files and names that come twice when it was opened, and checks size and CRC-32 while it reads. Each file gets its
 * name only when it is whole; only its owner may read it.
 *
 * Throws DMFP-PACKAGE-UNREADABLE, also for names that no folder can hold (a file where others need a folder, control
 * characters, characters that mean something else on Windows), before anything is written; DMFP-FILE-WRITE and
 * DMFP-INTERRUPTED.
 */
export async function unpackPackage(
  zip: ZipReader,
  options: UnpackOptions,
): Promise<readonly UnpackedFile[]> {
  const { folder, wanted = () => true, signal } = options;
  const names = new Map(zip.entries.map((entry) => [entry, plainEntryName(entry.name)]));
  demandPossible([...names.values()]);
  const unpacked: UnpackedFile[] = [];
  for (const [entry, name] of names) {
    if (!wanted(name)) continue;
    const target = path.join(folder, ...name.split("/"));
    const file = await PartialFile.open(target);
    try {
      await file.consume(interruptible(zip.stream(entry), signal));
      await file.publish();
    } catch (thrown) {
      await file.discard();
      throw thrown;
    }
    unpacked.push({ name, path: target, sizeBytes: entry.sizeBytes });
  }
  return unpacked;
}

/** The name with `/` between its parts: packages made on Windows may have its slashes, and a step `.` says nothing. */
export function plainEntryName(name: string): string {
  return name
    .split(/[/\\]/)
    .filter((part) => part !== "" && part !== ".")
    .join("/");
}

function demandPossible(names: readonly string[]): void {
  const files = new Set<string>();
  for (const name of names) {
    const comparable = comparableEntryName(name);
    if (name === "" || /[\u0000-\u001f\u007f<>:"|?*]/.test(name)) {
      throw refused(name, "has characters that no file's name can have on Windows");
    }
    if (files.has(comparable)) throw refused(name, "is there twice");
    files.add(comparable);
  }
  for (const name of names) {
    const parts = comparableEntryName(name).split("/");
    for (let length = 1; length < parts.length; length++) {
      if (files.has(parts.slice(0, length).join("/"))) throw refused(name, "lies in a folder that is a file");
    }
  }
}

function refused(name: string, why: string): DmfpipeError {
  return new DmfpipeError(
    "DMFP-PACKAGE-UNREADABLE",
    `The package cannot be unpacked: ${JSON.stringify(name)} ${why}.`,
  );
}

async function* interruptible(chunks: AsyncIterable<Buffer>, signal: AbortSignal): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    if (signal.aborted) {
      throw new DmfpipeError("DMFP-INTERRUPTED", "Interrupted while a package was unpacked.", {
        next: "Give the command again.",
      });
    }
    yield chunk;
  }
}
