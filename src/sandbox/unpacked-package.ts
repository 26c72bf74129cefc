import { createWriteStream } from "node:fs";
import { mkdir, readFile, rm, stat } from "node:fs/promises";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { ActionRefused } from "./action-refused.ts";
import { PackageArchive } from "./package-archive.ts";

/** Manifest and header are read into memory; real ones of 92 entities have some 5 MB. */
const xmlLimitBytes = 64 * 1024 * 1024;

/** A package unpacked into a folder, as F&O does before it looks at anything in it. */
export class UnpackedPackage {
  readonly #folder: string;
  readonly #files: ReadonlyMap<string, string>;

  private constructor(folder: string, files: ReadonlyMap<string, string>) {
    this.#folder = folder;
    this.#files = files;
  }

  /** Unpacks a whole package. Throws ActionRefused when any of its files is damaged; then nothing is left behind. */
  static async unpack(
    zipFile: string,
    folder: string,
    limits: { readonly unpackedSizeLimitBytes: number },
  ): Promise<UnpackedPackage> {
    await mkdir(folder, { recursive: true });
    try {
      const archive = await PackageArchive.open(zipFile, limits);
      try {
        const files = new Map<string, string>();
        for (const [index, name] of archive.names().entries()) {
          // Own file names: what a package calls its files never reaches the file system.
          const file = path.join(folder, `${index}`);
          await pipeline(archive.stream(name), createWriteStream(file));
          files.set(canonical(name), file);
        }
        return new UnpackedPackage(folder, files);
      } finally {
        await archive.close();
      }
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** Path of a file in the package's root, or undefined. Case does not matter: F&O runs on Windows. */
  find(name: string): string | undefined {
    return this.#files.get(canonical(name));
  }

  /**
   * Content of Manifest.xml or PackageHeader.xml. A missing one is refused with the text that public issues
   * quote; it names the folder F&O unpacked the package into.
   */
  async readXml(name: string): Promise<Buffer> {
    const file = this.find(name);
    if (file === undefined) {
      const id = path.basename(this.#folder).toUpperCase();
      throw new ActionRefused(`Could not find file 'C:\\windows\\TEMP\\${id}_${id}\\${name}'.`, {
        type: "System.IO.FileNotFoundException",
      });
    }
    if ((await stat(file)).size > xmlLimitBytes) throw new ActionRefused(`The file '${name}' is too large.`);
    return readFile(file);
  }

  async remove(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }
}

function canonical(name: string): string {
  return name.replaceAll("\\", "/").toLowerCase();
}
