import { expect, test } from "vitest";
import { profileText } from "../../src/cli/profile-text.ts";
import { ColumnProfiler } from "../../src/source/column-profile.ts";
import type { SourceProfile } from "../../src/source/source-profile.ts";

function profile(values: readonly string[]): SourceProfile {
  const profiler = new ColumnProfiler(["AMOUNT"]);
  for (const value of values) profiler.add([value]);
  const entities = ["Vendors V2"];
  return { file: "v.csv", entities, records: values.length, unreadable: 0, columns: profiler.profiles() };
}

test("a table with a line a column, and below it what is worth a look", () => {
  const values = [...Array.from({ length: 18 }, () => "1,50"), "12,50", "none", ""];
  expect(profileText(profile(values), Number.POSITIVE_INFINITY).split("\n")).toEqual([
    "v.csv (21 records; Vendors V2)",
    "column  filled  holds  different  characters  least  greatest  most frequent  shape",
    "──────  ──────  ─────  ─────────  ──────────  ─────  ────────  ─────────────  ─────",
    "AMOUNT      20  text           3         4–5  1,50   none      1,50 ×18       9,99",
    "",
    "Worth a look:",
    "  AMOUNT: all but 1 are numbers with a decimal comma",
  ]);
});

test("of how many records it is made, where these are not all", () => {
  const [line] = profileText({ ...profile(["1", "2"]), records: 30_000, sampled: 25_156 }, 80).split("\n");
  expect(line).toBe("v.csv (30,000 records, 25,156 of them looked at; Vendors V2)");
});

test("what does not fit into the line is left off from the right", () => {
  const lines = profileText(profile(["1", "2"]), 60).split("\n");
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(60);
  expect(lines[1]).toMatch(/^column +filled +holds +different +characters +least$/);
});

test("characters that would move the cursor of a terminal are shown by their pictures", () => {
  const text = profileText(profile(["\u001b[2Jgone", "a\r\nb"]), Number.POSITIVE_INFINITY);
  expect(text).toContain("␛[2Jgone");
  expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
});
