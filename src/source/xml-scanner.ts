import type { SourceEncoding } from "../project/source-format.ts";
import { SaxesScanner, type XmlStand } from "./saxes-scanner.ts";
import type { SourceItem } from "./source-record.ts";
import { XmlByteScanner } from "./xml-byte-scanner.ts";
import { XmlRecords, type XmlRecordOptions } from "./xml-records.ts";

export interface XmlScannerOptions extends XmlRecordOptions {
  readonly encoding: SourceEncoding;
  /** Bytes of the byte order mark, which are not fed. */
  readonly startByte: number;
  /** Who reads: "bytes" wherever that is possible (the default), or saxes from the beginning. */
  readonly reader?: "bytes" | "saxes";
}

/**
 * Bytes of an XML file in, records out. Strict: what is not well-formed, or has a document type declaration (and with
 * it entities of its own), is refused as a whole with DMFP-SOURCE-INVALID.
 *
 * The bytes are read by a reader of our own until it meets something that it does not take for well-formed XML 1.0;
 * from there on saxes reads, and judges. UTF-16 is saxes' from the beginning. Both tell the same elements and texts.
 */
export class XmlScanner {
  readonly #options: XmlScannerOptions;
  readonly #records: XmlRecords;
  readonly #bytes: XmlByteScanner | undefined;
  #saxes: SaxesScanner | undefined;

  constructor(options: XmlScannerOptions) {
    const { encoding, startByte, reader } = options;
    this.#options = options;
    this.#records = new XmlRecords(options, startByte);
    if (reader === "saxes" || encoding.startsWith("utf-16")) {
      this.#saxes = this.#saxesFrom({ place: { byte: startByte, line: 1 }, before: "" });
    } else {
      this.#bytes = new XmlByteScanner({ encoding, startByte, records: this.#records });
    }
  }

  /** The records that end within this chunk. */
  feed(chunk: Buffer): SourceItem[] {
    if (this.#saxes !== undefined) this.#saxes.feed(chunk);
    else if (this.#bytes?.feed(chunk) === false) this.#handOver(this.#bytes);
    return this.#records.taken();
  }

  /** The last records. Throws DMFP-SOURCE-INVALID when the file ends too early or has no record at all. */
  end(): SourceItem[] {
    if (this.#saxes === undefined && this.#bytes?.end() === false) this.#handOver(this.#bytes);
    this.#saxes?.end();
    this.#records.demandRecord();
    return this.#records.taken();
  }

  /** Wanted paths that no record so far had; none while no record was read. */
  neverSeen(): readonly string[] {
    return this.#records.neverSeen();
  }

  /** The row that ended at this offset, of the record that was read last: where it begins. */
  rowStart(endByte: number): number | undefined {
    return this.#records.rowStart(endByte);
  }

  #handOver(from: XmlByteScanner): void {
    this.#saxes = this.#saxesFrom(from.stand);
    this.#saxes.feed(from.rest);
  }

  #saxesFrom(from: XmlStand): SaxesScanner {
    const { encoding, maxRecordBytes } = this.#options;
    return new SaxesScanner({ encoding, maxRecordBytes, records: this.#records, from });
  }
}
