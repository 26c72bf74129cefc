import type { SourceItem } from "./source-record.ts";

/** Items a batch; the cost of an await and of a hand-over is shared by that many records. */
const batchItems = 256;

/** Deals items out in batches of at most 256, never empty. `itemsOf`: those of a group. */
export async function* inBatches<Group>(
  groups: AsyncIterable<Group>,
  itemsOf: (group: Group) => readonly SourceItem[],
): AsyncGenerator<readonly SourceItem[]> {
  for await (const group of groups) {
    const items = itemsOf(group);
    for (let at = 0; at < items.length; at += batchItems) yield items.slice(at, at + batchItems);
  }
}
