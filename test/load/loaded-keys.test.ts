import { expect, test } from "vitest";
import { LoadedKeys } from "../../src/load/reading/loaded-keys.ts";
import { SourceLines } from "../../src/load/reading/source-lines.ts";

test("one number says file and line, through all files", () => {
  const lines = new SourceLines();
  const places = [
    { file: "a.csv", line: 2 },
    { file: "a.csv", line: 900 },
    { file: "b.csv", line: 2 },
    { file: "b.csv", line: 3 },
    { file: "c.csv", line: 1 },
  ];
  const numbers = places.map(({ file, line }) => lines.numberOf(file, line));
  expect(new Set(numbers).size).toBe(places.length);
  expect(numbers.map((number) => lines.lineOf(number))).toEqual(places);
});

test("the first good record takes a key; the next one learns where that is", () => {
  const keys = new LoadedKeys();
  expect(keys.take({ scope: "USMF", key: "k", line: 7 })).toBeUndefined();
  expect(keys.take({ scope: "USMF", key: "k", line: 9 })).toBe(7);
  expect(keys.take({ scope: "DEMF", key: "k", line: 9 })).toBeUndefined();
  expect(keys.isTaken("USMF", "k")).toBe(true);
  expect(keys.isTaken("", "k")).toBe(false);
});

test("a refused record takes no key, but is remembered with its place", () => {
  const keys = new LoadedKeys();
  const line = keys.lines.numberOf("b.csv", 4);
  keys.refuse({ scope: "USMF", key: "k", line });
  keys.refuse({ scope: "USMF", key: "k", line: line + 1 });
  expect(keys.refusedAt("USMF", "k")).toEqual({ file: "b.csv", line: 4 });
  expect(keys.refusedAt("DEMF", "k")).toBeUndefined();
  expect(keys.take({ scope: "USMF", key: "k", line: line + 2 })).toBeUndefined();
});
