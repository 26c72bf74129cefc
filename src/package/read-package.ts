import { Readable } from "node:stream";
import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import { fileColumns, type FileColumn } from "./field-map.ts";
import { readDelimitedRows } from "./read-delimited-rows.ts";
import { readManifest } from "./read-manifest.ts";
import { readXmlRows } from "./read-xml-rows.ts";
import type { ZipEntry } from "./zip-directory.ts";
import { ownZipLimits, ZipReader } from "./zip-reader.ts";

/** Some consecutive rows of a data file. */
export interface PackageRows {
  /** The fields the columns fill, the same in every batch. */
  readonly header: readonly string[];
  /** Number of the first row in the file, 1-based, the header not counted: the nth record that was written. */
  readonly firstRow: number;
  /** Never empty. */
  readonly rows: readonly (readonly string[])[];
}

const rowsPerBatch = 1000;
/** All 3,000 entities of F&O with some hundred fields each stay below. */
const manifestBytes = 512 * 1024 ** 2;

/**
 * Reads back the rows of one data file of a package that PackageWriter wrote, in whichever format, in order, in
 * batches; only one batch is in memory. `file` is the zip, `fileName` the data file inside it (see dataFileName). The
 * columns of an XML file are those the package's manifest maps; a text file has them in its header.
 *
 * Size and CRC-32 are checked at the end, so rows of a damaged file may come out before the error. Throws
 * DMFP-RUN-FILE when the package is missing, cut off or was changed.
 */
export async function* readPackageRows(file: string, fileName: string): AsyncGenerator<PackageRows> {
  const { zip, entry } = await openDataFile(file, fileName);
  try {
    const bytes = Readable.from(zip.stream(entry), { objectMode: false });
    if (fileName.toLowerCase().endsWith(".xml")) {
      const columns = await fieldColumns(zip, file, fileName);
      const names = columns.map(({ name }) => name);
      yield* batches(fieldsOf(names, columns), readXmlRows(bytes, names));
    } else {
      const rows = readDelimitedRows(bytes);
      const first = await rows.next();
      const columns = await fieldColumns(zip, file, fileName);
      if (first.done !== true) yield* batches(fieldsOf(first.value, columns), rows);
    }
  } catch (thrown) {
    throw damaged(file, thrown);
  } finally {
    await zip.close();
  }
}

/** Opens a package that dmfpipe wrote, for one of its files; `close` it afterwards. Throws DMFP-RUN-FILE. */
export async function openDataFile(
  file: string,
  fileName: string,
): Promise<{ readonly zip: ZipReader; readonly entry: ZipEntry }> {
  const zip = await ZipReader.open(file, { limits: ownZipLimits, code: "DMFP-RUN-FILE" });
  const entry = zip.find(fileName);
  if (entry !== undefined) return { zip, entry };
  await zip.close();
  throw damaged(file, `it has no ${fileName}`);
}

/** A package may call its columns otherwise than the fields they fill; its manifest says which is which. */
export function fieldsOf(header: readonly string[], columns: readonly FileColumn[]): readonly string[] {
  const fields = new Map(columns.map(({ name, field }) => [name, field]));
  return header.map((name) => fields.get(name) ?? name);
}

/** The columns of a data file, as the manifest of its package maps them. Throws DMFP-RUN-FILE where it does not. */
export async function fieldColumns(
  zip: ZipReader,
  file: string,
  fileName: string,
): Promise<readonly FileColumn[]> {
  const entry = zip.find("Manifest.xml");
  if (entry === undefined) throw damaged(file, "it has no Manifest.xml");
  const { manifest } = readManifest(await zip.read(entry, manifestBytes));
  const entity = manifest.entities.find((candidate) => candidate.fileName === fileName);
  if (entity === undefined) throw damaged(file, `its manifest does not name ${fileName}`);
  return fileColumns(entity.fields);
}

/** Rows gathered into batches. */
export async function* batches(
  header: readonly string[],
  source: AsyncIterable<readonly string[]>,
): AsyncGenerator<PackageRows> {
  let rows: (readonly string[])[] = [];
  let firstRow = 1;
  for await (const row of source) {
    rows.push(row);
    if (rows.length < rowsPerBatch) continue;
    yield { header, firstRow, rows };
    firstRow += rows.length;
    rows = [];
  }
  if (rows.length > 0) yield { header, firstRow, rows };
}

/** What to say of a package of our own that cannot be read: DMFP-RUN-FILE, with the reason. */
export function damaged(file: string, thrown: unknown): DmfpipeError {
  if (thrown instanceof DmfpipeError && thrown.code === "DMFP-RUN-FILE") return thrown;
  const why = thrown instanceof Error ? thrown.message : String(thrown);
  return new DmfpipeError("DMFP-RUN-FILE", `The package ${file} cannot be read back: ${why}.`, {
    at: { file },
    cause: thrown,
  });
}
