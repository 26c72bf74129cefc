import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import type { SourceEncoding, SourceFormat } from "../project/source-format.ts";
import { byteOrderMark } from "./text-encoding.ts";

/**
 * How the bytes of one CSV file are to be read: what the mapping says, completed by what the file itself says
 * (byte order mark, Excel's `sep=` line, its line ends).
 */
export interface CsvDialect {
  readonly encoding: SourceEncoding;
  readonly delimiter: string;
  /** Empty: the file knows no quotes. */
  readonly quote: string;
  /** Line feed, unless the file has carriage returns only. A carriage return before a line feed belongs to it. */
  readonly lineEnd: "\n" | "\r";
  /** Offset of the first byte that is neither byte order mark nor `sep=` line. */
  readonly startByte: number;
  /** Line on which that byte stands, 1-based. */
  readonly startLine: number;
  readonly maxRecordBytes: number;
}

/**
 * Finds the dialect from the first bytes of a file (a few KiB are enough). Throws DMFP-SOURCE-INVALID when the
 * byte order mark contradicts the mapping, or when the bytes are those of another encoding.
 */
export function csvDialect(head: Buffer, format: SourceFormat, name: string): CsvDialect {
  const mark = byteOrderMark(head);
  if (mark !== undefined && format.encoding !== undefined && mark.encoding !== format.encoding) {
    throw new DmfpipeError(
      "DMFP-SOURCE-INVALID",
      `${name} begins with the byte order mark of ${mark.encoding}, but the mapping says it is ${format.encoding}.`,
      { at: { file: name, line: 1 }, next: "Correct source.encoding in the mapping, or leave it out." },
    );
  }
  const encoding = mark?.encoding ?? format.encoding ?? "utf-8";
  const startByte = mark?.lengthBytes ?? 0;
  demandPlausible(head.subarray(startByte), encoding, name);
  const unitBytes = encoding.startsWith("utf-16") ? 2 : 1;
  const text = firstLines(head.subarray(startByte), encoding);
  const separator = /^sep=([^\r\n])(\r\n|\n|\r)/i.exec(text);
  return {
    encoding,
    delimiter: separator?.[1] ?? format.delimiter ?? ",",
    quote: format.quote ?? '"',
    lineEnd: !text.includes("\n") && text.includes("\r") ? "\r" : "\n",
    startByte: startByte + Buffer.byteLength(separator?.[0] ?? "", unitBytes === 2 ? "utf16le" : "utf8"),
    startLine: separator === null ? 1 : 2,
    maxRecordBytes: format.maxRecordBytes,
  };
}

/** Whether a character of the file is two bytes or four. */
export function isUtf16({ encoding }: CsvDialect): boolean {
  return encoding === "utf-16le" || encoding === "utf-16be";
}

function firstLines(bytes: Buffer, encoding: SourceEncoding): string {
  if (encoding === "utf-16be")
    return Buffer.from(bytes.subarray(0, bytes.length & ~1))
      .swap16()
      .toString("utf16le");
  if (encoding === "utf-16le") return bytes.toString("utf16le");
  return bytes.toString(encoding === "utf-8" ? "utf8" : "latin1");
}

/** Zero bytes never stand in a text of one byte a character, but every second byte of simple UTF-16 is one. */
function demandPlausible(head: Buffer, encoding: SourceEncoding, name: string): void {
  if (encoding.startsWith("utf-16")) return;
  const zero = head.subarray(0, 64).indexOf(0);
  if (zero === -1) return;
  const likely = zero % 2 === 1 ? "utf-16le" : "utf-16be";
  throw new DmfpipeError(
    "DMFP-SOURCE-INVALID",
    `${name} cannot be ${encoding}: it has zero bytes from byte offset ${zero} on. It looks like ${likely} without a byte order mark.`,
    { at: { file: name, line: 1 }, next: `Write encoding: ${likely} under source in the mapping.` },
  );
}
