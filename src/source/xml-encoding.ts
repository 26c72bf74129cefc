import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import type { SourceEncoding } from "../project/source-format.ts";
import { byteOrderMark } from "./text-encoding.ts";

export interface XmlEncoding {
  readonly encoding: SourceEncoding;
  /** Length of the byte order mark; 0 where there is none. */
  readonly markBytes: number;
}

/**
 * The encoding of an XML file from its byte order mark, its XML declaration and the mapping. The three must
 * not contradict each other; without any of them it is UTF-8, as the XML recommendation says. Throws
 * DMFP-SOURCE-INVALID on a contradiction and on an encoding dmfpipe does not read.
 */
export function xmlEncoding(head: Buffer, wanted: SourceEncoding | undefined, name: string): XmlEncoding {
  const mark = byteOrderMark(head);
  const markBytes = mark?.lengthBytes ?? 0;
  const seen = mark?.encoding ?? utf16ByZeros(head);
  const declared = declaredEncoding(head.subarray(markBytes));
  const declaredAs = declared === undefined ? undefined : knownEncoding(declared, seen, name);
  const sources = [
    { says: "its byte order mark or its bytes", encoding: seen },
    { says: `its XML declaration (${declared ?? ""})`, encoding: declaredAs },
    { says: "the mapping", encoding: wanted },
  ].filter((source) => source.encoding !== undefined);
  const [first] = sources;
  const other = sources.find((source) => source.encoding !== first?.encoding);
  if (first !== undefined && other !== undefined) {
    throw new DmfpipeError(
      "DMFP-SOURCE-INVALID",
      `${name} contradicts itself: ${first.says} says ${first.encoding ?? ""}, ${other.says} says ${other.encoding ?? ""}.`,
      {
        at: { file: name, line: 1 },
        next: "Ask for a new extract, or correct source.encoding in the mapping.",
      },
    );
  }
  return { encoding: first?.encoding ?? "utf-8", markBytes };
}

/** A file that begins with `<` in two bytes is UTF-16 even without a byte order mark. */
function utf16ByZeros(head: Buffer): SourceEncoding | undefined {
  if (head[0] === 0x3c && head[1] === 0) return "utf-16le";
  if (head[0] === 0 && head[1] === 0x3c) return "utf-16be";
  return undefined;
}

function declaredEncoding(head: Buffer): string | undefined {
  // The declaration is ASCII; leaving the zero bytes out reads it in UTF-16 of either order too.
  const bytes = head.subarray(0, 512);
  const text = Buffer.from(bytes.filter((byte) => byte !== 0)).toString("latin1");
  return /^<\?xml\s[^>]*?encoding\s*=\s*["']([A-Za-z][\w.-]*)["']/.exec(text)?.[1];
}

function knownEncoding(declared: string, seen: SourceEncoding | undefined, name: string): SourceEncoding {
  switch (declared.toLowerCase()) {
    case "utf-8":
    case "utf8":
    case "us-ascii":
      return "utf-8";
    case "utf-16":
    case "utf-16le":
    case "utf-16be":
      // "UTF-16" leaves the byte order to the mark.
      if (declared.toLowerCase() === "utf-16") return seen?.startsWith("utf-16") === true ? seen : "utf-16le";
      return declared.toLowerCase() === "utf-16le" ? "utf-16le" : "utf-16be";
    case "windows-1252":
    case "cp1252":
      return "windows-1252";
    case "iso-8859-1":
    case "latin1":
      return "iso-8859-1";
    default:
      throw new DmfpipeError(
        "DMFP-SOURCE-INVALID",
        `${name} is in the encoding ${declared}, which dmfpipe does not read.`,
        {
          at: { file: name, line: 1 },
          next: "Ask for the extract in UTF-8, UTF-16, Windows-1252 or ISO-8859-1.",
        },
      );
  }
}
