import { DelimitedWindow, type FoundRow } from "./delimited-window.ts";
import { damaged, fieldColumns, fieldsOf, openDataFile, readPackageRows } from "./read-package.ts";
import { keyOfTexts, type RowKey } from "./row-key.ts";
import { freePiece } from "./zip-pieces.ts";

/** Rows of a data file that were looked for, in order. */
export interface FoundRows {
  /** The fields the columns fill, the same in every batch. */
  readonly header: readonly string[];
  /** Never empty. */
  readonly rows: readonly FoundRow[];
}

export interface FindOptions {
  /** Name of the data file in the package; see dataFileName. */
  readonly dataFile: string;
  /** The fields of the key. One the file does not have is empty. */
  readonly keys: readonly string[];
  /** Whether a row may be one of those that are looked for. The key is only good until it has answered. */
  readonly wanted: (key: RowKey) => boolean;
}

/**
 * Goes over the rows of one data file of a package that PackageWriter wrote, and reads those that are wanted by their
 * key: as `readPackageRows`, but the other rows of a delimited file are never decoded. `file` is the zip.
 *
 * Size and CRC-32 are checked at the end, so rows of a damaged file may come out before the error. Throws
 * DMFP-RUN-FILE when the package is missing, cut off or was changed.
 */
export async function* findPackageRows(file: string, options: FindOptions): AsyncGenerator<FoundRows> {
  const { dataFile, keys, wanted } = options;
  if (dataFile.toLowerCase().endsWith(".xml")) {
    yield* findAmong(readPackageRows(file, dataFile), options);
    return;
  }
  const opened = await openDataFile(file, dataFile);
  let window: DelimitedWindow | undefined;
  try {
    const columns = await fieldColumns(opened.zip, file, dataFile);
    window = new DelimitedWindow((names) => {
      const header = fieldsOf(names, columns);
      return { header, keyColumns: keys.map((key) => header.indexOf(key)) };
    });
    for await (const chunk of opened.zip.stream(opened.entry)) {
      const rows = window.add(chunk, wanted);
      freePiece(chunk);
      if (rows.length > 0) yield { header: window.header, rows };
    }
    window.end();
  } catch (thrown) {
    throw damaged(file, thrown);
  } finally {
    window?.close();
    await opened.zip.close();
  }
}

/** An XML file is read as a whole: there, most of the time goes into what makes a row. */
async function* findAmong(
  all: ReturnType<typeof readPackageRows>,
  { keys, wanted }: FindOptions,
): AsyncGenerator<FoundRows> {
  for await (const { header, firstRow, rows } of all) {
    const columns = keys.map((field) => header.indexOf(field));
    const found: FoundRow[] = [];
    for (const [index, values] of rows.entries()) {
      const key = columns.map((column) => values[column] ?? "");
      if (wanted(keyOfTexts(key))) found.push({ row: firstRow + index, values });
    }
    if (found.length > 0) yield { header, rows: found };
  }
}
