import { stringify } from "csv-stringify/sync";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { SourceEncoding } from "../../src/project/source-format.ts";
import type { CsvDialect } from "../../src/source/csv-dialect.ts";
import { csvDialect } from "../../src/source/csv-dialect.ts";
import { csvHeader } from "../../src/source/csv-header.ts";
import { CsvScanner } from "../../src/source/csv-scanner.ts";
import type { SourceItem } from "../../src/source/source-record.ts";
import { decodeLeniently } from "../../src/source/text-encoding.ts";

/** Bytes Windows-1252 puts above 0x7F, and what they are. */
const windows1252 = "€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ äöüßéñ";

function encoded(text: string, encoding: SourceEncoding): Buffer {
  switch (encoding) {
    case "utf-8":
      return Buffer.from(text, "utf8");
    case "utf-16le":
      return Buffer.from(`\uFEFF${text}`, "utf16le");
    case "utf-16be":
      return Buffer.from(`\uFEFF${text}`, "utf16le").swap16();
    case "iso-8859-1":
      return Buffer.from(text, "latin1");
    case "windows-1252":
      return Buffer.from(
        Array.from(text, (character) => {
          const byte = Array.from({ length: 256 }, (_, code) => code).find(
            (code) => code !== 0x81 && decodeLeniently(Buffer.from([code]), "windows-1252") === character,
          );
          return byte ?? 0x3f;
        }),
      );
  }
}

function scanned(bytes: Buffer, dialect: CsvDialect, chunkBytes: number): SourceItem[] {
  const header = csvHeader(bytes, dialect, "source");
  const scanner = new CsvScanner({
    file: "source",
    dialect,
    columns: header.columns,
    fromByte: header.endByte,
    fromLine: header.endLine,
  });
  const items: SourceItem[] = [];
  for (let at = header.endByte; at < bytes.length; at += chunkBytes) {
    items.push(...scanner.feed(bytes.subarray(at, at + chunkBytes)));
  }
  return [...items, ...scanner.end()];
}

const charset: Record<SourceEncoding, fc.Arbitrary<string>> = {
  "utf-8": fc.string({ unit: "grapheme", maxLength: 12 }),
  "utf-16le": fc.string({ unit: "grapheme", maxLength: 12 }),
  "utf-16be": fc.string({ unit: "grapheme", maxLength: 12 }),
  "iso-8859-1": fc.string({ unit: fc.constantFrom(...Array.from("ab 1;,\"'\n\räöüßÿ\t")), maxLength: 12 }),
  "windows-1252": fc.string({
    unit: fc.constantFrom(...Array.from(`ab 1;,"\n\r${windows1252}`)),
    maxLength: 12,
  }),
};

describe.each(Object.keys(charset) as SourceEncoding[])("what csv-stringify wrote in %s", (encoding) => {
  it.each(["\n", "\r\n"])(
    "reads back the same, with offsets that cut out the very record (%j)",
    (lineEnd) => {
      const field = fc.oneof(
        charset[encoding],
        fc.constantFrom("", "x;y", 'a"b', "l1\nl2", "l1\r\nl2", "00123"),
      );
      const table = fc.array(fc.array(field, { minLength: 3, maxLength: 3 }), { maxLength: 12 });
      fc.assert(
        fc.property(table, fc.constantFrom(1, 7, 64, 100_000), (rows, chunkBytes) => {
          // A record of nothing but blanks in its first field and no other would be a blank line; three are none.
          const written = rows.map((row) =>
            stringify([row], { delimiter: ";", record_delimiter: lineEnd, quoted_match: /[\r\n]/ }),
          );
          const bytes = encoded(`A;B;C${lineEnd}${written.join("")}`, encoding);
          const dialect = csvDialect(bytes, { delimiter: ";", encoding, maxRecordBytes: 10_000 }, "source");
          const items = scanned(bytes, dialect, chunkBytes);
          expect(items.map((item) => (item.kind === "record" ? item.values : item.reasons))).toEqual(rows);
          for (const [index, { position }] of items.entries()) {
            const slice = bytes.subarray(position.byteOffset, position.byteOffset + position.byteLength);
            expect(decodeLeniently(slice, encoding) + lineEnd).toBe(written[index]);
            const before = decodeLeniently(bytes.subarray(0, position.byteOffset), encoding);
            expect(position.line).toBe(before.split("\n").length);
            expect(position.record).toBe(index + 1);
          }
        }),
        { numRuns: 150 },
      );
    },
  );
});

/** An item without what its reader keeps for itself. */
function plainItem(item: SourceItem): unknown {
  return item.kind === "record" ? { position: item.position, values: item.values } : item;
}

describe("bytes of any kind", () => {
  it("become records and unreadable stretches that cover the file in order, or one coded error", () => {
    const content = fc.array(fc.constantFrom("a", ";", '"', "\n", "\r\n", "\r", "ü", "1;2\n", '"x";y\n'), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(content, fc.constantFrom(1, 5, 1000), (parts, chunkBytes) => {
        const bytes = Buffer.from(`A;B\n${parts.join("")}`);
        const dialect: CsvDialect = {
          encoding: "utf-8",
          delimiter: ";",
          quote: '"',
          lineEnd: "\n",
          startByte: 0,
          startLine: 1,
          maxRecordBytes: 30,
        };
        let items: SourceItem[];
        try {
          items = scanned(bytes, dialect, chunkBytes);
        } catch (error) {
          expect(error).toMatchObject({ code: "DMFP-SOURCE-INVALID" });
          return;
        }
        let covered = 4;
        for (const { position } of items) {
          // Between two items there are only line ends and lines of blanks.
          expect(bytes.subarray(covered, position.byteOffset).toString().trim()).toBe("");
          covered = position.byteOffset + position.byteLength;
        }
        expect(bytes.subarray(covered).toString().trim()).toBe("");
        // Where the file was cut into chunks makes no difference, but for records beyond the size limit.
        const whole = bytes.length <= 30 ? scanned(bytes, dialect, 100_000) : items;
        expect(items.map(plainItem)).toEqual(whole.map(plainItem));
      }),
      { numRuns: 1500 },
    );
  });
});
