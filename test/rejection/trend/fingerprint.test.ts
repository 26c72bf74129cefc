import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { reason } from "../../../src/errors/reason.ts";
import { reasonFingerprint, recordHash, stableShape } from "../../../src/rejection/trend/fingerprint.ts";
import { vendorRejection } from "../report-fixture.ts";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const value = fc.string({ unit: "grapheme", maxLength: 12 });
const filled = value.filter((text) => text.trim() !== "");

describe("a record is known", () => {
  test("by entity, legal entity and key, and by nothing else", () => {
    fc.assert(
      fc.property(fc.array(filled, { minLength: 1, maxLength: 3 }), value, value, (key, raw, other) => {
        const record = vendorRejection(1, { key, raw });
        const changed = vendorRejection(2, { key, raw: other, values: [other, raw, other, raw] });
        expect(hex(recordHash(changed, ["LIFNR"]))).toBe(hex(recordHash(record, ["LIFNR"])));
        expect(hex(recordHash({ ...record, legalEntity: "USMF" }, []))).not.toBe(hex(recordHash(record, [])));
        expect(hex(recordHash({ ...record, entity: "Vendors V3" }, []))).not.toBe(
          hex(recordHash(record, [])),
        );
        expect(hex(recordHash({ ...record, key: [...key, "x"] }, []))).not.toBe(hex(recordHash(record, [])));
      }),
    );
  });

  test("whatever the case and the blanks of its key, and however a package writes a day", () => {
    const of = (...key: string[]): string => hex(recordHash(vendorRejection(1, { key }), []));
    expect(of(" abc ", "2026-01-31")).toBe(of("ABC", "2026-01-31 00:00:00"));
    expect(of("A", "2026-01-31T10:20:30")).toBe(of("a", "2026-01-31 10:20:30"));
    expect(of("A", "2026-01-31 10:20:30")).not.toBe(of("A", "2026-01-31"));
    expect(of("a b")).not.toBe(of("ab"));
    // Where one field ends and the next begins counts.
    expect(of("a", "bc")).not.toBe(of("ab", "c"));
  });

  test("by the source columns of its key where a part of that is missing, else by its text", () => {
    const bySource = vendorRejection(1, { key: ["", "EUR"] });
    const moved = { ...bySource, raw: "other" };
    expect(hex(recordHash(moved, ["LIFNR"]))).toBe(hex(recordHash(bySource, ["LIFNR"])));
    expect(hex(recordHash(moved, []))).not.toBe(hex(recordHash(bySource, [])));
    expect(hex(recordHash({ ...bySource, raw: `  ${bySource.raw} ` }, []))).toBe(
      hex(recordHash(bySource, [])),
    );
  });
});

describe("a reason is the same", () => {
  const of = (message: string, more = {}): string =>
    hex(reasonFingerprint(Buffer.alloc(8), reason("DMFP-FNO-RULE", { message, ...more })));

  test("whatever number, date, quoted text or value is in its message", () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        filled,
        (count, amount, name) => {
          const quoted = name.replaceAll(/["“”„«»‹›`'\s\p{N}]/gu, "x");
          const told = of(`Amount ${amount} of 'a' is over ${count} on 2026-01-31.`);
          expect(of(`Amount 1.5 of '${quoted}' is over 7 on 2025-12-01.`)).toBe(told);
        },
      ),
    );
    expect(of("Customer group ABC does not exist", { value: "ABC" })).toBe(
      of("Customer  group XYZW does not  exist", { value: "XYZW" }),
    );
  });

  test("but not with another code, field or wording", () => {
    const told = of("No.", { field: "NAME" });
    expect(of("No.", { field: "name" })).toBe(told);
    expect(of("No.", { field: "GROUP" })).not.toBe(told);
    expect(of("Never.", { field: "NAME" })).not.toBe(told);
    expect(
      hex(reasonFingerprint(Buffer.alloc(8), reason("DMFP-FNO-POSTING", { message: "No.", field: "NAME" }))),
    ).not.toBe(told);
  });
});

// Whoever changes this makes every open reason of every project new once.
test("the shape and the hash of a reason stay as they are", () => {
  const told = reason("DMFP-FNO-RULE", {
    message: "Credit limit 12.50 of 'C-1' is over  the limit of Group",
  });
  expect(stableShape(told)).toBe("credit limit ‹…› of ‹…› is over the limit of group");
  expect(hex(reasonFingerprint(recordHash(vendorRejection(1), []), told))).toBe(
    "6463ae56a34e464459d028b3177d5cda",
  );
});

test("a long message without any blank or digit takes no time to speak of", () => {
  const message = `${"'".repeat(20_000)}${"x".repeat(200_000)}`;
  expect(stableShape({ message })).toContain("x".repeat(100));
});
