import { appendFile } from "node:fs/promises";
import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import { textLines } from "./text-lines.ts";

/** Texts are gathered to about this many characters before they reach the disk. What is smaller never does. */
const gatheredChars = 64 * 1024;

/**
 * A list of values that is too long for memory: written to a file as lines of JSON, and read back as often as needed. It
 * is for work in progress: never synced, and removed with its folder, which must exist. Not for several writers.
 */
export class ScratchLines<T> {
  readonly #path: string;
  readonly #gathered: string[] = [];
  #gatheredChars = 0;
  #count = 0;
  #sizeChars = 0;
  #onDisk = false;

  /** `file`: its path, should it be needed. */
  constructor(file: string) {
    this.#path = file;
  }

  get count(): number {
    return this.#count;
  }

  get sizeChars(): number {
    return this.#sizeChars;
  }

  /** Appends a value. A promise, where there is one, must be awaited before the next. Throws DMFP-FILE-WRITE. */
  add(value: T): Promise<void> | undefined {
    const line = `${JSON.stringify(value)}\n`;
    this.#count++;
    this.#sizeChars += line.length;
    this.#gathered.push(line);
    this.#gatheredChars += line.length;
    return this.#gatheredChars < gatheredChars ? undefined : this.#flush();
  }

  /** The values in the order in which they were added. Nothing may be added meanwhile. Throws DMFP-FILE-WRITE. */
  async *read(): AsyncGenerator<T> {
    if (!this.#onDisk) {
      for (const line of this.#gathered) yield JSON.parse(line) as T;
      return;
    }
    if (this.#gathered.length > 0) await this.#flush();
    for await (const line of textLines(this.#path)) yield JSON.parse(line) as T;
  }

  async #flush(): Promise<void> {
    const text = this.#gathered.join("");
    this.#gathered.length = 0;
    this.#gatheredChars = 0;
    this.#onDisk = true;
    try {
      await appendFile(this.#path, text, { mode: 0o600 });
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new DmfpipeError("DMFP-FILE-WRITE", `${this.#path} could not be written: ${why}.`, {
        at: { file: this.#path },
        cause,
      });
    }
  }
}
