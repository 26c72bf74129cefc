import { randomBytes } from "node:crypto";
import { inflateRawSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { deflatePiece, packedBytes, pieceBytes } from "../../src/package/deflate-piece.js";
import { DeflateThread } from "../../src/package/deflate-thread.ts";

const lastBlock = Buffer.from([0x03, 0x00]);

function inSharedMemory(bytes: Buffer): Buffer {
  const shared = Buffer.from(new SharedArrayBuffer(bytes.length));
  bytes.copy(shared);
  return shared;
}

function packed(bytes: Buffer): Buffer {
  const into = Buffer.alloc(packedBytes);
  return into.subarray(0, deflatePiece(bytes, into));
}

const piece = fc.oneof(
  fc.constantFrom(Buffer.alloc(pieceBytes, "vendor,10,USMF;"), randomBytes(pieceBytes), Buffer.from("x")),
  fc
    .array(fc.constantFrom("Müller", "10", ",", "\r\n", "USMF"), { minLength: 1, maxLength: 400 })
    .map((words) => Buffer.from(words.join(""), "utf16le")),
);

test("what becomes of a piece unpacks to it, and depends neither on the pieces before it nor on the thread", async () => {
  const thread = new DeflateThread();
  await fc.assert(
    fc.asyncProperty(piece, async (bytes) => {
      const here = packed(bytes);
      expect(inflateRawSync(Buffer.concat([here, lastBlock])).equals(bytes)).toBe(true);
      const into = inSharedMemory(Buffer.alloc(packedBytes));
      const sizeBytes = await thread.deflate(inSharedMemory(bytes), into);
      expect(into.subarray(0, sizeBytes).equals(here)).toBe(true);
    }),
    { numRuns: 40 },
  );
});

test("nothing is said to have been packed that there was no room for", () => {
  expect(deflatePiece(randomBytes(5000), Buffer.alloc(1000))).toBe(0);
});

describe("a thread that", () => {
  test.each([
    ["cannot be started", new URL("./no-such-module.js", import.meta.url)],
    ["dies with work in hand", new URL("data:text/javascript,process.exit(1)")],
    ["breaks", new URL("data:text/javascript,throw new Error('broken')")],
  ])("%s leaves its work to the one that asks", async (_, entry) => {
    const thread = new DeflateThread(entry);
    const pieces = [Buffer.alloc(pieceBytes, "vendor,10,USMF;"), Buffer.from("Müller")];
    const buffers = pieces.map((bytes) => ({
      bytes: inSharedMemory(bytes),
      into: inSharedMemory(Buffer.alloc(packedBytes)),
    }));
    const sizes = await Promise.all(buffers.map(({ bytes, into }) => thread.deflate(bytes, into)));
    const results = buffers.map(({ into }, index) => into.subarray(0, sizes[index]));
    expect(results).toEqual(pieces.map(packed));
    const [{ bytes, into } = { bytes: Buffer.alloc(0), into: Buffer.alloc(0) }] = buffers;
    expect(await thread.deflate(bytes, into)).toBe(sizes[0]);
  });
});
