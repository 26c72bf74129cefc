import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { Html } from "./html.ts";
import type { RowIndex } from "./row-data.ts";

const compress = promisify(gzip);

/** Rows a block holds; the script of the page finds the block of a row by dividing. */
export const rowsPerBlock = 1000;

/**
 * Gathers rows into compressed data blocks of the page: for each thousand rows one with what the list needs at once,
 * column by column, and one with the rest, which is unpacked when somebody looks at a row or searches.
 */
export class RowBlocks {
  #index: RowIndex[] = [];
  #details: (readonly unknown[])[] = [];

  /** Rows that were added. */
  count = 0;
  /** Bytes of all blocks so far. */
  sizeBytes = 0;

  /** Adds a row; returns the blocks that became full by it, if they did. */
  add(index: RowIndex, detail: readonly unknown[]): Promise<Html> | undefined {
    this.#index.push(index);
    this.#details.push(detail);
    this.count++;
    return this.#index.length === rowsPerBlock ? this.#pack() : undefined;
  }

  /** The blocks of the last rows. */
  async rest(): Promise<Html | undefined> {
    return this.#index.length > 0 ? await this.#pack() : undefined;
  }

  async #pack(): Promise<Html> {
    const packed = [
      dataBlock("row-index", columnsOf(this.#index)),
      dataBlock("row-details", this.#details),
    ] as const;
    this.#index = [];
    this.#details = [];
    const [index, details] = await Promise.all(packed);
    const blocks = index.text + details.text;
    this.sizeBytes += blocks.length;
    return new Html(blocks);
  }
}

/** Column by column, lines as differences: equal and evenly rising numbers shrink to nothing when compressed. */
function columnsOf(rows: readonly RowIndex[]): readonly unknown[] {
  let line = 0;
  const lines = rows.map((row) => {
    const step = row[4] - line;
    line = row[4];
    return step;
  });
  return [0, 1, 2, 3, 4, 5, 6, 7, 8].map((column) => (column === 4 ? lines : rows.map((row) => row[column])));
}

/**
 * A value as a data block that the script of the page unpacks: JSON, gzip, base64. Base64 has no character that could
 * end the element.
 */
export async function dataBlock(kind: string, value: unknown): Promise<Html> {
  const packed = await compress(JSON.stringify(value));
  return new Html(`<script type="text/plain" class="${kind}">${packed.toString("base64")}</script>\n`);
}
