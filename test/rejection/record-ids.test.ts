import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { spellingsOf } from "../../src/rejection/key-spelling.ts";
import { RejectedIds } from "../../src/rejection/record-ids.ts";

const keyOf = (fields: number) =>
  fc.array(
    fc.string({ unit: fc.constantFrom("a", "B", "1", "-", ",", " ", "ü"), minLength: 1, maxLength: 5 }),
    {
      minLength: fields,
      maxLength: fields,
    },
  );
const keysOf = (fields: number) =>
  fc.uniqueArray(keyOf(fields), { selector: (key) => normal(key), minLength: 2, maxLength: 12 });
const separators = ["", " ", ",", ", ", "; ", "|", "-", "_", ":", "/", "+", "\t", " - "];

function normal(key: readonly string[]): string {
  return key.map((part) => part.trim().toLowerCase()).join("\n");
}

describe("matching record ids with rows", () => {
  test("case and outer blanks do not matter", () => {
    const ids = new RejectedIds();
    ids.entry(["  a-100 "]).messages.push("no");
    expect(ids.match(["A-100"])).toMatchObject([{ entry: { recordId: "a-100", messages: ["no"] } }]);
    expect(ids.match(["A-101"])).toEqual([]);
  });

  test.each([
    "Default,EUR,USD,2026-01-01",
    "2026-01-01|USD|EUR|Default",
    "Default EUR USD 2026-01-01",
    "DefaultEURUSD2026-01-01",
    "EUR; USD; 2026-01-01; default",
    "2026-01-01defaultUSDEUR",
  ])("a key of several fields written as %s", (recordId) => {
    const ids = new RejectedIds();
    ids.entry([recordId]);
    expect(ids.match(["Default", "EUR", "USD", "2026-01-01"])).toHaveLength(1);
    expect(ids.match(["Default", "EUR", "USD", "2026-01-02"])).toEqual([]);
  });

  test("every key finds itself and no other, field by field", () => {
    fc.assert(
      fc.property(keysOf(2), (keys) => {
        const [rejected, ...others] = keys;
        const ids = new RejectedIds();
        ids.entry(rejected ?? []);
        expect(ids.match(rejected ?? [])).toHaveLength(1);
        for (const other of others) expect(ids.match(other)).toEqual([]);
      }),
    );
  });

  test("a key of one field finds itself and no other", () => {
    fc.assert(
      fc.property(keysOf(1), (keys) => {
        const [rejected, ...others] = keys;
        const ids = new RejectedIds();
        ids.entry([` ${rejected?.[0]?.toUpperCase() ?? ""} `]);
        expect(ids.match(rejected ?? [])).toHaveLength(1);
        for (const other of others) expect(ids.match(other)).toEqual([]);
      }),
    );
  });
});

describe("keys of several fields that come as one text", () => {
  /** What the rows get, when the keys of the first `rejected` of them are written in one way. */
  function rowsOf(keys: readonly (readonly string[])[], texts: readonly string[]) {
    const ids = new RejectedIds();
    const entries = texts.map((text) => ids.entry([text]));
    for (const key of keys) ids.weigh(key);
    ids.decide();
    const found = keys.map((key) => ids.match(key));
    for (const { entry } of found.flat()) entry.matches++;
    const marked = found.map((matches) =>
      matches.map(({ entry, doubtful }) => ({ entry, ambiguous: doubtful || entry.matches > 1 })),
    );
    return { entries, marked };
  }

  test.each([2, 3, 4])(
    "of %i fields: in any order, with any separator, no wrong record without a mark",
    (fields) => {
      const order = fc.shuffledSubarray([0, 1, 2, 3].slice(0, fields), {
        minLength: fields,
        maxLength: fields,
      });
      fc.assert(
        fc.property(
          keysOf(fields),
          order,
          fc.constantFrom(...separators),
          fc.integer({ min: 1, max: 6 }),
          fc.constantFrom("", "  "),
          (keys, spelled, separator, count, padding) => {
            const texts = keys
              .slice(0, count)
              .map((key) => padding + spelled.map((index) => key[index]?.trim()).join(separator) + padding);
            const { entries, marked } = rowsOf(keys, texts);
            for (const [index, entry] of entries.entries()) {
              const rows = marked.flatMap((matches, row) =>
                matches.filter((match) => match.entry === entry).map(({ ambiguous }) => ({ row, ambiguous })),
              );
              // Each is shown somewhere: at its own record, or marked as one that may be wrong.
              expect(rows.length).toBeGreaterThan(0);
              const certain = rows.filter(({ ambiguous }) => !ambiguous);
              for (const { row } of certain) {
                expect(
                  texts.filter((text) => text.trim().toLowerCase() === texts[index]?.trim().toLowerCase())
                    .length,
                ).toBe(1);
                expect(row).toBe(index);
              }
            }
          },
        ),
      );
    },
  );

  test("what all ids have in common tells two directions apart", () => {
    const keys = [
      ["EUR", "USD", "1"],
      ["USD", "EUR", "1"],
      ["EUR", "GBP", "1"],
    ];
    const { marked } = rowsOf(keys, ["USD,EUR,1", "EUR,GBP,1"]);
    expect(marked.map((matches) => matches.map(({ ambiguous }) => ambiguous))).toEqual([
      [],
      [false],
      [false],
    ]);
    const turned = rowsOf(keys, ["EUR,USD,1", "GBP,EUR,1"]);
    expect(turned.marked.map((matches) => matches.map(({ ambiguous }) => ambiguous))).toEqual([
      [],
      [false],
      [false],
    ]);
  });

  test("where nothing tells them apart, key order is taken, and said to be a guess", () => {
    const keys = [
      ["EUR", "USD"],
      ["USD", "EUR"],
    ];
    const { marked } = rowsOf(keys, ["EUR,USD"]);
    expect(marked.map((matches) => matches.map(({ ambiguous }) => ambiguous))).toEqual([[true], []]);
  });

  test("an outer field that is empty takes the blank of its separator with it", () => {
    expect(spellingsOf("a", ["a", ""])).toContain("0,1|");
    expect(spellingsOf("a,", ["a", ""])).toEqual(expect.arrayContaining(["0,1|,", "0,1|, "]));
    expect(spellingsOf("a", ["a", ""])).toContain("0,1| ");
  });
});
