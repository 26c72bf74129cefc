import { Breather } from "./pause.js";

/** The words of a search, in small letters; what stands in double quotes is one of them. */
export function searchWords(text) {
  const found = text.toLowerCase().matchAll(/"([^"]*)"?|([^\s"]+)/g);
  return [...found].map(([, phrase, word]) => phrase ?? word).filter((word) => word.trim() !== "");
}

/**
 * Marks the rows that hold all words. Goes through the rows block by block and lets the browser breathe; `progress` is
 * told the marks so far and the share done, from time to time. Ends without a result when `signal` says so.
 */
export async function searchRows(store, words, { signal, progress }) {
  const hits = new Uint8Array(store.count);
  const breather = new Breather();
  let told = performance.now();
  for (let block = 0; block < store.blocks; block++) {
    markHits(await store.haystack(block), words, hits);
    if (signal.aborted) return undefined;
    if (!breather.due) continue;
    if (performance.now() - told > 200) {
      progress(hits, (block + 1) / store.blocks);
      told = performance.now();
    }
    await breather.breathe();
    if (signal.aborted) return undefined;
  }
  return hits;
}

// Looks for the first word in the text of all rows at once, and for the others only where it was found.
function markHits({ first, text, starts }, [word, ...others], hits) {
  let row = 0;
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, starts[row])) {
    while (starts[row + 1] <= at) row++;
    const rest = others.length === 0 ? "" : text.slice(starts[row], starts[row + 1]);
    if (others.every((other) => rest.includes(other))) hits[first + row] = 1;
    row++;
    if (row >= starts.length - 1) return;
  }
}
