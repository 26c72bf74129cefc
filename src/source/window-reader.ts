import type { CsvDialect } from "./csv-dialect.ts";
import { indexedWindow } from "./indexed-window.ts";
import { parsedWindow } from "./parsed-window.ts";
import type { WindowReader } from "./window-records.ts";

/** The quickest reader for a dialect. `passing`: the records of a window count until the next one is read. */
export function windowReader(dialect: CsvDialect, passing = false): WindowReader {
  return indexedWindow(dialect, passing) ?? ((window) => parsedWindow(window, dialect));
}
