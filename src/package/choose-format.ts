import { columnDelimiters, csvUnicode, delimitedFormat } from "./delimited-format.ts";
import type { EntityFileFormat } from "./entity-file-format.ts";
import { xmlAttributeFormat, xmlElementFormat, type XmlEntityNames } from "./xml-format.ts";

/** Name dmfpipe proposes for a UTF-8 format; the environment must have it, with code page 65001. */
export const utf8FormatName = "CSV-UTF8";

export interface FormatOptions {
  /** Name of the source data format in the environment. */
  readonly name: string;
  /** For a format of the environment's own: its column delimiter. Default: a comma. */
  readonly delimiter?: (typeof columnDelimiters)[number];
  /** For a format of the environment's own: `utf-8` is code page 65001 (default), `utf-16le` is 1200. */
  readonly encoding?: "utf-8" | "utf-16le";
  /**
   * For a format of the environment's own. Default: only with UTF-16. No source says whether F&O takes the mark of a
   * UTF-8 file for a part of the first column's name; without one there is nothing to mistake.
   */
  readonly byteOrderMark?: boolean;
  /** For XML. Default: `upper`. */
  readonly xmlEntityNames?: XmlEntityNames;
}

/**
 * The format with this name: CSV-Unicode, XML-Element and XML-Attribute are built into every environment (their names
 * in any case), any other name is a text format that the environment has been given.
 */
export function entityFileFormat(options: FormatOptions): EntityFileFormat {
  const { name, delimiter = ",", encoding = "utf-8", xmlEntityNames } = options;
  switch (name.toLowerCase()) {
    case "csv-unicode":
      return csvUnicode;
    case "xml-element":
      return xmlElementFormat(xmlEntityNames);
    case "xml-attribute":
      return xmlAttributeFormat(xmlEntityNames);
    default: {
      const byteOrderMark = options.byteOrderMark ?? encoding === "utf-16le";
      return delimitedFormat({ sourceFormat: name, encoding, delimiter, byteOrderMark });
    }
  }
}
