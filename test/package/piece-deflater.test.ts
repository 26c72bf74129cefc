import { randomBytes } from "node:crypto";
import { inflateRawSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { PieceDeflater, pieceBytes } from "../../src/package/piece-deflater.ts";

const lastBlock = Buffer.from([0x03, 0x00]);

test("what becomes of a piece does not depend on the pieces before it", async () => {
  const piece = fc.oneof(
    fc.constantFrom(Buffer.alloc(pieceBytes, "vendor,10,USMF;"), randomBytes(pieceBytes), Buffer.from("x")),
    fc
      .array(fc.constantFrom("Müller", "10", ",", "\r\n", "USMF"), { minLength: 1, maxLength: 400 })
      .map((words) => Buffer.from(words.join(""), "utf16le")),
  );
  const used = new PieceDeflater();
  await fc.assert(
    fc.asyncProperty(piece, async (bytes) => {
      const packed = await used.deflate(bytes);
      expect(packed.equals(await new PieceDeflater().deflate(bytes))).toBe(true);
      expect(inflateRawSync(Buffer.concat([packed, lastBlock])).equals(bytes)).toBe(true);
    }),
    { numRuns: 40 },
  );
});
