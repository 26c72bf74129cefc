import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { reason } from "../../../src/errors/reason.ts";
import type { Rejection } from "../../../src/rejection/rejection.ts";
import { rejectionLine } from "../../../src/rejection/rejection-ndjson.ts";
import { Redactor } from "../../../src/rejection/redact/redactor.ts";
import { tokenizer } from "../../../src/rejection/redact/value-token.ts";
import { TrendTally } from "../../../src/rejection/trend/trend-summary.ts";
import { entitySummary, runSummary, vendorRejection } from "../report-fixture.ts";

const key = Buffer.alloc(32, 7);

function redacted(rejections: readonly Rejection[]): readonly Rejection[] {
  const redactor = new Redactor(key);
  for (const rejection of rejections) redactor.learn(rejection);
  return rejections.map((rejection) => redactor.rejection(rejection));
}

describe("tokens", () => {
  const tokenize = tokenizer(key);

  test.each([
    ["", /^$/],
    ["0000004711", /^‹9≤16:[a-z0-9]{12}›$/],
    ["-12,50", /^‹1\.5≤8:/],
    ["Müller AG", /^‹A≤16:/],
    ["V2", /^‹A9≤2:/],
    ["a@b.c", /^‹#≤8:/],
    ["x", /^‹A≤1:/],
  ])("say of %j what it is made of and how long it is", (value, shape) => {
    expect(tokenize(value)).toMatch(shape);
  });

  test("are the same for the same value and key only", () => {
    expect(tokenize("ZX")).toBe(tokenizer(key)("ZX"));
    expect(tokenize("ZX")).not.toBe(tokenize("zx"));
    expect(tokenize("ZX")).not.toBe(tokenizer(Buffer.alloc(32, 8))("ZX"));
    const many = new Set(Array.from({ length: 100_000 }, (_, number) => tokenize(`V${number}`)));
    expect(many.size).toBe(100_000);
  });
});

describe("a redacted rejection", () => {
  const sap = vendorRejection(4711, {
    mapped: { VENDORGROUPID: "ZX", NAME: "MÜLLER & SÖHNE" },
    position: { file: "/data/erp/vendors.csv", line: 12, record: 11, byteOffset: 1, byteLength: 2 },
    reasons: [
      reason("DMFP-MAP-LOOKUP", {
        field: "VENDORGROUPID",
        value: "ZX",
        message: 'There is no "ZX" in line 1204.',
      }),
      reason("DMFP-FNO-RULE", {
        message:
          "Vendor 'Müller & Söhne' of Ada Lovelace Ltd. (account 99001122) is blocked in field 'Vendor group id'.",
      }),
    ],
  });
  const ada = vendorRejection(1, { values: ["1", "Ada Lovelace Ltd", "", ""] });

  test("keeps codes, fields, names, positions and wording, and replaces every value", () => {
    const [one] = redacted([sap, ada]);
    const tokenize = tokenizer(key);
    expect(one).toMatchObject({
      entity: "Vendors V2",
      legalEntity: tokenize("DEMF"),
      key: [tokenize("0000004711")],
      columns: sap.columns,
      values: sap.values.map(tokenize),
      raw: tokenize(sap.raw),
      mapped: { VENDORGROUPID: tokenize("ZX"), NAME: tokenize("MÜLLER & SÖHNE") },
      position: { ...sap.position, file: "vendors.csv" },
    });
    expect(one?.reasons).toMatchObject([
      {
        code: "DMFP-MAP-LOOKUP",
        field: "VENDORGROUPID",
        value: tokenize("ZX"),
        message: `There is no "${tokenize("ZX")}" in line 1204.`,
      },
      {
        message: `Vendor '${tokenize("Müller & Söhne")}' of ${tokenize("Ada Lovelace Ltd")}. (account ${tokenize("99001122")}) is blocked in field 'Vendor group id'.`,
      },
    ]);
  });

  test("lets no value through, whoever's it is and wherever a message has it", () => {
    // No word of ours, no name, and nothing that a token could be by chance.
    const value = fc
      .string({
        unit: fc.constantFrom("Q", "X", "Ü", "7", "0", " ", "-", ".", "&", "'", '"', "ß"),
        minLength: 4,
        maxLength: 24,
      })
      .filter((text) => /[QXÜß70]/.test(text.trim()) && text.trim().length >= 4 && !/\s{2}/.test(text));
    const words = fc.constantFrom(
      "is not found in",
      "already exists:",
      "(",
      ").",
      "'",
      '"',
      ", ",
      " — ",
      " ",
    );
    fc.assert(
      fc.property(
        fc.array(fc.tuple(value, value), { minLength: 1, maxLength: 4 }),
        fc.array(fc.tuple(words, fc.nat(7)), { maxLength: 5 }),
        (records, parts) => {
          const all = records.flat();
          const message = parts.map(([word, index]) => `${word} ${all[index % all.length] ?? ""}`).join(" ");
          const rejections = records.map(([first, second], number) =>
            vendorRejection(number, {
              legalEntity: second,
              key: [first],
              columns: ["A1", "B1"],
              values: [first, second],
              raw: `${first};${second}`,
              mapped: { F1: second.trim() },
              reasons: [reason("DMFP-FNO-RULE", { field: "F1", value: first, message, fix: message })],
            }),
          );
          const text = redacted(rejections)
            .map((one) => rejectionLine({ ...one, position: { ...one.position, byteOffset: 0 } }))
            .join("");
          const left = all.filter((one) => text.includes(JSON.stringify(one.trim()).slice(1, -1)));
          expect(left).toEqual([]);
        },
      ),
      {
        numRuns: 120,
        // The second value ends where the stretch of words that holds it goes on.
        examples: [
          [
            [
              ["QQQQ", "QQQQ"],
              ["QQQQ", '"" QQ'],
            ],
            [
              ["is not found in", 3],
              [", ", 3],
            ],
          ],
        ],
      },
    );
  });
});

test("of a summary only counts remain", () => {
  const entity = entitySummary({
    read: 5,
    controlTotals: { amount: "1234.50" },
    declared: { amount: "1234.50" },
  });
  const summary = runSummary({
    entities: [entity],
    objections: [{ code: "DMFP-ERROR-BUDGET", message: "1234 of DEMF" }],
    stewards: [{ owner: "Ana", email: "ana@example.com", records: 5, folder: "stewards/ana" }],
  });
  const tally = new TrendTally();
  tally.add(entity, "new", 3);
  const trend = {
    records: tally.all(),
    reasons: { new: 3, known: 0, backAgain: 0, settled: 0 },
    entities: tally.entities(),
    owners: [{ owner: "ana", records: 3, toLookAt: 3 }],
  };
  const { rejections } = summary;
  const redacted = new Redactor(key).summary({ ...summary, rejections: { ...rejections, trend } });
  expect(redacted.rejections.trend?.entities).toMatchObject([{ entity: "Vendors V2", new: 3 }]);
  expect(redacted.entities[0]).toMatchObject({ entity: "Vendors V2", read: 5 });
  expect(JSON.stringify(redacted)).not.toMatch(/DEMF|1234|ana|erp-cutover/);
});
