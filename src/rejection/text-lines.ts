import { createReadStream } from "node:fs";

/** Small, so that its pieces are gone again before the garbage collector takes them for lasting. */
const pieceBytes = 32 * 1024;

/**
 * The lines of a text file that was written line by line, without their line feeds. It is read no further ahead than a
 * piece. (`node:readline` keeps a thousand lines in a queue: measured by bench/memory.ts, the heap grew to twice of what
 * was in use.) Rejects with what the operating system says.
 */
export async function* textLines(file: string): AsyncGenerator<string> {
  const pieces = createReadStream(file, { encoding: "utf8", highWaterMark: pieceBytes });
  let begun: string[] = [];
  for await (const piece of pieces as AsyncIterable<string>) {
    let from = 0;
    for (let end = piece.indexOf("\n"); end !== -1; end = piece.indexOf("\n", from)) {
      begun.push(piece.slice(from, end));
      yield begun.join("");
      begun = [];
      from = end + 1;
    }
    if (from < piece.length) begun.push(piece.slice(from));
  }
  if (begun.length > 0) yield begun.join("");
}
