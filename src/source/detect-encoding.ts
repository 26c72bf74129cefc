import type { SourceEncoding } from "../project/source-format.ts";
import type { SourceFile } from "./source-file.ts";
import { byteOrderMark, firstInvalidByte, TextPieces } from "./text-encoding.ts";

export interface DetectedEncoding {
  readonly encoding: SourceEncoding;
  /** How it was found, in plain words. */
  readonly because: string;
  /** What a person should look at, where the bytes leave a doubt. */
  readonly doubt?: string;
}

/** As far as a file is looked at; one that is larger has shown its encoding by then, or hardly ever will. */
const lookedAtBytes = 64 * 1024 * 1024;

/**
 * The encoding of a text file from its bytes: the byte order mark; zero bytes, which only UTF-16 has; else UTF-8
 * where all bytes are that (a text in another encoding hardly ever is by chance), else Windows-1252. Looks at the
 * first 64 MiB. Errors: DMFP-SOURCE-CHANGED, DMFP-SOURCE-MISSING.
 */
export async function detectEncoding(file: SourceFile): Promise<DetectedEncoding> {
  const head = await file.head(4096);
  const mark = byteOrderMark(head);
  if (mark !== undefined) return { encoding: mark.encoding, because: "its byte order mark" };
  const zero = head.indexOf(0);
  if (zero !== -1) {
    return { encoding: zero % 2 === 1 ? "utf-16le" : "utf-16be", because: "its zero bytes" };
  }
  return await byBytes(file);
}

/** A file is UTF-8 with a few broken places when it has at least so many good characters for each of them. */
const goodForEachBroken = 5;

async function byBytes(file: SourceFile): Promise<DetectedEncoding> {
  const utf8 = new TextPieces("utf-8");
  let lookedAt = 0;
  let good = 0;
  let broken = 0;
  let isWindows = true;
  for await (const chunk of file.chunks(0)) {
    const { text } = utf8.next(chunk);
    const counts = countBeyondAscii(text);
    good += counts.good;
    broken += counts.broken;
    isWindows &&= firstInvalidByte(chunk, "windows-1252") === -1;
    lookedAt += chunk.length;
    if (lookedAt >= lookedAtBytes) break;
  }
  const cutOff = lookedAt < lookedAtBytes && utf8.heldBytes > 0 ? 1 : 0;
  const bad = broken + cutOff;
  if (good === 0 && bad === 0) return { encoding: "utf-8", because: "it has plain ASCII characters only" };
  if (bad === 0) return { encoding: "utf-8", because: "its bytes are UTF-8" };
  if (good >= bad * goodForEachBroken) {
    const doubt = `nearly all of it is UTF-8, but ${bad} ${bad === 1 ? "byte is" : "bytes are"} not: those records will be rejected`;
    return { encoding: "utf-8", because: "nearly all its bytes are UTF-8", doubt };
  }
  if (isWindows) return { encoding: "windows-1252", because: "its bytes are no UTF-8" };
  return {
    encoding: "windows-1252",
    because: "its bytes are no UTF-8",
    doubt:
      "it has bytes that Windows-1252 does not know, as files of DOS code pages (437, 850) have: look at the umlauts, and ask for UTF-8",
  };
}

/** Characters beyond ASCII, and places that were no UTF-8 and became U+FFFD. */
function countBeyondAscii(text: string): { readonly good: number; readonly broken: number } {
  let good = 0;
  let broken = 0;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === 0xfffd) broken++;
    else if (unit > 0x7f) good++;
  }
  return { good, broken };
}
