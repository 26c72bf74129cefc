import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { KeySet } from "../../src/entity/key-set.ts";
import { isFull, PackageSplitter, type PackageLimits } from "../../src/sequence/split.ts";

const limits: PackageLimits = { records: 3, dataSizeBytes: 1_000 };

/** The packages that records of these documents end up in, and which of them were said to be torn. */
function split(
  documents: readonly (string | undefined)[],
  sizeBytes = 1,
): { packages: (string | undefined)[][]; torn: (string | undefined)[] } {
  const splitter = new PackageSplitter(limits, new KeySet());
  const packages: (string | undefined)[][] = [];
  const torn: (string | undefined)[] = [];
  for (const document of documents) {
    const open = packages.at(-1) ?? [];
    const placement = splitter.place(
      { records: open.length, dataSizeBytes: open.length * sizeBytes },
      document,
    );
    if (placement.torn) torn.push(document);
    if (packages.length === 0 || placement.into === "a new one") packages.push([document]);
    else open.push(document);
  }
  return { packages, torn };
}

describe("where a package ends", () => {
  test("after as many records as are allowed", () => {
    expect(split([undefined, undefined, undefined, undefined]).packages.map((pack) => pack.length)).toEqual([
      3, 1,
    ]);
  });

  test("after as many bytes as are allowed, but never before the first record", () => {
    expect(split([undefined, undefined, undefined], 2_000).packages.map((pack) => pack.length)).toEqual([
      1, 1, 1,
    ]);
    expect(isFull({ records: 0, dataSizeBytes: 2_000 }, limits)).toBe(false);
  });

  test("with the document, however large that is", () => {
    const { packages, torn } = split(["a", "b", "b", "b", "b", "c"]);
    expect(packages).toEqual([["a", "b", "b", "b", "b"], ["c"]]);
    expect(torn).toEqual([]);
  });

  test("a document that comes back after its package was closed is said to be torn", () => {
    const { packages, torn } = split(["a", "b", "c", "a"]);
    expect(packages).toEqual([["a", "b", "c"], ["a"]]);
    expect(torn).toEqual(["a"]);
  });

  test("one that comes back into the same package is not", () => {
    expect(split(["a", "b", "a"]).torn).toEqual([]);
  });
});

test("no record is lost, the order stays, and documents that stand together are never divided", () => {
  const documents = fc.array(fc.tuple(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 1, max: 6 })));
  fc.assert(
    fc.property(documents, (runs) => {
      // Runs of the same document, one after the other; equal neighbours are one run.
      const records = runs.flatMap(([document, length]) => Array.from({ length }, () => `d${document}`));
      const { packages, torn } = split(records);
      expect(packages.flat()).toEqual(records);
      for (const [index, pack] of packages.entries()) {
        expect(pack.length).toBeGreaterThan(0);
        // It went past its limit only for the sake of its last document.
        const last = pack.at(-1);
        const before = pack.slice(0, limits.records);
        if (pack.length > limits.records)
          expect(pack.slice(limits.records - 1)).toEqual(pack.slice(limits.records - 1).map(() => last));
        expect(before.length).toBeLessThanOrEqual(limits.records);
        if (index > 0) expect(packages[index - 1]?.at(-1)).not.toBe(pack[0]);
      }
      const scattered = new Set(
        records.filter((document) => packages.filter((pack) => pack.includes(document)).length > 1),
      );
      expect(new Set(torn)).toEqual(scattered);
    }),
  );
});
