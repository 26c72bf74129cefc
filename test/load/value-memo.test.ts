import fc from "fast-check";
import { expect, test } from "vitest";
import { ValueMemo } from "../../src/load/reading/value-memo.ts";
import { TextUnits } from "../../src/source/text-units.ts";

const to = new TextUnits(new Uint8Array(0x10000));

/** Asks for a value of the source, and remembers what `compute` makes of it where nothing is known. */
function ask(
  memo: ValueMemo,
  value: string,
  compute: (value: string) => string,
): { text: string; seen: number } {
  const bytes = Buffer.from(`,${value},`);
  to.length = 0;
  to.text("before");
  const start = to.length;
  let seen = memo.append(bytes, 1, bytes.length - 1, to);
  if (seen === -1) {
    seen = value.length % 8;
    to.text(compute(value));
    memo.remember(bytes, 1, bytes.length - 1, to, start, seen);
  }
  return { text: to.textFrom(0).slice("before".length), seen };
}

test("gives what was computed, whatever was asked for in between", () => {
  const values = fc.array(
    fc.oneof(fc.nat({ max: 5000 }).map(String), fc.string({ unit: "binary", maxLength: 60 })),
    {
      minLength: 1,
      maxLength: 300,
    },
  );
  const result = (value: string): string => `${value.toUpperCase()}!`;
  fc.assert(
    fc.property(values, (asked) => {
      const memo = new ValueMemo();
      const all = [...asked, ...asked];
      const given = all.map((value) => ask(memo, value, result));
      expect(given).toEqual(all.map((value) => ({ text: result(value), seen: value.length % 8 })));
    }),
    { numRuns: 10 },
  );
});

test("computes a value that comes again only once", () => {
  const memo = new ValueMemo();
  let computed = 0;
  for (let round = 0; round < 20_000; round++) {
    ask(memo, String(round % 5), (value) => {
      computed++;
      return value;
    });
  }
  expect(computed).toBe(5);
});

test("gives up where values do not come again", () => {
  const memo = new ValueMemo();
  for (let number = 0; number < 5000; number++) ask(memo, `value ${number}`, (value) => value);
  let computed = 0;
  for (let round = 0; round < 10; round++) {
    ask(memo, "the same", (value) => {
      computed++;
      return value;
    });
  }
  expect(computed).toBe(10);
});
