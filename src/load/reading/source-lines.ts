/** Where a record stands. */
export interface SourceLine {
  /** Name of the source file, for people. */
  readonly file: string;
  readonly line: number;
}

/** Numbers the lines of an entity's sources through, in the order of reading, so that one number says file and line. */
export class SourceLines {
  readonly #files: { readonly file: string; readonly before: number; last: number }[] = [];

  /** The number of a line. Files are numbered one after the other; the lines of one may be asked for in any order. */
  numberOf(file: string, line: number): number {
    let current = this.#files.at(-1);
    if (current?.file !== file) {
      current = { file, before: current === undefined ? 0 : current.before + current.last, last: 0 };
      this.#files.push(current);
    }
    current.last = Math.max(current.last, line);
    return current.before + line;
  }

  /** File and line of a number that `numberOf` gave. */
  lineOf(number: number): SourceLine {
    const there = this.#files.findLast(({ before }) => before < number);
    return { file: there?.file ?? "", line: number - (there?.before ?? 0) };
  }
}
