import { createReadStream } from "node:fs";
import { z } from "zod";
import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import { PartialFile } from "../package/partial-file.ts";
import type { UnattributedMessage } from "./rejection.ts";

/** So much of it is enough to say what happened to a package of which nothing was loaded. */
const firstWordsChars = 2_000;

const shape = z.object({
  entity: z.string(),
  legalEntity: z.string(),
  executionId: z.string(),
  channel: z.enum(["staging error file", "target error keys", "execution errors"]),
  recordId: z.string(),
  message: z.string(),
  noise: z.string().exactOptional(),
});

/** Why a message is harmless; undefined where it is not. */
export type NoiseOf = (message: string, entity: string) => string | undefined;

/** Writes messages that no record can be found for, one JSON object a line. None is dropped, none stays in memory. */
export class UnattributedWriter {
  readonly #file: PartialFile;
  readonly #noiseOf: NoiseOf;
  #count = 0;
  #noise = 0;
  #words = "";

  private constructor(file: PartialFile, noiseOf: NoiseOf) {
    this.#file = file;
    this.#noiseOf = noiseOf;
  }

  /**
   * `file`: path of the file to write; it is published even when it is empty. `noiseOf`: asked of messages that are not
   * known to be noise. Throws DMFP-FILE-WRITE.
   */
  static async open(file: string, noiseOf: NoiseOf = () => undefined): Promise<UnattributedWriter> {
    return new UnattributedWriter(await PartialFile.open(file), noiseOf);
  }

  /** Noise is not counted: it is in the file, and that is all. */
  get count(): number {
    return this.#count;
  }

  get noise(): number {
    return this.#noise;
  }

  /** The first messages, as one text. */
  get firstWords(): string {
    return this.#words;
  }

  /** To be awaited before the next. Throws DMFP-FILE-WRITE. */
  async add(message: UnattributedMessage): Promise<void> {
    const noise = message.noise ?? this.#noiseOf(message.message, message.entity);
    if (noise === undefined) this.#count++;
    else this.#noise++;
    if (noise === undefined && this.#words.length < firstWordsChars && message.message !== "") {
      const words = message.message.slice(0, firstWordsChars);
      this.#words = this.#words === "" ? words : `${this.#words} ${words}`;
    }
    await this.#file.write(`${JSON.stringify({ ...message, noise })}\n`);
  }

  async publish(): Promise<void> {
    await this.#file.publish();
  }

  /** Gives up and leaves no half-written file behind. Never throws. */
  async abort(): Promise<void> {
    await this.#file.discard();
  }
}

/** Reads the messages back, one at a time. Throws DMFP-RUN-FILE when the file is not what dmfpipe wrote. */
export async function* readUnattributed(file: string): AsyncGenerator<UnattributedMessage> {
  try {
    let rest = "";
    for await (const chunk of createReadStream(file, { encoding: "utf8" }) as AsyncIterable<string>) {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) yield shape.parse(JSON.parse(line));
    }
    if (rest !== "") yield shape.parse(JSON.parse(rest));
  } catch (cause) {
    const message = `${file} cannot be read as the messages dmfpipe wrote.`;
    throw new DmfpipeError("DMFP-RUN-FILE", message, { at: { file }, cause });
  }
}
