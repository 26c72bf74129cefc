import { randomBytes } from "node:crypto";
import { inflateRawSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { deflatePiece, pieceBytes, roomBytes } from "../../src/package/deflate-piece.js";
import { DeflateThread } from "../../src/package/deflate-thread.ts";

const lastBlock = Buffer.from([0x03, 0x00]);

function inSharedMemory(bytes: Buffer): Buffer {
  const shared = Buffer.from(new SharedArrayBuffer(roomBytes));
  bytes.copy(shared);
  return shared;
}

function packed(bytes: Buffer): Buffer {
  const room = inSharedMemory(bytes);
  return room.subarray(0, deflatePiece(room, bytes.length));
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
      const room = inSharedMemory(bytes);
      const sizeBytes = await thread.deflate(room, bytes.length);
      expect(room.subarray(0, sizeBytes).equals(here)).toBe(true);
    }),
    { numRuns: 40 },
  );
});

test("nothing is said to have been packed that there was no room for", () => {
  expect(deflatePiece(randomBytes(5000), 5000)).toBe(0);
});

describe("a thread that", () => {
  const pieces = [Buffer.alloc(pieceBytes, "vendor,10,USMF;"), Buffer.from("Müller"), Buffer.from("USMF")];

  async function outcomes(entry: URL): Promise<readonly unknown[]> {
    const thread = new DeflateThread(entry);
    const rooms = pieces.map(inSharedMemory);
    const settled = await Promise.allSettled(
      rooms.map(async (room, index) => await thread.deflate(room, pieces[index]?.length ?? 0)),
    );
    // One that has come to an end is asked all the same.
    const [first = Buffer.alloc(0)] = pieces;
    const after = inSharedMemory(first);
    expect(after.subarray(0, await thread.deflate(after, first.length)).equals(packed(first))).toBe(true);
    return settled.map((result, index): unknown =>
      result.status === "fulfilled" ? rooms[index]?.subarray(0, result.value) : result.reason,
    );
  }

  test("cannot be started leaves its work to the one that asks", async () => {
    expect(await outcomes(new URL("./no-such-module.js", import.meta.url))).toEqual(pieces.map(packed));
  });

  test.each([
    ["ends", "process.exit(1)", "came to an end."],
    ["breaks", "throw new Error('out of order')", "came to an end: out of order."],
  ])("%s leaves what it had not begun", async (_, does, words) => {
    const script = `import { parentPort } from "node:worker_threads"; parentPort.on("message", () => { ${does} });
      parentPort.postMessage("ready");`;
    const [inHand, ...others] = await outcomes(new URL(`data:text/javascript,${encodeURIComponent(script)}`));
    expect(inHand).toMatchObject({
      code: "DMFP-FILE-WRITE",
      message: `The thread that deflates packages ${words}`,
    });
    expect(others).toEqual(pieces.slice(1).map(packed));
  });
});
