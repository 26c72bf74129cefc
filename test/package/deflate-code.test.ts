import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { constants, deflateRawSync, inflateRawSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { pieceBytes } from "../../src/package/deflate-piece.js";

const code = readFileSync(new URL("../../src/package/deflate/deflate.wasm", import.meta.url));
const { exports } = new WebAssembly.Instance(new WebAssembly.Module(code), {});
const { memory, deflate, unpacksTo } = exports as unknown as {
  readonly memory: WebAssembly.Memory;
  readonly deflate: (sizeBytes: number) => number;
  readonly unpacksTo: (packedBytes: number, sizeBytes: number) => number;
};
const bytes = Buffer.from(memory.buffer);

/** What the code of our own makes of a piece; undefined where it leaves it to zlib. */
function deflated(piece: Buffer): Buffer | undefined {
  piece.copy(bytes, 1024 * 1024);
  const sizeBytes = deflate(piece.length);
  const from = 2 * 1024 * 1024;
  return sizeBytes === 0 ? undefined : Buffer.from(bytes.subarray(from, from + sizeBytes));
}

/** Whether the code of our own finds that bytes unpack to a piece. */
function unpacks(packed: Buffer, piece: Buffer): boolean {
  piece.copy(bytes, 1024 * 1024);
  // What stands behind them is what an earlier, longer result left there.
  packed.copy(bytes, 2 * 1024 * 1024);
  return unpacksTo(packed.length, piece.length) !== 0;
}

/** Whether zlib does, of bytes that end at a byte border and do not end the stream. */
function zlibUnpacks(packed: Buffer, piece: Buffer): boolean {
  try {
    // One byte more, so that what is left over is noticed: an empty last block.
    return inflateRawSync(Buffer.concat([packed, Buffer.from([0x03, 0x00])])).equals(piece);
  } catch {
    return false;
  }
}

const zlibDeflated = (piece: Buffer): Buffer =>
  deflateRawSync(piece, { level: 2, finishFlush: constants.Z_SYNC_FLUSH });

const inflated = (packed: Buffer): Buffer =>
  inflateRawSync(packed, { finishFlush: constants.Z_SYNC_FLUSH, chunkSize: pieceBytes });

const word = fc.oneof(
  fc.constantFrom("Müller", "10", ",", "\r\n", "USMF", "日本", "0".repeat(300), '"', "a"),
  fc.string({ maxLength: 6 }),
);
const text = fc
  .tuple(fc.array(word, { minLength: 1, maxLength: 300 }), fc.nat({ max: 40 }), fc.boolean())
  .map(([words, times, wide]) =>
    Buffer.from(words.join("").repeat(times + 1), wide ? "utf16le" : "utf8").subarray(0, pieceBytes),
  );
/** Bytes whose frequencies differ so much that the codes of some would be too long. */
const steep = fc
  .tuple(fc.integer({ min: 2, max: 40 }), fc.integer({ min: 0, max: 2 ** 31 - 1 }))
  .map(([symbols, seed]) => {
    const piece = Buffer.alloc(pieceBytes);
    let state = seed;
    for (let at = 0; at < piece.length; at++) {
      state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
      // The nth byte half as often as the one before.
      piece[at] = Math.min(symbols, Math.clz32(state)) * 7 + (at % 251 === 0 ? at % 7 : 0);
    }
    return piece;
  });
const anything = fc.uint8Array({ maxLength: 3000 }).map((array) => Buffer.from(array));

test("what is deflated unpacks to what went in, whatever it is, and is the same every time", () => {
  fc.assert(
    fc.property(fc.oneof(text, steep, anything), (piece) => {
      const packed = deflated(piece);
      if (packed === undefined) return;
      expect(inflated(packed).equals(piece)).toBe(true);
      expect(packed.length).toBeLessThan(piece.length);
      expect(deflated(piece)?.equals(packed)).toBe(true);
    }),
    { numRuns: 300 },
  );
});

test.each(["utf16le", "utf8"] as const)(
  "rows in %s become no larger than zlib makes them at level 2",
  (encoding) => {
    const rows = Array.from(
      { length: 5000 },
      (_, row) =>
        `${1_000_000 + row * 7},Vendor Ltd ${row},"Street ${row % 97}, ${row % 13}",USMF,EUR,Net${row % 60}\r\n`,
    );
    const piece = Buffer.from(rows.join(""), encoding).subarray(0, pieceBytes);
    const packed = deflated(piece);
    expect(packed === undefined ? undefined : inflated(packed).equals(piece)).toBe(true);
    expect(packed?.length).toBeLessThanOrEqual(zlibDeflated(piece).length * 1.02);
  },
);

test.each([1, 2, 15, 16, 17, 100])("a piece of %i bytes", (sizeBytes) => {
  for (const piece of [
    Buffer.alloc(sizeBytes, "x"),
    Buffer.alloc(sizeBytes, "x\0"),
    randomBytes(sizeBytes),
  ]) {
    const packed = deflated(piece);
    if (packed !== undefined) expect(inflated(packed).equals(piece)).toBe(true);
  }
  // Of a piece of the greatest size nothing is missing.
  const whole = Buffer.alloc(pieceBytes, "Organization,");
  expect(inflated(deflated(whole) ?? Buffer.alloc(0)).equals(whole)).toBe(true);
});

test("what cannot be made smaller is left to zlib", () => {
  expect(deflated(randomBytes(pieceBytes))).toBeUndefined();
  expect(deflated(randomBytes(100))).toBeUndefined();
});

test("what it deflated it finds to unpack to what went in, and to nothing else", () => {
  fc.assert(
    fc.property(fc.oneof(text, steep, anything), fc.nat(), (piece, which) => {
      const packed = deflated(piece);
      if (packed === undefined) return;
      expect(unpacks(packed, piece)).toBe(true);
      expect(unpacks(packed.subarray(0, -1), piece)).toBe(false);
      expect(unpacks(packed, piece.subarray(0, -1))).toBe(false);
      const other = Buffer.from(piece);
      other[which % piece.length] = (other[which % piece.length] ?? 0) ^ 1;
      expect(unpacks(packed, other)).toBe(false);
    }),
    { numRuns: 300 },
  );
});

test("of damaged results it takes none that zlib would not unpack to the piece", () => {
  let taken = 0;
  fc.assert(
    fc.property(
      fc.oneof(text, anything),
      fc.array(fc.tuple(fc.nat(), fc.nat(7)), { minLength: 1, maxLength: 3 }),
      fc.boolean(),
      (piece, flips, atBeginning) => {
        const packed = deflated(piece);
        if (packed === undefined) return;
        // The codes stand at the beginning of a block.
        const room = atBeginning ? Math.min(80, packed.length) : packed.length;
        for (const [place, bit] of flips) packed[place % room] = (packed[place % room] ?? 0) ^ (1 << bit);
        const good = unpacks(packed, piece);
        if (good) taken++;
        if (good) expect(zlibUnpacks(packed, piece)).toBe(true);
      },
    ),
    { numRuns: 3_000 },
  );
  // Two flips may undo each other.
  expect(taken).toBeLessThan(300);
});

test("what zlib packed with codes of its own it reads, too", () => {
  fc.assert(
    fc.property(fc.oneof(text, steep), fc.constantFrom(1, 6, 9), (piece, level) => {
      const packed = deflateRawSync(piece, { level, finishFlush: constants.Z_SYNC_FLUSH });
      // It does not read blocks with the fixed codes, which zlib makes of small ones.
      const kinds = (packed[0] ?? 0) & 7;
      if (packed.length > 2_000 && kinds === 4)
        expect(unpacks(packed, piece)).toBe(zlibUnpacks(packed, piece));
      else expect(zlibUnpacks(packed, piece)).toBe(true);
    }),
    { numRuns: 40 },
  );
});
