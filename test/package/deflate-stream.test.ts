import { randomBytes } from "node:crypto";
import { inflateRawSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { deflatePool } from "../../src/package/deflate-pool.ts";
import { DeflateStream } from "../../src/package/deflate-stream.ts";

const pieceBytes = 512 * 1024;

async function deflated(bytes: Buffer, cuts: readonly number[]): Promise<Buffer> {
  const out: Buffer[] = [];
  const stream = new DeflateStream(async (compressed) => {
    await Promise.resolve();
    out.push(Buffer.from(compressed));
  });
  let from = 0;
  for (const cut of [...cuts, bytes.length].sort((a, b) => a - b)) {
    await stream.write(bytes.subarray(from, cut));
    from = cut;
  }
  await stream.end();
  return Buffer.concat(out);
}

/** Half noise, half repetition, so that pieces differ in how long they take. */
function content(sizeBytes: number): Buffer {
  const bytes = Buffer.alloc(sizeBytes, "vendor,10,USMF;");
  randomBytes(Math.floor(sizeBytes / 3)).copy(bytes, Math.floor(sizeBytes / 4));
  return bytes;
}

test("any bytes come back, and the same file gives the same bytes however it came", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        fc.integer({ min: 0, max: 2000 }),
        fc.constantFrom(pieceBytes - 1, pieceBytes, pieceBytes + 1, 2 * pieceBytes),
        fc.integer({ min: 0, max: 5 * pieceBytes }),
      ),
      fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 }),
      async (sizeBytes, shares) => {
        const bytes = content(sizeBytes);
        const whole = await deflated(bytes, []);
        expect(inflateRawSync(whole).equals(bytes)).toBe(true);
        const cut = await deflated(
          bytes,
          shares.map((share) => Math.floor(share * sizeBytes)),
        );
        expect(cut.equals(whole)).toBe(true);
      },
    ),
    { numRuns: 30 },
  );
});

test("one stream deflates one file after the other", async () => {
  const out: Buffer[][] = [[]];
  const stream = new DeflateStream((compressed) => {
    out.at(-1)?.push(Buffer.from(compressed));
    return Promise.resolve();
  });
  const files = [Buffer.from("one"), Buffer.alloc(0), content(pieceBytes + 7), Buffer.from("last")];
  for (const file of files) {
    void stream.write(file);
    await stream.end();
    out.push([]);
  }
  expect(files.map((file, index) => inflateRawSync(Buffer.concat(out[index] ?? [])).equals(file))).toEqual(
    files.map(() => true),
  );
});

test("no more than six pieces wait for the disk, and its failure reaches who writes", async () => {
  const disk = Promise.withResolvers<undefined>();
  const stream = new DeflateStream(async () => {
    await disk.promise;
  });
  const piece = Buffer.alloc(pieceBytes);
  const waits = Array.from({ length: 7 }, () => stream.write(piece));
  expect(waits.slice(0, 5)).toEqual([undefined, undefined, undefined, undefined, undefined]);
  expect(waits.slice(5).map((wait) => wait instanceof Promise)).toEqual([true, true]);
  const outcomes = Promise.allSettled([...waits, stream.end()]);
  disk.promise.catch(() => undefined);
  disk.reject(new Error("no space left on device"));
  expect((await outcomes).map(({ status }) => status)).toEqual([
    ...Array.from({ length: 5 }, () => "fulfilled"),
    ...Array.from({ length: 3 }, () => "rejected"),
  ]);
});

test("a pool that rests lets go of what it has, not of what is under way, and deflates the same afterwards", async () => {
  const bytes = content(3 * pieceBytes);
  const before = await deflated(bytes, []);
  deflatePool.rest();
  const under = deflated(bytes, []);
  deflatePool.rest();
  expect((await under).equals(before)).toBe(true);
  deflatePool.rest();
  deflatePool.rest();
  expect((await deflated(bytes, [7])).equals(before)).toBe(true);
});
