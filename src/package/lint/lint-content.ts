import { dataFormat } from "./data-format.ts";
import { DataFileJudge } from "./data-file-judge.ts";
import { entryBytes, entryStart, isBomb, type LocatedEntry, type OpenZip } from "./entry-bytes.ts";
import { excerpt, printable, type FindingLog } from "./finding-log.ts";
import type { KnownEntities } from "./known-entities.ts";
import type { LintedEntity } from "./lint-finding.ts";
import { lintHeader } from "./lint-header.ts";
import { lintManifest } from "./lint-manifest.ts";
import { compositeAround, type ManifestEntityData } from "./manifest-entity.ts";
import { PackageLayout } from "./package-layout.ts";
import { maxDocumentBytes } from "./read-document.ts";
import type { ZipEntry } from "./zip-directory.ts";

interface LintTools {
  readonly known: KnownEntities;
  readonly log: FindingLog;
}

/**
 * Judges what a zip holds. Every file is unpacked once, so that its checksum is known: header and manifest first,
 * because they say what the others are.
 */
export async function lintContent(
  zip: OpenZip,
  entries: readonly ZipEntry[],
  tools: LintTools,
): Promise<LintedEntity[]> {
  const { log } = tools;
  const located = await locate(zip, entries, log);
  const layout = new PackageLayout(entries, log);
  const header = layout.document("PackageHeader.xml");
  const manifest = layout.document("Manifest.xml");
  const headerBytes = header === undefined ? undefined : await documentBytes(zip, located.get(header), log);
  const packageVersion =
    header === undefined || headerBytes === undefined ? undefined : lintHeader(headerBytes, header.name, log);
  const manifestBytes =
    manifest === undefined ? undefined : await documentBytes(zip, located.get(manifest), log);
  const entities =
    manifest === undefined || manifestBytes === undefined
      ? undefined
      : lintManifest(manifestBytes, { entry: manifest.name, packageVersion, ...tools });
  const named = entities === undefined ? undefined : layout.dataFiles(entities);
  if (named !== undefined) layout.lintUnused(new Set(named.values()));
  const records = new Map<ManifestEntityData, number>();
  const entitiesOf = Map.groupBy(named ?? [], ([, entry]) => entry);
  for (const entry of entries) {
    const found = located.get(entry);
    if (entry === header || entry === manifest || found === undefined) continue;
    const all = (entitiesOf.get(entry) ?? []).map(([entity]) => entity);
    // The records of entities in a composite one are nested in its own.
    const owners = all.filter((entity) => compositeAround(entity, all) === undefined);
    for (const [entity, count] of await lintDataFile(zip, found, { owners, log })) records.set(entity, count);
  }
  return (entities ?? []).map((entity) => {
    const count = records.get(entity);
    const [label, file, format] = [entity.label, entity.file, entity.format].map(printable);
    return {
      label: label ?? "",
      file: file ?? "",
      format: format ?? "",
      ...(count === undefined ? {} : { records: count }),
    };
  });
}

/** Finds the bytes of every file that can be read: findings say which cannot, and why. */
async function locate(
  zip: OpenZip,
  entries: readonly ZipEntry[],
  log: FindingLog,
): Promise<ReadonlyMap<ZipEntry, LocatedEntry>> {
  const located: LocatedEntry[] = [];
  for (const entry of entries) {
    if (entry.name.endsWith("/")) continue;
    const start = await entryStart(zip, entry, log);
    if (start !== undefined && canBeUnpacked(entry, log)) located.push({ entry, start });
  }
  const result = new Map(located.map((found) => [found.entry, found]));
  let end = 0;
  for (const found of located.toSorted((a, b) => a.entry.headerOffset - b.entry.headerOffset)) {
    const { entry, start } = found;
    if (entry.headerOffset < end) {
      result.delete(entry);
      log.add("DMFP-LINT-ZIP-BOMB", { entry: entry.name }, () => ({
        message: `${excerpt(entry.name)} uses packed bytes of another file.`,
      }));
    }
    end = Math.max(end, start + entry.compressedBytes);
  }
  return result;
}

function canBeUnpacked(entry: ZipEntry, log: FindingLog): boolean {
  const place = { entry: entry.name };
  const name = excerpt(entry.name);
  if (entry.encrypted) {
    log.add("DMFP-LINT-ZIP-ENCRYPTED", place, () => ({ message: `${name} is encrypted.` }));
    return false;
  }
  if (entry.method !== 0 && entry.method !== 8) {
    log.add("DMFP-LINT-ZIP-METHOD", place, () => ({
      message: `${name} is compressed by ${methodNames.get(entry.method) ?? `the method ${entry.method}`}.`,
    }));
    return false;
  }
  if (!isBomb(entry)) return true;
  log.add("DMFP-LINT-ZIP-BOMB", place, () => ({
    message: `${name} has ${entry.compressedBytes} bytes and claims to unpack to ${entry.sizeBytes}.`,
  }));
  return false;
}

const methodNames: ReadonlyMap<number, string> = new Map([
  [9, "Deflate64"],
  [12, "BZip2"],
  [14, "LZMA"],
  [93, "Zstandard"],
  [95, "XZ"],
  [98, "PPMd"],
  [99, "AES encryption"],
]);

/** The bytes of Manifest.xml or PackageHeader.xml, or undefined where they cannot be had. */
async function documentBytes(
  zip: OpenZip,
  located: LocatedEntry | undefined,
  log: FindingLog,
): Promise<Buffer | undefined> {
  if (located === undefined) return undefined;
  const { name, sizeBytes } = located.entry;
  if (sizeBytes > maxDocumentBytes) {
    log.add("DMFP-LINT-DOCUMENT-SIZE", { entry: name }, () => ({
      message: `${name} has ${sizeBytes} bytes.`,
    }));
    return undefined;
  }
  const chunks: Buffer[] = [];
  for await (const chunk of entryBytes(zip, located, log)) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  if (bytes.length > 0) return bytes;
  if (sizeBytes === 0)
    log.add("DMFP-LINT-DATA-EMPTY", { entry: name }, () => ({ message: `${name} is empty.` }));
  return undefined;
}

/** Unpacks a file and has it judged for every entity that names it; returns the records that were counted. */
async function lintDataFile(
  zip: OpenZip,
  located: LocatedEntry,
  { owners, log }: { readonly owners: readonly ManifestEntityData[]; readonly log: FindingLog },
): Promise<Map<ManifestEntityData, number>> {
  const { name, sizeBytes } = located.entry;
  const judges = owners.map((entity) => ({
    entity,
    judge: new DataFileJudge({
      entry: name,
      sizeBytes,
      entity,
      format: dataFormat(entity.format, entity.file),
      log,
    }),
  }));
  let unpackedBytes = 0;
  for await (const chunk of entryBytes(zip, located, log)) {
    unpackedBytes += chunk.length;
    for (const { judge } of judges) judge.feed(chunk);
  }
  const records = new Map<ManifestEntityData, number>();
  // Of a file that broke off, the end would be judged wrongly.
  if (unpackedBytes !== sizeBytes) return records;
  for (const { entity, judge } of judges) {
    const count = await judge.end();
    if (count !== undefined) records.set(entity, count);
  }
  return records;
}
