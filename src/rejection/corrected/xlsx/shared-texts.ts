import type { ZipEntry } from "../../../package/zip-directory.ts";
import type { ZipReader } from "../../../package/zip-reader.ts";
import { readPart } from "./part-parser.ts";
import { StringItem } from "./string-item.ts";
import type { TextStore } from "./text-store.ts";

/**
 * Reads the texts that the cells of all sheets refer to by number into `texts`. Throws WorkbookDamage, and
 * DMFP-FILE-WRITE where they are too many for memory and the disk refuses them.
 */
export async function readSharedTexts(zip: ZipReader, entry: ZipEntry, texts: TextStore): Promise<void> {
  const item = new StringItem();
  let depth = 0;
  let inItem = false;
  await readPart(zip, entry, {
    // Bounded by what the zip reader allows: nothing of the part itself is held.
    maxBytes: Number.MAX_SAFE_INTEGER,
    events: {
      open(name) {
        depth++;
        if (depth === 2) inItem = name === "si";
        else if (inItem) item.open(name);
      },
      text(text) {
        if (inItem) item.add(text);
      },
      close() {
        depth--;
        if (depth > 1 && inItem) item.close();
        if (depth !== 1 || !inItem) return;
        texts.add(item.take());
        inItem = false;
      },
    },
  });
}
