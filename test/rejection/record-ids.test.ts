import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { RejectedIds } from "../../src/rejection/record-ids.ts";

describe("matching record ids with rows", () => {
  test("case and outer blanks do not matter", () => {
    const ids = new RejectedIds();
    ids.entry(["  a-100 "]).messages.push("no");
    expect(ids.match(["A-100"])).toMatchObject([{ recordId: "a-100", messages: ["no"] }]);
    expect(ids.match(["A-101"])).toEqual([]);
  });

  test.each([
    ["Default,EUR,USD,2026-01-01", false],
    ["2026-01-01|USD|EUR|Default", true],
    ["Default EUR USD 2026-01-01", false],
    ["DefaultEURUSD2026-01-01", false],
  ])("a key of several fields written as %s", (recordId) => {
    const ids = new RejectedIds();
    ids.entry([recordId]);
    expect(ids.match(["Default", "EUR", "USD", "2026-01-01"])).toHaveLength(1);
  });

  test("every key finds itself and no other, field by field", () => {
    const key = fc.tuple(fc.stringMatching(/^[a-z0-9-]{1,8}$/), fc.stringMatching(/^[a-z0-9-]{1,8}$/));
    fc.assert(
      fc.property(fc.uniqueArray(key, { selector: (parts) => parts.join("\n"), minLength: 2 }), (keys) => {
        const [rejected, ...others] = keys;
        const ids = new RejectedIds();
        ids.entry(rejected ?? []);
        expect(ids.match(rejected ?? [])).toHaveLength(1);
        for (const other of others) expect(ids.match(other)).toEqual([]);
      }),
    );
  });
});
