import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { normalizeKey } from "../../src/entity/record-key.ts";
import { ByteKernel, cellStop, toldBy } from "../../src/source/byte-kernel.ts";
import { FieldIndex } from "../../src/source/field-index.ts";
import type { CellUse, KernelCell } from "../../src/source/row-program.ts";
import { decodeLeniently } from "../../src/source/text-encoding.ts";
import { TextHash } from "../../src/source/text-hash.ts";

const marks = { delimiter: 0x2c, quote: 0x22, lineEnd: 0x0a };
const semicolon = 0x3b;
const classes = new Uint8Array(0x10000);

const use: CellUse = { wanted: false, isKey: false, isText: false };

const copied = (column: number, more: Partial<Extract<KernelCell, { kind: "copied" }>> = {}): KernelCell => ({
  kind: "copied",
  column,
  steps: [],
  longest: 1000,
  mandatory: false,
  check: undefined,
  suffix: "",
  use,
  ...more,
});

/** All that was written. */
function rowsOf(kernel: ByteKernel): string {
  const length = kernel.told[toldBy.length] ?? 0;
  return Buffer.from(kernel.rowUnits.slice(0, length).buffer).toString("utf16le");
}

/** The byte that stands for a letter. */
function byteOf(letter: string, charset: "windows-1252" | "iso-8859-1"): number {
  const bytes = Array.from({ length: 256 }, (_, byte) => byte);
  return bytes.find((byte) => decodeLeniently(Buffer.from([byte]), charset) === letter) ?? 0x3f;
}

describe("a kernel", () => {
  it("takes windows of any size, and has room for all that is found in them", () => {
    const kernel = new ByteKernel();
    for (const records of [1, 10, 100_000, 3]) {
      const window = Buffer.from(`${",".repeat(9)}\n`.repeat(records));
      const found = kernel.find(window, marks);
      expect(found).toEqual({ records, fields: records * 10, trouble: undefined });
      expect([...kernel.bounds.subarray((found.fields - 1) * 2, found.fields * 2)]).toEqual([
        window.length - 1,
        (window.length - 1) * 2,
      ]);
    }
    const long = "x".repeat(5_000_000);
    expect(kernel.find(Buffer.from(`a,"${long}"\nb`), marks)).toMatchObject({ records: 2, fields: 3 });
    expect([...kernel.bounds.subarray(0, 6)]).toEqual([0, 2, 3, 2 * 5_000_003, 5_000_005, 2 * 5_000_006]);
  });

  it("does not look at what an earlier, longer window left behind", () => {
    const kernel = new ByteKernel();
    kernel.find(Buffer.from(`${'"",'.repeat(1000)}"\n`), marks);
    expect(kernel.find(Buffer.from('a,"b"'), marks)).toEqual({
      records: 1,
      fields: 2,
      trouble: undefined,
    });
    expect(kernel.find(Buffer.from('a,"b'), marks)).toEqual({
      records: 0,
      fields: 0,
      trouble: "quote not closed",
    });
  });

  it("says where it does not go on, and goes on behind", () => {
    const kernel = new ByteKernel();
    const program = [
      copied(0),
      { kind: "elsewhere" } as const,
      copied(1, { use: { ...use, wanted: true } }),
      copied(2, { longest: 3 }),
      copied(3, { check: "integer" }),
      copied(4, { mandatory: true }),
    ];
    expect(kernel.load(program, classes, "utf-8")).toBe(true);
    kernel.find(Buffer.from("a,bc,four,12,\n"), marks);
    const go = (cell: number): number =>
      kernel.copyRows(0, 1, cell, program.length, kernel.told[toldBy.length] ?? 0, semicolon);
    kernel.told[toldBy.length] = 0;
    expect(go(0)).toBe(4 * 1 + cellStop.toBeWritten);
    expect(rowsOf(kernel)).toBe("a;");
    expect(go(2)).toBe(4 * 2 + cellStop.toBeAttended);
    expect(rowsOf(kernel)).toBe("a;;bc");
    expect(kernel.told[toldBy.cellStart]).toBe(3);
    expect(kernel.told[toldBy.cellClasses]).toBe(0);
    expect(go(3)).toBe(4 * 3 + cellStop.toBeWritten);
    expect(rowsOf(kernel)).toBe("a;;bc;");
    expect(go(4)).toBe(4 * 5 + cellStop.notCertain);
  });

  it("writes row behind row, says where each ends, and goes on with the row where it stopped", () => {
    const kernel = new ByteKernel();
    const index = new FieldIndex(Buffer.from("a,1\nb,x\n,\nc,2\n"), marks, kernel);
    kernel.load([copied(0), copied(1, { check: "integer" })], classes, "utf-8");
    expect(kernel.copyRows(0, 4, 0, 2, 0, semicolon)).toBe(4 * 1 + cellStop.toBeWritten);
    expect(kernel.told[toldBy.record]).toBe(1);
    expect(rowsOf(kernel)).toBe("a;1\r\nb;");
    const length = (kernel.told[toldBy.length] ?? 0) + 1;
    kernel.rowUnits[length - 1] = 0x2d;
    expect(kernel.copyRows(1, 4, 2, 2, length, semicolon)).toBe(-1);
    expect(rowsOf(kernel)).toBe("a;1\r\nb;-\r\n;\r\nc;2\r\n");
    expect([0, 1, 2, 3].map((record) => index.rowEndOf(record))).toEqual([5, 10, 13, 18]);
  });

  it("leaves no row blank", () => {
    const kernel = new ByteKernel();
    kernel.load([copied(0)], classes, "utf-8");
    kernel.find(Buffer.from('"x"\n""\n'), marks);
    kernel.copyRows(0, 2, 0, 1, 0, semicolon);
    expect(rowsOf(kernel)).toBe('x\r\n""\r\n');
  });

  it("remembers what somebody else made of a value, for each cell by itself, and forgets it with the program", () => {
    const kernel = new ByteKernel();
    const long = "x".repeat(33);
    const values = ["D", "E", "D", "", "", long, long, '"a""b"', '"a""b"', "D"];
    const find = (): unknown =>
      kernel.find(Buffer.from(values.map((value) => `${value},D\n`).join("")), marks);
    const recalled = (column: number): KernelCell => ({ kind: "recalled", column, use });
    const program = [recalled(0), copied(1, { check: "integer" })];
    /** Writes all rows, by hand where the kernel stops; where that was. */
    const write = (): readonly string[] => {
      const stops: string[] = [];
      let [record, cell, length] = [0, 0, 0];
      for (;;) {
        const stop = kernel.copyRows(record, values.length, cell, 2, length, semicolon);
        length = kernel.told[toldBy.length] ?? 0;
        if (stop < 0) return stops;
        record = kernel.told[toldBy.record] ?? 0;
        expect(stop & 3).toBe(cellStop.toBeWritten);
        stops.push(`${record}/${stop >> 2}`);
        const made = `<${(values[record] ?? "").length}${stop >> 2}>`;
        for (let at = 0; at < made.length; at++) kernel.rowUnits[length + at] = made.charCodeAt(at);
        kernel.remember(length, length + made.length, 0);
        length += made.length;
        cell = (stop >> 2) + 1;
      }
    };
    kernel.load(program, classes, "utf-8");
    find();
    // Neither what is too long nor what has doubled quotes is remembered.
    expect(write()).toEqual(["0/0", "0/1", "1/0", "3/0", "5/0", "6/0", "7/0", "8/0"]);
    const rows = ["<10>", "<10>", "<10>", "<00>", "<00>", "<330>", "<330>", "<60>", "<60>", "<10>"];
    expect(rowsOf(kernel)).toBe(rows.map((row) => `${row};<11>\r\n`).join(""));
    expect(write()).toEqual(["5/0", "6/0", "7/0", "8/0"]);
    kernel.load(program, classes, "utf-8");
    expect(write()).toHaveLength(8);
  });

  it("hashes the key of a record as TextHash does its normalized key", () => {
    const kernel = new ByteKernel();
    const part = fc.string({
      unit: fc.constantFrom("a", "Z", "0", " ", "\t", "\u00a0", "Ä", "İ", "ẞ", "😀", "\u2003"),
      maxLength: 8,
    });
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 3 }), fc.boolean(), (parts, copies) => {
        const asKey = { ...use, isKey: true };
        kernel.load(
          parts.map((_, column): KernelCell =>
            copies ? copied(column, { use: asKey }) : { kind: "elsewhere" },
          ),
          classes,
          "utf-8",
        );
        const index = new FieldIndex(
          Buffer.from(`${parts.map((text) => `"${text}"`).join(",")}\n`),
          marks,
          kernel,
        );
        let cell = 0;
        let length = 0;
        for (;;) {
          const stop = kernel.copyRows(0, 1, cell, parts.length, length, semicolon);
          length = kernel.told[toldBy.length] ?? 0;
          if (stop < 0) break;
          cell = stop >> 2;
          const put = (text: string): number => {
            for (let at = 0; at < text.length; at++) kernel.rowUnits[length + at] = text.charCodeAt(at);
            return length + text.length;
          };
          const text = parts[cell] ?? "";
          const end = put(text);
          const isAscii = /^[\0-\x7f]*$/.test(text);
          expect(Boolean(kernel.addKeyPart(length, end, false))).toBe(isAscii);
          if (!isAscii) kernel.addKeyPart(length, put(normalizeKey([text])), true);
          length = put(text);
          cell++;
        }
        const hash = new TextHash();
        hash.take(normalizeKey(parts));
        expect([index.keyHighOf(0), index.keyLowOf(0)]).toEqual([hash.high, hash.low]);
      }),
      { numRuns: 1_000 },
    );
  });

  it("leaves keys that are too long for it to others", () => {
    const kernel = new ByteKernel();
    for (const length of [1, 5_000, 8_000, 9_000]) {
      kernel.load([copied(0, { longest: 100_000, use: { ...use, isKey: true } })], classes, "utf-8");
      kernel.find(Buffer.from(`${"k".repeat(length)}\n`), marks);
      expect(kernel.copyRows(0, 1, 0, 1, 0, semicolon)).toBe(length < 8_190 ? -1 : cellStop.toBeWritten);
    }
  });

  it("writes no further than its row goes", () => {
    const kernel = new ByteKernel();
    const program = Array.from({ length: 40 }, () => copied(0, { longest: 100_000 }));
    kernel.load(program, classes, "utf-8");
    kernel.find(Buffer.from("x".repeat(10_000)), marks);
    const stop = kernel.copyRows(0, 1, 0, program.length, 0, semicolon);
    expect(stop & 3).toBe(cellStop.noRoom);
    expect(rowsOf(kernel)).toBe(Array.from({ length: stop >> 2 }, () => "x".repeat(10_000)).join(";"));
    // A row of that length is left to others, as one with too many cells is.
    expect(
      kernel.load(
        Array.from({ length: 10_000 }, () => copied(0)),
        classes,
        "utf-8",
      ),
    ).toBe(false);
  });

  it.each([
    ["utf-8", fc.string({ unit: "binary", maxLength: 30 })],
    ["windows-1252", fc.string({ unit: fc.constantFrom(...Array.from("aé€ŽœŸ§ÿ0 ")), maxLength: 30 })],
    ["iso-8859-1", fc.string({ unit: fc.constantFrom(...Array.from("aé\u0080§ÿ0 ")), maxLength: 30 })],
  ] as const)("copies values of %s as the texts they are", (charset, text) => {
    const kernel = new ByteKernel();
    kernel.load([copied(0), copied(1)], classes, charset);
    fc.assert(
      fc.property(text, text, (first, second) => {
        const values = [first, second].map((value) => value.toWellFormed().replaceAll('"', "'"));
        const line = `"${values.join('","')}"\n`;
        const bytes =
          charset === "utf-8"
            ? Buffer.from(line)
            : Buffer.from(Array.from(line, (letter) => byteOf(letter, charset)));
        kernel.find(bytes, marks);
        expect(kernel.copyRows(0, 1, 0, 2, 0, semicolon)).toBe(-1);
        expect(rowsOf(kernel)).toBe(`${values.join(";")}\r\n`);
      }),
      { numRuns: 500 },
    );
  });

  it("gives any stretch of its rows as the bytes that Node makes of it", () => {
    const kernel = new ByteKernel();
    const text = fc
      .array(
        fc.constantFrom("a", "0123456789abcdefghij", "ö", "€", "😀", "\ud83d", "\ude00", "\uffff", "\u0000"),
        { maxLength: 12 },
      )
      .map((parts) => parts.join(""));
    fc.assert(
      fc.property(text, fc.nat(40), fc.nat(200), (units, from, length) => {
        for (let at = 0; at < units.length; at++) kernel.rowUnits[at] = units.charCodeAt(at);
        const start = Math.min(from, units.length);
        const end = Math.min(start + length, units.length);
        for (const encoding of ["utf8", "utf16le"] as const) {
          const expected = Buffer.from(units.slice(start, end), encoding);
          kernel.encodeOnly(start, end, encoding);
          expect(encodedIn(kernel).equals(expected)).toBe(true);
          kernel.beginEncoding();
          kernel.encodeRows(start, end, encoding);
          kernel.encodeRows(0, start, encoding);
          const first = Buffer.from(units.slice(0, start), encoding);
          expect(encodedIn(kernel).equals(Buffer.concat([expected, first]))).toBe(true);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

/** What is encoded, copied to where another byte stands before it. */
function encodedIn(kernel: ByteKernel): Buffer {
  const bytes = Buffer.alloc(kernel.encodedBytes + 1, 7);
  kernel.copyEncoded(bytes, 1);
  expect(bytes[0]).toBe(7);
  return bytes.subarray(1);
}
