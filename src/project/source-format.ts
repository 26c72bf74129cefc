export const sourceEncodings = ["utf-8", "utf-16le", "utf-16be", "windows-1252", "iso-8859-1"] as const;

export type SourceEncoding = (typeof sourceEncodings)[number];

/** How to read a source. Either CSV (`record` absent) or XML (`record` is the path of the record element). */
export interface SourceFormat {
  /** Absent: taken from the byte order mark, or UTF-8. */
  readonly encoding?: SourceEncoding | undefined;
  /** CSV: the delimiter, default `,`. */
  readonly delimiter?: string | undefined;
  /** CSV: the quote character, default `"`; empty for none. */
  readonly quote?: string | undefined;
  /** XML: path of the record element, for example `/Customers/Customer`. Prefixes of namespaces are ignored. */
  readonly record?: string | undefined;
  /** XML: path of a repeated element inside the record, for example `Lines/Line`; each one is a record then. */
  readonly rows?: string | undefined;
  /** Greatest size of one record in bytes. */
  readonly maxRecordBytes: number;
}
