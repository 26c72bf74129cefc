import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ValueText } from "../../src/environment/value-text.ts";

/** The value of an answer that comes in these chunks; undefined where it has none. */
function valueOf(chunks: readonly string[]): string | undefined {
  const value = new ValueText();
  const text = chunks.map((chunk) => value.add(chunk)).join("");
  return value.complete ? text : undefined;
}

function cut(text: string, places: readonly number[]): string[] {
  const ends = [...places.map((place) => place % (text.length + 1)), text.length].sort((a, b) => a - b);
  return ends.map((end, index) => text.slice(ends[index - 1] ?? 0, end));
}

const unit = fc.constantFrom("a", '"', "\\", "\n", "\u0001", "{", "}", "]", ",", "ü", "\u{1F600}", "\u2028");
const anyText = fc.string({ unit, maxLength: 60 });
const places = fc.array(fc.nat({ max: 2000 }), { maxLength: 20 });

describe("the value of an answer, taken out while it comes in", () => {
  test("is what a JSON parser says, wherever the chunks end", () => {
    fc.assert(
      fc.property(anyText, anyText, places, fc.boolean(), (value, other, ends, nested) => {
        const object = {
          "@odata.context": other,
          extra: { value: other, list: [other] },
          value,
          after: [other],
        };
        const text = JSON.stringify(nested ? { value: object } : object, null, ends.length % 2);
        expect(valueOf(cut(text, ends))).toBe(value);
      }),
      { numRuns: 1000 },
    );
  });

  test("escapes of all kinds, one character a chunk", () => {
    const text = String.raw`{"value":"\u00fc\ud83d\ude00\\u0041\"\/\n\\"}`;
    expect(valueOf(Array.from(text, (character) => character))).toBe('ü\u{1F600}\\u0041"/\n\\');
  });

  test.each<[string, string | undefined]>([
    ['\uFEFF{"value":"x"}', "x"],
    ['{"value":null}', ""],
    ['{"value":[{"RecordId":"A"}]}', '[{"RecordId":"A"}]'],
    ['{"@odata.context":"x"}', undefined],
    ['{"value":"cut o', undefined],
    ["", undefined],
  ])("%s", (text, expected) => {
    expect(valueOf([text])).toBe(expected);
  });

  test.each(["<html>", '"text"', "[1]"])("what is no object is no answer: %s", (text) => {
    expect(() => valueOf([text])).toThrow(SyntaxError);
  });
});
