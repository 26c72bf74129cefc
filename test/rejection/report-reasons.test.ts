import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { reason } from "../../src/errors/reason.ts";
import { adviceShape, messageShape } from "../../src/rejection/report/message-shape.ts";
import { formatElapsed, formatShare, formatSize } from "../../src/rejection/report/number-words.ts";
import { ReasonGroups } from "../../src/rejection/report/reason-groups.ts";
import { rowQuotas } from "../../src/rejection/report/row-quota.ts";
import { lookupReason, vendorRejection } from "./report-fixture.ts";

describe("the shape of a message", () => {
  test.each([
    ["The value 'N90' in field 'Terms of payment' is not found.", "The value ‹…› in field ‹…› is not found."],
    ['No entry for "Müller & Söhne".', "No entry for ‹…›."],
    ["Der Wert „A“ fehlt in «B».", "Der Wert ‹…› fehlt in ‹…›."],
    ["The record's value isn't 'O'Brien'.", "The record's value isn't ‹…›."],
    ["Customer 0000100200 already exists.", "Customer ‹…› already exists."],
    ["2026-03-02 is not in an open period.", "‹…› is not in an open period."],
    [
      "The field holds 20 characters,\r\n the value has 25.",
      "The field holds 20 characters, the value has ‹…›.",
    ],
    ["Customer 12 does not exist", "Customer ‹…› does not exist"],
    ["Customer C1-3 and customer A_7 differ.", "Customer ‹…› and customer ‹…› differ."],
    ["Item 12A of USMF:7", "Item ‹…› of USMF:‹…›"],
    ["12,50 EUR, 1 234 567,50 EUR and (-3)%", "‹…› EUR, ‹…› EUR and (‹…›)%"],
    ["At 3/2/2026 12:30:05 PM, line 7 of vendors.csv", "At ‹…› ‹…›, line ‹…› of vendors.csv"],
    ["Vendors V2 holds U+200B, which UTF-8 has.", "Vendors V2 holds U+200B, which UTF-8 has."],
    ["The value is less than 5, at most 10 fit.", "The value is less than 5, at most 10 fit."],
    ["客户12不存在", "客户‹…›不存在"],
    ["Kunde Ä4711Ö fehlt", "Kunde ‹…› fehlt"],
    ["One quote ' stays.", "One quote ' stays."],
  ])("%s", (message, shape) => {
    expect(messageShape(message)).toBe(shape);
  });

  test("the known value is masked where it stands as a word", () => {
    expect(messageShape("Country EU is no part of EUROPE.", { value: "EU" })).toBe(
      "Country ‹…› is no part of EUROPE.",
    );
  });

  test("a value in quotes is not looked for among the words of the message", () => {
    const shape = messageShape('"Vendor" is no type a Vendor may have.', { value: "Vendor" });
    expect(shape).toBe("‹…› is no type a Vendor may have.");
  });

  test("the name of the field is none of its values", () => {
    const message = 'ADDRESSLINE2 holds 43 characters, 40 fit: "Long street".';
    expect(messageShape(message, { value: "Long street", field: "ADDRESSLINE2" })).toBe(
      "ADDRESSLINE2 holds ‹…› characters, 40 fit: ‹…›.",
    );
  });

  test("numbers and codes of any length make no difference", () => {
    const code = fc.stringMatching(/^[A-Z]{0,3}[0-9]{1,9}([-./][0-9]{1,4})?[A-Z]?$/);
    fc.assert(
      fc.property(
        code.filter((text) => !/^V[2-9]$/.test(text)),
        (text) => {
          expect(messageShape(`Customer ${text} does not exist`)).toBe("Customer ‹…› does not exist");
        },
      ),
    );
  });

  test("which digits a message has makes no difference", () => {
    const text = fc.string({
      unit: fc.constantFrom(..."a Z 1 9 . - , : ' \" ‹ › „ “ ” é 客 +".split(" "), " "),
      maxLength: 40,
    });
    fc.assert(
      fc.property(text, (message) => {
        expect(messageShape(message)).toBe(messageShape(message.replaceAll("1", "7")));
      }),
    );
  });

  test("advice keeps its numbers, without the value", () => {
    expect(adviceShape("Shorten the value to 40 characters.", { value: "4" })).toBe(
      "Shorten the value to 40 characters.",
    );
    expect(adviceShape('Create "K1" in Customer groups, or correct K1.', { value: "K1" })).toBe(
      "Create ‹…› in Customer groups, or correct ‹…›.",
    );
  });

  test("messages that differ in their quoted values only have the same shape", () => {
    const value = fc.string({ unit: "grapheme", maxLength: 30 }).filter((text) => !/['\s]/u.test(text));
    fc.assert(
      fc.property(value, (text) => {
        expect(messageShape(`The value '${text}' is unknown.`)).toBe("The value ‹…› is unknown.");
      }),
    );
  });

  test("a hostile message takes no time to speak of", () => {
    for (const piece of ["'", '"', "„", "a'", "1.", "-1", "‹"]) {
      const shape = messageShape(piece.repeat(50_000));
      expect(shape.length).toBeGreaterThan(0);
    }
  });
});

describe("groups of reasons", () => {
  test("a record counts once in a group, and with its first reason among the leading ones", () => {
    const groups = new ReasonGroups();
    groups.add(
      vendorRejection(1, { reasons: [lookupReason("A"), lookupReason("B"), reason("DMFP-ROW-QUOTE")] }),
    );
    groups.add(vendorRejection(2, { reasons: [reason("DMFP-ROW-QUOTE")] }));
    const list = groups.list();
    expect(list.map(({ code, records, leading }) => [code, records, leading])).toEqual([
      ["DMFP-ROW-QUOTE", 2, 1],
      ["DMFP-MAP-LOOKUP", 1, 1],
    ]);
  });

  test("a record without any reason is not lost", () => {
    const groups = new ReasonGroups();
    groups.add(vendorRejection(1, { reasons: [] }));
    expect(groups.list()).toMatchObject([{ code: "DMFP-FNO-NO-REASON", records: 1, leading: 1 }]);
  });

  test("advice that differs within a group gives way to the general one", () => {
    const groups = new ReasonGroups();
    const advise = (fix: string): void => {
      groups.add(vendorRejection(1, { reasons: [reason("DMFP-FNO-RULE", { message: "No.", fix })] }));
    };
    advise("Ask Anna.");
    expect(groups.list()[0]?.fix).toBe("Ask Anna.");
    advise("Ask Bert.");
    expect(groups.list()[0]?.fix).toBe("Correct the record as the message says.");
  });

  test("any number of different messages stays within bounds, and every record is counted", () => {
    const groups = new ReasonGroups();
    const words = (number: number): string =>
      String(number).replaceAll(/\d/g, (digit) => "abcdefghij".charAt(Number(digit)));
    const total = 3000;
    for (let number = 0; number < total; number++) {
      groups.add(
        vendorRejection(number, { reasons: [reason("DMFP-FNO-RULE", { message: `Word ${words(number)}` })] }),
      );
    }
    const list = groups.list();
    expect(list).toHaveLength(1001);
    expect(list[0]).toMatchObject({
      records: 2000,
      shape: expect.stringContaining("many different messages") as string,
    });
    expect(list.reduce((sum, group) => sum + group.leading, 0)).toBe(total);
    expect(groups.indexOf(reason("DMFP-FNO-RULE", { message: `Word ${words(2999)}` }))).toBe(0);
  });
});

test("row quotas fill the room without giving a group more than it has", () => {
  expect(rowQuotas([1000, 3, 40], 100)).toEqual([57, 3, 40]);
  fc.assert(
    fc.property(fc.array(fc.nat(500)), fc.nat(2000), (counts, limit) => {
      const quotas = rowQuotas(counts, limit);
      const total = counts.reduce((sum, count) => sum + count, 0);
      expect(quotas.reduce((sum, quota) => sum + quota, 0)).toBe(Math.min(limit, total));
      quotas.forEach((quota, index) => {
        expect(quota).toBeLessThanOrEqual(counts[index] ?? 0);
      });
    }),
  );
});

test("numbers in words", () => {
  expect([0, 1, 999, 1000, 183_221, 999_960, 5e9].map(formatSize)).toEqual([
    "0 bytes",
    "1 byte",
    "999 bytes",
    "1 KB",
    "183.2 KB",
    "1 MB",
    "5 GB",
  ]);
  expect([formatShare(0, 5), formatShare(1, 1000), formatShare(999, 1000), formatShare(5, 5)]).toEqual([
    "0%",
    "under 1%",
    "99%",
    "100%",
  ]);
  const start = "2026-03-02T14:00:00Z";
  const ends = [
    "2026-03-02T14:00:08.200Z",
    "2026-03-02T14:04:12Z",
    "2026-03-02T16:05:00Z",
    "",
    "2026-03-01T00:00:00Z",
  ];
  expect(ends.map((end) => formatElapsed(start, end))).toEqual(["8.2 s", "4 min 12 s", "2 h 5 min", "", ""]);
});
