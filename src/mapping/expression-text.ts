import { DmfpipeError, type ErrorPlace } from "../errors/dmfpipe-error.ts";
import type { ErrorCode } from "../errors/registry.ts";
import type { Located } from "../project/located.ts";

/** An expression as it stands in a mapping file, able to say where each of its characters is. */
export class ExpressionText {
  readonly text: string;
  readonly #file: string;
  readonly #line: number;
  readonly #column: number;

  constructor(file: string, located: Located<string>) {
    this.text = located.value;
    this.#file = file;
    this.#line = located.line;
    this.#column = located.column;
  }

  /**
   * File, line and column of the character at an offset. Exact for scalars on one line and for literal blocks;
   * in a folded scalar the line may be one of its neighbours.
   */
  placeOf(offset: number): ErrorPlace {
    const before = this.text.slice(0, offset);
    const lastLineEnd = before.lastIndexOf("\n");
    if (lastLineEnd === -1) return { file: this.#file, line: this.#line, column: this.#column + offset };
    const lines = before.split("\n").length - 1;
    return { file: this.#file, line: this.#line + lines, column: offset - lastLineEnd };
  }

  /** The error to throw about the character at an offset. */
  error(offset: number, message: string, options: { code?: ErrorCode; next?: string } = {}): DmfpipeError {
    return new DmfpipeError(options.code ?? "DMFP-MAPPING-EXPRESSION", message, {
      at: this.placeOf(offset),
      ...(options.next === undefined ? {} : { next: options.next }),
    });
  }
}
