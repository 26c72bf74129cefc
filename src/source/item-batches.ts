import type { SourceItem } from "./source-record.ts";

/** Items a batch; the cost of an await and of a hand-over is shared by that many records. */
const batchItems = 256;

/** Deals items out in batches of at most 256, never empty. */
export async function* inBatches(
  groups: AsyncIterable<readonly SourceItem[]>,
): AsyncGenerator<readonly SourceItem[]> {
  for await (const items of groups) {
    for (let at = 0; at < items.length; at += batchItems) yield items.slice(at, at + batchItems);
  }
}
