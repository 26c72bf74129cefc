import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DmfpipeError } from "../../src/errors/dmfpipe-error.ts";
import type { SourceEncoding } from "../../src/project/source-format.ts";
import type { SourceItem } from "../../src/source/source-record.ts";
import { XmlByteScanner } from "../../src/source/xml-byte-scanner.ts";
import { XmlRecords } from "../../src/source/xml-records.ts";
import { XmlScanner } from "../../src/source/xml-scanner.ts";
import { illFormed, wellFormed } from "./xml-corpus.ts";

interface Reading {
  readonly items?: readonly SourceItem[];
  readonly neverSeen?: readonly string[];
  readonly error?: string;
}

interface Wanted {
  readonly record: readonly string[];
  readonly rows?: readonly string[];
  readonly paths: readonly string[];
}

const anything: Wanted = { record: ["a", "*"], paths: ["@id", ".", "n", "n/@k", "n[2]", "n[*]", "m/n", "*"] };
const shapes: readonly Wanted[] = [
  anything,
  { record: ["*"], paths: ["@id", ".", "r/n"] },
  { record: ["a", "r"], rows: ["n"], paths: ["../@id", ".", "@k", "../m"] },
];

describe("the reader of bytes", () => {
  it.each(wellFormed)("reads %s without help, as saxes does", (_, document) => {
    for (const wanted of shapes) expectSame(document, { wanted, chunks: [] });
    expect(readBy("bytes", bytesOf(document), { wanted: anything, chunks: [2] }).error).toBeUndefined();
    const records = new XmlRecords({ file: "x", maxRecordBytes: 1000, ...anything }, 0);
    const scanner = new XmlByteScanner({ encoding: "utf-8", startByte: 0, records });
    expect([scanner.feed(bytesOf(document)), scanner.end()]).toEqual([true, true]);
  });

  it.each(illFormed)("refuses %s in the words of saxes", (_, document) => {
    for (const chunks of [[], [1], [3, 5]]) {
      const read = readBoth(document, { wanted: anything, chunks });
      expect(read.bytes.error).toMatch(/^x cannot be read: .* \(byte offset \d+\)\.$/s);
      expect(read.bytes.error).toBe(read.saxes.error);
    }
  });

  it("leaves to saxes what it does not know, and tells the same from there on", () => {
    const odd = `<a><r id="1"><n>x<!-- -->y</n></r>\n<r id="2"><n>x</n><n k="&lt;">z</n><?p ?q?><n/></r><r id="3"/></a>`;
    const many = Array.from({ length: 150 }, (__, index) => `a${index}="${index}"`).join(" ");
    for (const document of [
      `<?xml version="1.1"?>${odd}`,
      odd.replace("<?p ?q?>", "<?p?q?>"),
      odd.replace("<n/>", `<n ${many}/>`),
    ]) {
      for (const wanted of shapes) expectSame(document, { wanted, chunks: [7, 64] });
    }
  });

  it("tells the same of any document, however it is damaged and however it falls into chunks", () => {
    fc.assert(
      fc.property(
        documents,
        damages,
        fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 5 }),
        (document, damage, chunks) => {
          const bytes = damaged(Buffer.from(document), damage);
          for (const wanted of shapes) expectSame(bytes, { wanted, chunks });
        },
      ),
      { numRuns: 800 },
    );
  });

  it.each(["iso-8859-1", "windows-1252"] as const)("tells the same of %s", (encoding) => {
    fc.assert(
      fc.property(documents, damages, (document, damage) => {
        const bytes = damaged(Buffer.from(document, "latin1"), damage);
        expectSame(bytes, { wanted: anything, chunks: [50], encoding });
      }),
      { numRuns: 200 },
    );
  });
});

/** Names, texts and places for them that make the two readers meet often: few names, many odd characters. */
const text = fc
  .array(
    fc.constantFrom(
      "x",
      " ",
      "\n",
      "\r\n",
      "\r",
      "\t",
      "ä",
      "é中",
      "😀",
      "&amp;",
      "&#10;",
      "&#x1F600;",
      "&lt;",
      "]",
      "]]",
      ">",
      "\u00A0",
    ),
    { maxLength: 6 },
  )
  .map((pieces) => pieces.join("").replaceAll("]]>", "]"));
const attribute = fc.tuple(
  fc.constantFrom("id", "k", "p:k", "xmlns:p", "xmlns"),
  fc.constantFrom('"', "'"),
  text,
);
const attributes = fc
  .uniqueArray(attribute, { maxLength: 3, selector: ([name]) => name })
  .map((all) => all.map(([name, quote, value]) => ` ${name} = ${quote}${value}${quote}`).join("\n"));
const { element } = fc.letrec<{ element: string; content: string }>((tie) => ({
  element: fc
    .tuple(fc.constantFrom("r", "n", "m", "p:n", "ns", "ä"), attributes, tie("content"), fc.boolean())
    .map(([name, given, content, blank]) =>
      content === "" && blank
        ? `<${name}${given} />`
        : `<${name}${given}>${content}</${name}${blank ? "\n" : ""}>`,
    ),
  content: fc
    .array(
      fc.oneof(
        { maxDepth: 3 },
        text,
        tie("element"),
        fc.constantFrom("<!-- - x<r/> -->", "<![CDATA[<n> ]] & \r\n]]>", "<?pi <r> ?>", "\n  "),
      ),
      { maxLength: 5 },
    )
    .map((pieces) => pieces.join("")),
}));
const documents = fc
  .tuple(
    fc.constantFrom("", '<?xml version="1.0"?>\n', "<?xml version='1.0' standalone='yes' ?><!-- c -->"),
    fc.array(fc.tuple(element, fc.constantFrom("", "\n", " "))),
    fc.constantFrom("", "\n", "<!-- end -->\n", "<?end?>"),
  )
  .map(([head, elements, tail]) => `${head}<a>${elements.flat().join("")}</a>${tail}`);

/** What is done to the bytes of a document: at a place (as a share of its length) so many are replaced by others. */
const damages = fc.array(
  fc.record({
    place: fc.double({ min: 0, max: 1, noNaN: true }),
    removed: fc.integer({ min: 0, max: 3 }),
    added: fc.constantFrom(
      "",
      "<",
      ">",
      "/",
      "&",
      "&x;",
      '"',
      "]]>",
      "--",
      "<!",
      "<r>",
      "</r>",
      "</a>",
      "\u0001",
      "\uFFFE",
      "\xff",
      "x",
      "<!DOCTYPE a>",
      "<?xml ?>",
    ),
  }),
  { maxLength: 2 },
);

type Damage = typeof damages extends fc.Arbitrary<infer Values> ? Values : never;

function damaged(bytes: Buffer, damage: Damage): Buffer {
  return damage.reduce((before, { place, removed, added }) => {
    const at = Math.floor(place * before.length);
    const piece = added === "\xff" ? Buffer.from([0xff]) : Buffer.from(added);
    return Buffer.concat([before.subarray(0, at), piece, before.subarray(at + removed)]);
  }, bytes);
}

interface ReadOptions {
  readonly wanted: Wanted;
  /** Lengths of chunks, over and over; empty: all at once. */
  readonly chunks: readonly number[];
  readonly encoding?: SourceEncoding;
}

function expectSame(document: string | Buffer, options: ReadOptions): void {
  const { bytes, saxes } = readBoth(document, options);
  expect(bytes).toEqual(saxes);
}

function readBoth(document: string | Buffer, options: ReadOptions): { bytes: Reading; saxes: Reading } {
  return {
    bytes: readBy("bytes", bytesOf(document), options),
    saxes: readBy("saxes", bytesOf(document), options),
  };
}

function bytesOf(document: string | Buffer): Buffer {
  return typeof document === "string" ? Buffer.from(document) : document;
}

function readBy(
  reader: "bytes" | "saxes",
  document: Buffer,
  { wanted, chunks, encoding = "utf-8" }: ReadOptions,
): Reading {
  const scanner = new XmlScanner({
    file: "x",
    encoding,
    startByte: 0,
    maxRecordBytes: 1000,
    reader,
    ...wanted,
  });
  try {
    const items: SourceItem[] = [];
    for (let at = 0, turn = 0; at < document.length; turn++) {
      const length = chunks.length === 0 ? document.length : (chunks[turn % chunks.length] ?? 1);
      items.push(...scanner.feed(document.subarray(at, at + length)));
      at += length;
    }
    items.push(...scanner.end());
    return { items, neverSeen: scanner.neverSeen() };
  } catch (thrown) {
    if (thrown instanceof DmfpipeError) return { error: thrown.message };
    throw thrown;
  }
}
