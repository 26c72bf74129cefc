import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import type { Reason } from "../errors/reason.ts";
import { isUtf16, type CsvDialect } from "./csv-dialect.ts";
import { workingBytes, type QuoteTrouble } from "./csv-window.ts";
import { PassingRecords, RecordPlaces, type PassingWindow } from "./passing-records.ts";
import type { SourceItem, SourcePosition } from "./source-record.ts";
import { countByte } from "./parsed-window.ts";
import { firstInvalidByte, TextPieces } from "./text-encoding.ts";
import { badQuote, notText, sourceInvalid, tooLarge, wrongWidth } from "./unreadable-csv.ts";
import { utf16Length, utf8OfUtf16 } from "./utf16-transcoding.ts";
import { windowReader } from "./window-reader.ts";
import type { WindowReader, WindowRecords } from "./window-records.ts";

export interface CsvScannerOptions {
  readonly file: string;
  readonly dialect: CsvDialect;
  /** The header's names; every record has as many fields. */
  readonly columns: readonly string[];
  /** Where the first byte that is fed stands in the file. */
  readonly fromByte: number;
  /** 1-based. */
  readonly fromLine: number;
  /** Default: the quickest that can read the dialect. */
  readonly reader?: WindowReader;
  /** The records of a window count until the next window; see `windows`. */
  readonly passing?: boolean;
}

/** What was found in a window, in order; `PassingRecords` only where they were asked for. */
export type ScannedItem = SourceItem | PassingRecords;

/** Bytes that are put together with what is pending, where they do not stand behind it in memory. */
const joinedBytes = 4 * 1024;

/**
 * Bytes of a CSV file in, records and unreadable stretches out. Pure core of the CSV reader.
 *
 * *Working bytes.* UTF-16 is turned into UTF-8 at the door, so that everything behind it sees a charset in
 * which ASCII is one byte and nothing else contains ASCII bytes; `#sourceLength` turns lengths back. All other
 * encodings are scanned as they are.
 *
 * *Windows.* What is pending is cut at its last line end and taken apart as a whole (see WindowRecords), so that a
 * record is either complete or inside quotes. A window that ends inside quotes waits for more bytes.
 *
 * *Recovery.* Where quotes do not match, the reader may have swallowed good lines in search of the closing
 * quote. The stretch that is given up is therefore only the line the bad record begins on, with the lines after
 * it that have too few delimiters to be records; reading goes on behind it.
 */
export class CsvScanner {
  readonly #options: CsvScannerOptions;
  readonly #dialect: CsvDialect;
  readonly #delimiter: Buffer;
  readonly #lineEnd: number;
  readonly #readWindow: WindowReader;
  readonly #pieces: TextPieces | undefined;
  #pending: Buffer = Buffer.alloc(0);
  #byte: number;
  #line: number;
  #record = 0;
  readonly #places = new RecordPlaces();
  /** A record that is too large is being passed over; it began here. */
  #oversized: { byte: number; line: number } | undefined;

  constructor(options: CsvScannerOptions) {
    this.#options = options;
    this.#dialect = options.dialect;
    this.#delimiter = workingBytes(options.dialect.delimiter, options.dialect);
    this.#lineEnd = options.dialect.lineEnd.charCodeAt(0);
    this.#readWindow = options.reader ?? windowReader(options.dialect, options.passing);
    this.#pieces = isUtf16(options.dialect) ? new TextPieces(options.dialect.encoding) : undefined;
    this.#byte = options.fromByte;
    this.#line = options.fromLine;
  }

  /** Working bytes that were fed and belong to no item yet. */
  get pendingBytes(): number {
    return this.#pending.length;
  }

  /** The items that are complete with this chunk, each by itself. */
  feed(chunk: Buffer): SourceItem[] {
    return [...this.windows(chunk)].flatMap(singleItems);
  }

  /** The items of what is left. Throws DMFP-SOURCE-INVALID when the file ends where it must not. */
  end(): SourceItem[] {
    return [...this.lastWindows()].flatMap(singleItems);
  }

  /** The items that are complete with this chunk, window by window; never an empty array. */
  *windows(chunk: Buffer): Generator<ScannedItem[]> {
    const working = this.#pieces === undefined ? chunk : utf8OfUtf16(this.#pieces.next(chunk).text);
    let taken = 0;
    while (this.#pending.length > 0 && !this.#standsBehind(working, taken) && taken < working.length) {
      // Only what completes the pending record is copied.
      const more = working.subarray(taken, taken + Math.max(joinedBytes, this.#pending.length));
      this.#pending = Buffer.concat([this.#pending, more]);
      taken += more.length;
      yield* this.#scan(false);
      // What is still pending is looked at where it stands.
      if (this.#pending.length <= taken)
        this.#pending = working.subarray(taken - this.#pending.length, taken);
    }
    if (taken === working.length) return;
    const begins = taken - this.#pending.length;
    this.#pending =
      begins >= 0
        ? working.subarray(begins)
        : Buffer.from(working.buffer, working.byteOffset + begins, working.length - begins);
    yield* this.#scan(false);
  }

  /** The items of what is left, in the same way. Throws DMFP-SOURCE-INVALID when the file ends where it must not. */
  *lastWindows(): Generator<ScannedItem[]> {
    yield* this.#scan(true);
    if (this.#pieces !== undefined && this.#pieces.heldBytes > 0) {
      throw this.#invalid("ends in the middle of a character: it was cut off");
    }
  }

  /** Whether the bytes from an offset on stand right behind those that are pending. */
  #standsBehind(bytes: Buffer, offset: number): boolean {
    const { buffer, byteOffset, length } = this.#pending;
    return buffer === bytes.buffer && byteOffset + length === bytes.byteOffset + offset;
  }

  *#scan(last: boolean): Generator<ScannedItem[]> {
    for (let goesOn = true; goesOn && this.#pending.length > 0;) {
      const items: ScannedItem[] = [];
      goesOn = this.#scanNext(items, last);
      if (items.length > 0) yield items;
    }
  }

  /** Scans what is pending up to its last line end, or passes over a record; false: more bytes are needed. */
  #scanNext(items: ScannedItem[], last: boolean): boolean {
    if (this.#oversized !== undefined && !this.#passOversized(items, last)) return false;
    const cut = last ? this.#pending.length : this.#pending.lastIndexOf(this.#lineEnd) + 1;
    if (cut === 0) {
      if (this.#pending.length <= this.#dialect.maxRecordBytes) return false;
      this.#oversized = { byte: this.#byte, line: this.#line };
      return true;
    }
    const done = this.#scanWindow(this.#pending.subarray(0, cut), items, last);
    this.#pending = this.#pending.subarray(done);
    return done > 0;
  }

  /** Scans one window; returns how many of its bytes are dealt with. 0: more bytes are needed. */
  #scanWindow(window: Buffer, items: ScannedItem[], last: boolean): number {
    const found = this.#readWindow(window);
    const { trouble } = found;
    let at = 0;
    for (let record = 0; record < found.count; record++) {
      const start = found.startOf(record);
      const end = found.endOf(record);
      if (start > at) this.#advance(window, at, start);
      if (
        found.widthOf(record) !== this.#options.columns.length &&
        this.#swallowedRecords(window, start, end)
      ) {
        return this.#giveUp({ window, start, last, items }, "quote not closed");
      }
      this.#emit(found, record, window, items);
      at = end;
    }
    if (trouble === undefined) {
      this.#skipLineEnds(window, at, window.length);
      return window.length;
    }
    const start = this.#skipLineEnds(window, at, window.length);
    if (trouble !== "quote not closed") return this.#giveUp({ window, start, last, items }, trouble);
    const isTooLarge = window.length - start > this.#dialect.maxRecordBytes;
    if (!last && !isTooLarge) return start;
    // The end of the file was reached (or the limit of a record) in search of a closing quote. If there are
    // records behind the line with the quote, that line is the culprit; if not, the file was cut off in it.
    if (!this.#swallowedRecords(window, start, window.length)) {
      if (isTooLarge) return this.#giveUp({ window, start, last, items }, "too large");
      throw this.#invalid(
        "ends inside a quoted value: the quote is never closed, so the file was probably cut off",
      );
    }
    return this.#giveUp({ window, start, last, items }, trouble);
  }

  /** Counts the line ends between two records (blank lines) and moves the position behind them. */
  #skipLineEnds(window: Buffer, from: number, to: number): number {
    let at = from;
    for (;;) {
      if (at < to && window[at] === this.#lineEnd) at++;
      else if (at + 1 < to && this.#lineEnd === 10 && window[at] === 13 && window[at + 1] === 10) at += 2;
      else break;
    }
    if (at > from) this.#advance(window, from, at);
    return at;
  }

  #advance(window: Buffer, from: number, to: number): void {
    this.#line += countByte(window.subarray(from, to), this.#lineEnd);
    this.#byte += this.#sourceLength(window, from, to);
  }

  #emit(found: WindowRecords, record: number, window: Buffer, items: ScannedItem[]): void {
    const start = found.startOf(record);
    const end = found.endOf(record);
    const width = found.widthOf(record);
    const wanted = this.#options.columns.length;
    // A line of blanks only is as good as a blank line.
    if (width !== 1 || wanted === 1 || !this.#isBlank(window, start, end)) {
      this.#record++;
      const byteLength = this.#sourceLength(window, start, end - this.#lineEndLength(window, start, end));
      let problem: Reason | undefined;
      if (byteLength > this.#dialect.maxRecordBytes) problem = tooLarge(byteLength, this.#dialect);
      else if (!found.isText(record)) problem = this.#notText(window.subarray(start, end));
      else if (width !== wanted)
        problem = wrongWidth({ line: this.#line, has: width, wants: wanted }, this.#dialect);
      if (problem !== undefined) {
        items.push({ kind: "unreadable", position: this.#positionOf(byteLength), reasons: [problem] });
      } else if (found.passing === undefined) items.push(found.item(record, this.#positionOf(byteLength)));
      else this.#pass(found.passing, record, byteLength, items);
    }
    this.#line += found.linesOf(record);
    this.#byte += this.#sourceLength(window, start, end);
  }

  /** Adds a good record to those before it, where it stands right behind them. */
  #pass(window: PassingWindow, record: number, byteLength: number, items: ScannedItem[]): void {
    this.#places.note(record, { line: this.#line, byteOffset: this.#byte, byteLength });
    const before = items.at(-1);
    if (before?.kind === "records" && before.first + before.count === record) {
      before.count++;
      return;
    }
    const numbers = { file: this.#options.file, first: record, firstInFile: this.#record };
    const records = new PassingRecords(window, this.#places, numbers);
    records.count = 1;
    items.push(records);
  }

  #position(window: Buffer, start: number, end: number): SourcePosition {
    this.#record++;
    return this.#positionOf(this.#sourceLength(window, start, end - this.#lineEndLength(window, start, end)));
  }

  /** That of the record that was counted last, which begins where the scanner is. */
  #positionOf(byteLength: number): SourcePosition {
    return {
      file: this.#options.file,
      line: this.#line,
      record: this.#record,
      byteOffset: this.#byte,
      byteLength,
    };
  }

  /**
   * Gives up the line at `start` and the lines behind it that have too few delimiters to be records; returns the
   * offset behind, or `start` when it takes more bytes to know how far that goes.
   */
  #giveUp(
    stretch: { window: Buffer; start: number; last: boolean; items: ScannedItem[] },
    why: QuoteTrouble | "too large",
  ): number {
    const { window, start, items } = stretch;
    let end = this.#lineFrom(window, start);
    for (;;) {
      if (end - start >= this.#dialect.maxRecordBytes) break;
      if (end === window.length) {
        if (stretch.last) break;
        return start;
      }
      const next = this.#lineFrom(window, end);
      if (this.#isBlank(window, end, next) || this.#mayBeRecord(window, end, next)) break;
      end = next;
    }
    const position = this.#position(window, start, end);
    const problem =
      why === "too large" ? tooLarge(position.byteLength, this.#dialect) : badQuote(this.#line, why);
    items.push({ kind: "unreadable", position, reasons: [problem] });
    this.#advance(window, start, end);
    return end;
  }

  /** Passes over a line that is too large; true once its end was found. */
  #passOversized(items: ScannedItem[], last: boolean): boolean {
    const began = this.#oversized;
    if (began === undefined) return true;
    const found = this.#pending.indexOf(this.#lineEnd);
    const end = found === -1 ? this.#pending.length : found + 1;
    const bytes = this.#pending.subarray(0, end);
    this.#advance(bytes, 0, bytes.length);
    this.#pending = this.#pending.subarray(end);
    if (found === -1 && !last) return false;
    this.#oversized = undefined;
    this.#record++;
    const lineEndBytes = this.#sourceLength(bytes, 0, this.#lineEndLength(bytes, 0, bytes.length));
    const byteLength = this.#byte - began.byte - lineEndBytes;
    const position = {
      file: this.#options.file,
      line: began.line,
      record: this.#record,
      byteOffset: began.byte,
      byteLength,
    };
    items.push({ kind: "unreadable", position, reasons: [tooLarge(byteLength, this.#dialect)] });
    return this.#pending.length > 0;
  }

  /** Whether a stretch of several lines holds, behind its first, a line that looks like a record. */
  #swallowedRecords(window: Buffer, start: number, end: number): boolean {
    if (this.#options.columns.length < 2) return false;
    let at = this.#lineFrom(window, start);
    while (at < end) {
      const next = this.#lineFrom(window, at);
      if (this.#mayBeRecord(window, at, next)) return true;
      at = next;
    }
    return false;
  }

  #mayBeRecord(window: Buffer, start: number, end: number): boolean {
    const wanted = this.#options.columns.length - 1;
    const line = window.subarray(start, end);
    let found = 0;
    let at = line.indexOf(this.#delimiter);
    while (at !== -1 && found < wanted) {
      found++;
      at = line.indexOf(this.#delimiter, at + this.#delimiter.length);
    }
    return found >= wanted;
  }

  #isBlank(window: Buffer, start: number, end: number): boolean {
    return window.toString("latin1", start, end).trim() === "";
  }

  #lineFrom(window: Buffer, start: number): number {
    const found = window.indexOf(this.#lineEnd, start);
    return found === -1 ? window.length : found + 1;
  }

  #lineEndLength(bytes: Buffer, start: number, end: number): number {
    if (end === start || bytes[end - 1] !== this.#lineEnd) return 0;
    return this.#lineEnd === 10 && end - start > 1 && bytes[end - 2] === 13 ? 2 : 1;
  }

  #sourceLength(window: Buffer, start: number, end: number): number {
    return this.#pieces === undefined ? end - start : utf16Length(window, start, end);
  }

  #notText(bytes: Buffer): Reason {
    const encoding = isUtf16(this.#dialect) ? "utf-8" : this.#dialect.encoding;
    const at = Math.max(0, firstInvalidByte(bytes, encoding));
    const offset = this.#byte + this.#sourceLength(bytes, 0, at);
    return notText({ line: this.#line, byte: bytes[at] ?? 0, offset }, this.#dialect);
  }

  #invalid(what: string): DmfpipeError {
    return sourceInvalid(this.#options.file, what, { line: this.#line, byte: this.#byte });
  }
}

/** What a scanner found that was not to pass. */
export function singleItems(items: readonly ScannedItem[]): readonly SourceItem[] {
  return items.map((item) => {
    if (item.kind === "records") throw new DmfpipeError("DMFP-BUG", "Records that pass were to be kept.");
    return item;
  });
}
