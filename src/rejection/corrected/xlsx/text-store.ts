import { ScratchBytes } from "./scratch-bytes.ts";
import { WorkbookDamage } from "./workbook-damage.ts";

/** Of texts that are kept in memory; the others go to disk. */
const defaultMemoryBytes = 128 * 1024 * 1024;
/** A full sheet of Excel with twenty columns, no value of which is there twice. Each takes 16 bytes of memory. */
const greatestCount = 1_048_576 * 20;
const blockBytes = 1024 * 1024;

/**
 * Texts by number, as many as a workbook has, as bytes outside of the heap: the first of them in memory, those for which
 * there is no room there on disk. They are in Latin-1 or else in UTF-16: both give back every character, even half
 * a pair of surrogates.
 */
export class TextStore {
  readonly #memoryBytes: number;
  readonly #blocks: Buffer[] = [];
  /** Of the last block. */
  #freeBytes = 0;
  #onDisk: ScratchBytes | undefined;
  /** Of each text: where it begins, below 0 on disk. */
  #places = new Float64Array(1024);
  /** Of each text: its bytes, times two, and one more where it is in UTF-16. */
  #sizes = new Float64Array(1024);
  #count = 0;

  constructor(memoryBytes = defaultMemoryBytes) {
    this.#memoryBytes = memoryBytes;
  }

  get count(): number {
    return this.#count;
  }

  /** Appends a text; the first has number 0. Throws DMFP-FILE-WRITE, and WorkbookDamage for one too many. */
  add(text: string): void {
    this.#makeRoom();
    const wide = /[^\0-\xff]/.test(text);
    const sizeBytes = wide ? text.length * 2 : text.length;
    this.#places[this.#count] = this.#put(text, sizeBytes, wide ? "utf16le" : "latin1");
    this.#sizes[this.#count] = sizeBytes * 2 + (wide ? 1 : 0);
    this.#count++;
  }

  /** The text of this number; undefined where there is none. Throws DMFP-FILE-WRITE where the disk fails. */
  get(number: number): string | undefined {
    if (number >= this.#count) return undefined;
    const place = this.#places[number];
    const size = this.#sizes[number];
    if (place === undefined || size === undefined) return undefined;
    const encoding = size % 2 === 1 ? "utf16le" : "latin1";
    const sizeBytes = Math.floor(size / 2);
    if (sizeBytes === 0) return "";
    if (place < 0) return this.#onDisk?.read(-place - 1, sizeBytes).toString(encoding);
    const start = place % blockBytes;
    return this.#blocks[Math.floor(place / blockBytes)]?.toString(encoding, start, start + sizeBytes);
  }

  /** Gives memory and disk back. */
  close(): void {
    this.#count = 0;
    this.#blocks.length = 0;
    this.#onDisk?.close();
    this.#onDisk = undefined;
  }

  #put(text: string, sizeBytes: number, encoding: "latin1" | "utf16le"): number {
    if (sizeBytes > this.#freeBytes) {
      const isFull = (this.#blocks.length + 1) * blockBytes > this.#memoryBytes;
      if (isFull || sizeBytes > blockBytes) return this.#putOnDisk(Buffer.from(text, encoding));
      this.#blocks.push(Buffer.allocUnsafeSlow(blockBytes));
      this.#freeBytes = blockBytes;
    }
    const start = blockBytes - this.#freeBytes;
    const block = this.#blocks.length - 1;
    this.#blocks[block]?.write(text, start, encoding);
    this.#freeBytes -= sizeBytes;
    return block * blockBytes + start;
  }

  #putOnDisk(bytes: Buffer): number {
    this.#onDisk ??= new ScratchBytes();
    return -this.#onDisk.add(bytes) - 1;
  }

  #makeRoom(): void {
    if (this.#count < this.#places.length) return;
    if (this.#count >= greatestCount) {
      throw new WorkbookDamage(
        `it has more than ${greatestCount} different texts`,
        "Save its sheets as files of their own, and give all of them.",
      );
    }
    this.#places = doubled(this.#places);
    this.#sizes = doubled(this.#sizes);
  }
}

function doubled(numbers: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const more = new Float64Array(numbers.length * 2);
  more.set(numbers);
  return more;
}
