import { open, readdir, readFile, stat } from "node:fs/promises";
import path from "node:path";
import { DmfpipeError } from "../../errors/dmfpipe-error.ts";
import type { ManifestOptions } from "../../package/manifest.ts";
import type { ContractRemark } from "../../package/member-reader.ts";
import { readManifest, readPackageHeader } from "../../package/read-manifest.ts";
import { plainEntryName, unpackPackage } from "../../package/unpack-package.ts";
import { ZipReader } from "../../package/zip-reader.ts";

/** All 3,000 entities of F&O with some hundred fields each stay below. */
const documentBytes = 512 * 1024 ** 2;

/** What a package says of itself; from its header, or where there is none, from what its manifest looks like. */
export interface PackageWords {
  readonly manifest: ManifestOptions;
  /** What F&O's serializer would take otherwise than it was meant. */
  readonly remarks: readonly ContractRemark[];
}

/** A package that is read as a template: a zip, or a Manifest.xml with or without its files beside it. */
export interface PackageContents extends PackageWords {
  /** Absolute path of the zip or of Manifest.xml. */
  readonly file: string;
  /** Whether its data files have to be unpacked before they can be read. */
  readonly isZip: boolean;
  /** Names of all files of the package, with `/` between folders. */
  readonly names: readonly string[];
  /**
   * Puts files of the package into a folder, where they are not on disk already; gives the path of each, by its name.
   * Throws DMFP-PACKAGE-UNREADABLE, DMFP-FILE-WRITE and DMFP-INTERRUPTED.
   */
  place(
    names: readonly string[],
    options: { readonly folder: string; readonly signal: AbortSignal },
  ): Promise<ReadonlyMap<string, string>>;
  close(): Promise<void>;
}

/**
 * Opens a package: a zip, a Manifest.xml, or a folder with one in it. Throws DMFP-PACKAGE-UNREADABLE when it is none of
 * them, cannot be read, or is built to do harm.
 */
export async function openPackageContents(file: string): Promise<PackageContents> {
  const stats = await stat(file).catch(() => undefined);
  if (stats === undefined) throw unreadable(file, "there is no such file");
  if (stats.isDirectory()) return await openManifest(path.join(file, "Manifest.xml"));
  return (await isZip(file)) ? await openZip(file) : await openManifest(file);
}

async function isZip(file: string): Promise<boolean> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2, 0);
    return bytesRead === 2 && buffer.toString("latin1") === "PK";
  } finally {
    await handle.close();
  }
}

async function openZip(file: string): Promise<PackageContents> {
  const zip = await ZipReader.open(file);
  try {
    const entry = zip.find("Manifest.xml");
    if (entry === undefined) throw unreadable(file, noManifest(zip));
    const header = zip.find("PackageHeader.xml");
    const words = wordsOf(
      await zip.read(entry, documentBytes),
      header === undefined ? undefined : await zip.read(header, documentBytes),
    );
    return {
      file,
      isZip: true,
      ...words,
      names: zip.entries.map(({ name }) => plainEntryName(name)),
      place: async (names, { folder, signal }) => {
        const wanted = new Set(names);
        const files = await unpackPackage(zip, { folder, wanted: (name) => wanted.has(name), signal });
        return new Map(files.map((unpacked) => [unpacked.name, unpacked.path]));
      },
      close: () => zip.close(),
    };
  } catch (thrown) {
    await zip.close();
    throw thrown;
  }
}

async function openManifest(file: string): Promise<PackageContents> {
  const folder = path.dirname(file);
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw unreadable(file, "there is no such file", cause);
  });
  const header = await readFile(path.join(folder, "PackageHeader.xml")).catch(() => undefined);
  const files = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = new Map(
    files
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath, entry.name))
      .map((found) => [path.relative(folder, found).replaceAll(path.sep, "/"), found]),
  );
  return {
    file,
    isZip: false,
    ...wordsOf(bytes, header),
    names: [...paths.keys()],
    place: (names) => Promise.resolve(new Map([...paths].filter(([name]) => names.includes(name)))),
    close: () => Promise.resolve(),
  };
}

/** The header knows the version; the manifest only shows whether it has members of version 2. */
function wordsOf(manifestBytes: Buffer, headerBytes: Buffer | undefined): PackageWords {
  const { manifest, remarks } = readManifest(manifestBytes);
  if (headerBytes === undefined) return { manifest, remarks };
  const header = readPackageHeader(headerBytes);
  const version =
    header.packageVersion === 1 || header.packageVersion === 2 ? header.packageVersion : undefined;
  return {
    manifest: { ...manifest, packageVersion: version ?? manifest.packageVersion },
    remarks: [
      ...remarks,
      ...header.remarks.map((remark) => ({ ...remark, path: `PackageHeader/${remark.path}` })),
    ],
  };
}

function noManifest(zip: ZipReader): string {
  const deeper = zip.entries.find(({ name }) => /[/\\]manifest\.xml$/i.test(name));
  if (deeper === undefined) return "it has no Manifest.xml, so it is no data package";
  return `its Manifest.xml is in a folder (${deeper.name}); F&O wants it at the root of the zip`;
}

function unreadable(file: string, why: string, cause?: unknown): DmfpipeError {
  return new DmfpipeError("DMFP-PACKAGE-UNREADABLE", `The package ${file} cannot be read: ${why}.`, {
    at: { file },
    cause,
  });
}
