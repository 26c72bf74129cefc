import type { ByteKernel } from "./byte-kernel.ts";
import { ByteFields, ByteRecord, type FieldPlace, type RecordBytes } from "./byte-record.ts";
import type { FieldIndex } from "./field-index.ts";
import type { SourcePosition } from "./source-record.ts";

/** A window whose records count until the next one is read. */
export interface PassingWindow extends RecordBytes {
  /** What has the window in its memory. */
  readonly kernel: ByteKernel;
  readonly index: FieldIndex;
}

/** Where the records of a window stand in their file, by their numbers in the window; the next window takes its memory. */
export class RecordPlaces {
  #byteOffsets = new Float64Array(256);
  #byteLengths = new Uint32Array(256);
  #lines = new Float64Array(256);

  note(record: number, { line, byteOffset, byteLength }: RecordPlace): void {
    if (record >= this.#lines.length) this.#grow();
    this.#lines[record] = line;
    this.#byteOffsets[record] = byteOffset;
    this.#byteLengths[record] = byteLength;
  }

  lineOf(record: number): number {
    return this.#lines[record] ?? 0;
  }

  byteOffsetOf(record: number): number {
    return this.#byteOffsets[record] ?? 0;
  }

  byteLengthOf(record: number): number {
    return this.#byteLengths[record] ?? 0;
  }

  #grow(): void {
    const larger = this.#lines.length * 2;
    const [byteOffsets, byteLengths, lines] = [this.#byteOffsets, this.#byteLengths, this.#lines];
    (this.#byteOffsets = new Float64Array(larger)).set(byteOffsets);
    (this.#byteLengths = new Uint32Array(larger)).set(byteLengths);
    (this.#lines = new Float64Array(larger)).set(lines);
  }
}

/** The line a record begins on, and its bytes; see SourcePosition. */
export type RecordPlace = Pick<SourcePosition, "line" | "byteOffset" | "byteLength">;

/**
 * Records of a CSV file that stand one behind the other in a window, all of them readable and as wide as the header:
 * what nearly all records of a file are. They are numbers in memory that the next window takes, so that going over
 * them leaves no garbage; a record by itself is made for who asks. Measured by bench/whole-job.ts: objects for each
 * record and its position were a sixth of what the main thread of a build had to do.
 */
export class PassingRecords {
  readonly kind = "records";
  readonly window: PassingWindow;
  /** The numbers of the first of them, in the window and in the file (1-based), and how many there are. */
  readonly first: number;
  readonly firstInFile: number;
  count = 0;
  readonly #file: string;
  readonly #places: RecordPlaces;

  constructor(
    window: PassingWindow,
    places: RecordPlaces,
    {
      file,
      first,
      firstInFile,
    }: { readonly file: string; readonly first: number; readonly firstInFile: number },
  ) {
    this.window = window;
    this.first = first;
    this.firstInFile = firstInFile;
    this.#file = file;
    this.#places = places;
  }

  /** A cursor for the fields of these records; see `moveTo`. */
  fields(): ByteFields {
    return new ByteFields(this.window, this.#fieldsOf(0));
  }

  /** Lets a cursor show the fields of a record, counted from 0 as everywhere here. */
  moveTo(fields: ByteFields, at: number): void {
    const { index } = this.window;
    const record = this.first + at;
    fields.firstField = index.firstFieldOf(record);
    fields.ascii = index.isAscii(record);
  }

  lineOf(at: number): number {
    return this.#places.lineOf(this.first + at);
  }

  byteOffsetOf(at: number): number {
    return this.#places.byteOffsetOf(this.first + at);
  }

  byteLengthOf(at: number): number {
    return this.#places.byteLengthOf(this.first + at);
  }

  positionOf(at: number): SourcePosition {
    return {
      file: this.#file,
      line: this.lineOf(at),
      record: this.firstInFile + at,
      byteOffset: this.byteOffsetOf(at),
      byteLength: this.byteLengthOf(at),
    };
  }

  /** The record by itself; it counts as long as these do. */
  item(at: number): ByteRecord {
    return new ByteRecord(this.positionOf(at), this.window, this.#fieldsOf(at));
  }

  #fieldsOf(at: number): FieldPlace {
    const { index } = this.window;
    const record = this.first + at;
    return {
      firstField: index.firstFieldOf(record),
      width: index.widthOf(record),
      ascii: index.isAscii(record),
    };
  }
}
