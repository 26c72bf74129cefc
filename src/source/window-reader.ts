import type { CsvDialect } from "./csv-dialect.ts";
import { indexedWindow } from "./indexed-window.ts";
import { parsedWindow } from "./parsed-window.ts";
import type { WindowReader } from "./window-records.ts";

/** The quickest reader for a dialect. */
export function windowReader(dialect: CsvDialect): WindowReader {
  return indexedWindow(dialect) ?? ((window) => parsedWindow(window, dialect));
}
