import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import path from "node:path";
import { DmfpipeError } from "../../errors/dmfpipe-error.ts";
import type { ManifestOptions } from "../../package/manifest.ts";
import { readManifest } from "../../package/read-manifest.ts";
import { unpackPackage } from "../../package/unpack-package.ts";
import { ZipReader } from "../../package/zip-reader.ts";
import type { SourceFormat } from "../../project/source-format.ts";
import { detectSource } from "../../source/detect-source.ts";
import { openSource } from "../../source/open-source.ts";
import { SourceFile } from "../../source/source-file.ts";
import { openPackageContents } from "./package-contents.ts";

/** What an exported package holds of one entity. */
export interface ExportedEntity {
  readonly entity: string;
  readonly format: string;
  /** Name of its data file; it may be missing. */
  readonly file: string;
  readonly sizeBytes?: number;
  /** Records that were counted in the file; absent where dmfpipe cannot read it (workbooks). */
  readonly records?: number;
}

/** Work on a folder that is not there before it is whole. */
export interface ExportFolder {
  /** Where the package is to be downloaded to. */
  readonly zip: string;
  /**
   * Unpacks the package and gives the folder its name. Throws DMFP-PACKAGE-UNREADABLE, DMFP-FILE-WRITE and
   * DMFP-INTERRUPTED.
   */
  publish(signal: AbortSignal): Promise<void>;
  /** Removes what is left of it. */
  discard(): Promise<void>;
}

/**
 * A folder for an exported package. It comes into being under another name beside the one it is to have, so a crash
 * leaves either the whole package or none. `replace`: an earlier export of that name gives way to the new one.
 *
 * Throws DMFP-FILE-EXISTS for a folder that is there, also with `replace` when it holds anything but an export.
 */
export async function beginExportFolder(
  folder: string,
  options: { readonly replace: boolean; readonly shownAs: string },
): Promise<ExportFolder> {
  await demandReplaceable(folder, options);
  await mkdir(path.dirname(folder), { recursive: true });
  const work = await mkdtemp(path.join(path.dirname(folder), `.${path.basename(folder)}-`));
  const zip = path.join(work, "package.zip");
  const fresh = path.join(work, "new");
  return {
    zip,
    publish: async (signal) => {
      const reader = await ZipReader.open(zip);
      try {
        if (reader.find("Manifest.xml") === undefined) {
          throw new DmfpipeError(
            "DMFP-PACKAGE-UNREADABLE",
            "The exported file has no Manifest.xml, so it is no package.",
          );
        }
        await unpackPackage(reader, { folder: fresh, signal });
      } finally {
        await reader.close();
      }
      await demandReplaceable(folder, options);
      if (await exists(folder)) await rename(folder, path.join(work, "old"));
      await rename(fresh, folder);
      await rm(work, { recursive: true, force: true });
    },
    discard: () => rm(work, { recursive: true, force: true }),
  };
}

async function demandReplaceable(
  folder: string,
  { replace, shownAs }: { readonly replace: boolean; readonly shownAs: string },
): Promise<void> {
  if (!(await exists(folder))) return;
  const stranger = replace ? await firstStranger(folder) : undefined;
  if (replace && stranger === undefined) return;
  const why = stranger === undefined ? "is there already" : `is no export: it has ${stranger}`;
  throw new DmfpipeError("DMFP-FILE-EXISTS", `${shownAs} ${why}.`, {
    at: { file: shownAs },
    next:
      stranger === undefined
        ? "Name another folder with --out, or replace the earlier export with --force"
        : "Name another folder with --out: this one is not removed.",
  });
}

/** Something in a folder that no package put there; undefined where there is nothing else. */
async function firstStranger(folder: string): Promise<string | undefined> {
  const files = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => undefined);
  if (files === undefined) return "files that cannot be listed";
  const names = files
    .filter((entry) => !entry.isDirectory())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).replaceAll(path.sep, "/"));
  if (names.length === 0) return undefined;
  const manifest = await readFile(path.join(folder, "Manifest.xml"))
    .then(readManifest)
    .catch(() => undefined);
  if (manifest === undefined) return names[0];
  const own = new Set([
    "manifest.xml",
    "packageheader.xml",
    ...manifest.manifest.entities.map(({ fileName }) => fileName.toLowerCase()),
  ]);
  return names.find((name) => !own.has(name.toLowerCase()) && !name.startsWith("Resources/"));
}

async function exists(file: string): Promise<boolean> {
  return (await stat(file).catch(() => undefined)) !== undefined;
}

/** What a package that was unpacked holds: its manifest, and the records of its data files, counted. */
export async function exportedEntities(
  folder: string,
): Promise<{ readonly manifest: ManifestOptions; readonly entities: readonly ExportedEntity[] }> {
  const contents = await openPackageContents(folder);
  const { manifest } = contents;
  await contents.close();
  const entities: ExportedEntity[] = [];
  for (const { label, sourceFormat, fileName } of manifest.entities) {
    const file = path.join(folder, fileName);
    const stats = fileName === "" ? undefined : await stat(file).catch(() => undefined);
    const records = stats === undefined ? undefined : await recordsOf(file, fileName);
    entities.push({
      entity: label,
      format: sourceFormat,
      file: fileName,
      ...(stats === undefined ? {} : { sizeBytes: stats.size }),
      ...(records === undefined ? {} : { records }),
    });
  }
  return { manifest, entities };
}

/** An exported value may be a long text; what is counted here is not kept. */
const recordBytes = 256 * 1024 ** 2;

async function recordsOf(file: string, name: string): Promise<number | undefined> {
  if (/\.xlsx?$/i.test(name)) return undefined;
  try {
    const source = await openSource({ path: file, name, format: await formatOf(file, name), wanted: [] });
    let records = 0;
    for await (const batch of source.batches()) records += batch.length;
    return records;
  } catch (thrown) {
    if (thrown instanceof DmfpipeError && thrown.code.startsWith("DMFP-SOURCE-")) return undefined;
    throw thrown;
  }
}

async function formatOf(file: string, name: string): Promise<SourceFormat> {
  if (/\.xml$/i.test(name)) return { record: "/Document/*", maxRecordBytes: recordBytes };
  const { format } = await detectSource(await SourceFile.open(file, name), { maxRecordBytes: recordBytes });
  return format;
}
