import { describe, expect, it } from "vitest";
import { parseLookup } from "../../src/mapping/lookup.ts";

describe("a lookup file", () => {
  it.each([
    ["commas", "from,to\nA,1\n\nB,\n"],
    ["semicolons, as Excel writes it", "\uFEFFfrom;to\r\nA;1\r\nB;\r\n"],
    ["a comment and another order", 'comment,To,From\n"first, of all",1,A\n,,B\n'],
  ])("with %s", (_, text) => {
    const lookup = parseLookup("x", text, "x.csv");
    expect([lookup.get("A"), lookup.get("B"), lookup.get("a"), lookup.get("")]).toEqual([
      "1",
      "",
      undefined,
      undefined,
    ]);
  });

  it("keeps numbers as they are written", () => {
    expect(parseLookup("x", "from,to\n0001,007\n", "x.csv").get("0001")).toBe("007");
  });

  it.each([
    ["is empty", "", 1],
    ["has no header", "A,1\nB,2\n", 1],
    ["has a strange column", "from,to,other\nA,1,\n", 1],
    ["has a column twice", "from,to,to\nA,1,2\n", 1],
    ["has a key twice", "from,to\nA,1\nB,2\nA,3\n", 4],
    ["has an empty key", "from,to\n,1\n", 2],
    ["has a line of another width", "from,to\nA,1\nB\n", 3],
    ["has a quote too many", 'from,to\nA,1\nB,x"y\n', 3],
  ])("that %s cannot be used", (_, text, line) => {
    expect(() => parseLookup("x", text, "lookups/x.csv")).toThrow(
      expect.objectContaining({
        code: "DMFP-LOOKUP-INVALID",
        at: expect.objectContaining({ file: "lookups/x.csv", line }) as object,
      }) as Error,
    );
  });
});
