import { createReadStream, type ReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import type { Readable } from "node:stream";
import { crc32 } from "node:zlib";
import { parse } from "csv-parse";
import unzipper from "unzipper";
import { DmfpipeError } from "../errors/dmfpipe-error.ts";

/** Some consecutive rows of a data file. */
export interface PackageRows {
  /** Column names, the same in every batch. */
  readonly header: readonly string[];
  /** Number of the first row in the file, 1-based, the header not counted: the nth record that was written. */
  readonly firstRow: number;
  /** Never empty. */
  readonly rows: readonly (readonly string[])[];
}

const rowsPerBatch = 1000;

/**
 * Reads back the rows of one data file of a package that PackageWriter wrote, in order, in batches; only one
 * batch is in memory. `file` is the zip, `fileName` the data file inside it (see dataFileName).
 *
 * Size and CRC-32 are checked, which unzipper does not do: at the end, so rows of a damaged file may come out
 * before the error. Throws DMFP-RUN-FILE when the package is missing, cut off or was changed.
 */
export async function* readPackageRows(file: string, fileName: string): AsyncGenerator<PackageRows> {
  // unzipper leaves its streams open when a reader stops early, so they are opened and closed here.
  const opened: ReadStream[] = [];
  try {
    const entry = await findEntry(file, fileName, opened);
    const parser = parse({ encoding: "utf16le", bom: true, record_delimiter: "\r\n" });
    const data = entry.stream();
    for (const stream of opened) stream.once("error", (error) => data.destroy(error));
    const delivered = pipeline(data, (chunks: Readable) => checked(chunks, entry, file), parser);
    // The parser hands the same error to the loop below; here it must only not go unhandled.
    delivered.catch(() => undefined);
    yield* batches(parser);
    await delivered;
  } catch (thrown) {
    throw damaged(file, thrown);
  } finally {
    for (const stream of opened) stream.destroy();
  }
}

async function findEntry(file: string, fileName: string, opened: ReadStream[]): Promise<unzipper.File> {
  const directory = await unzipper.Open.custom({
    size: async () => (await stat(file)).size,
    stream: (start, length) => {
      // unzipper leaves the length out where it reads to the end, whatever its types say.
      const stream = createReadStream(file, length > 0 ? { start, end: start + length } : { start });
      opened.push(stream);
      return stream;
    },
  });
  const entry = directory.files.find((candidate) => candidate.path === fileName);
  if (entry === undefined) throw damaged(file, `it has no ${fileName}`);
  return entry;
}

async function* checked(chunks: Readable, entry: unzipper.File, file: string): AsyncGenerator<Buffer> {
  let sizeBytes = 0;
  let crc = 0;
  for await (const chunk of chunks as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    crc = crc32(chunk, crc);
    yield chunk;
  }
  if (sizeBytes !== entry.uncompressedSize || crc !== entry.crc32) {
    throw damaged(file, `${entry.path} unpacks to ${sizeBytes} bytes that do not match its checksum`);
  }
}

async function* batches(parser: AsyncIterable<string[]>): AsyncGenerator<PackageRows> {
  let header: readonly string[] | undefined;
  let rows: (readonly string[])[] = [];
  let firstRow = 1;
  for await (const row of parser) {
    if (header === undefined) {
      header = row;
      continue;
    }
    rows.push(row);
    if (rows.length === rowsPerBatch) {
      yield { header, firstRow, rows };
      firstRow += rows.length;
      rows = [];
    }
  }
  if (header !== undefined && rows.length > 0) yield { header, firstRow, rows };
}

function damaged(file: string, thrown: unknown): DmfpipeError {
  if (thrown instanceof DmfpipeError) return thrown;
  const why = thrown instanceof Error ? thrown.message : String(thrown);
  return new DmfpipeError("DMFP-RUN-FILE", `The package ${file} cannot be read back: ${why}.`, {
    at: { file },
    cause: thrown,
  });
}
