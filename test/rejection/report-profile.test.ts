import { readFileSync } from "node:fs";
import path from "node:path";
import { SaxesParser } from "saxes";
import { describe, expect, test } from "vitest";
import {
  columnRemarks,
  distinctInWords,
  kindInWords,
  timesInWords,
} from "../../src/rejection/profile-words.ts";
import { writeReport } from "../../src/rejection/report/write-report.ts";
import type { SnapshotSummary } from "../../src/rejection/summary.ts";
import { ColumnProfiler, type ColumnProfile } from "../../src/source/column-profile.ts";
import type { SourceProfile } from "../../src/source/source-profile.ts";
import { runSummary, stream, temporaryFolder } from "./report-fixture.ts";

const hostile = `</details><script>alert(1)</script><img src=x onerror=alert(2)> " ' & ]]>`;

function columns(
  names: readonly string[],
  records: readonly (readonly string[])[],
): readonly ColumnProfile[] {
  const profiler = new ColumnProfiler(names);
  for (const record of records) profiler.add(record);
  return profiler.profiles();
}

function column(values: readonly string[]): ColumnProfile {
  const [only] = columns(
    ["A"],
    values.map((value) => [value]),
  );
  if (only === undefined) throw new Error("There is no column.");
  return only;
}

async function page(
  profiles: readonly SourceProfile[],
  snapshots: readonly SnapshotSummary[] = [],
): Promise<{ readonly text: string; readonly elements: ReadonlySet<string> }> {
  const file = path.join(temporaryFolder(), "report.html");
  const summary = { ...runSummary({ command: "check", status: "succeeded", exitCode: 0 }), snapshots };
  await writeReport({ file, summary, rejections: () => stream([]), profiles });
  const html = readFileSync(file, "utf8");
  const start = html.indexOf("<main>");
  let text = "";
  const elements = new Set<string>();
  const parser = new SaxesParser();
  parser.on("opentag", ({ name }) => elements.add(name));
  parser.on("text", (part) => (text += part));
  parser.write(html.slice(start, html.indexOf("</main>") + 7)).close();
  return { text: text.replaceAll(/\s+/g, " "), elements };
}

describe("the section", () => {
  test("names every column with what it holds", async () => {
    const records = [
      ["0100", "28.02.2011", "1.234,50"],
      ["0200", "", "unlimited"],
      ...Array.from({ length: 18 }, () => ["0100", "01.03.2011", "7,00"]),
    ];
    const { text } = await page([
      {
        file: "vendors.csv",
        entities: ["Vendors V2"],
        records: 21,
        unreadable: 1,
        sampled: 20,
        columns: columns(["ID", "DAY", "SUM"], records),
      },
    ]);
    expect(text).toContain(
      "vendors.csv 21 records · 1 of them unreadable · 20 of them looked at · 3 columns · for Vendors V2",
    );
    expect(text).toMatch(/ID 100% .*whole numbers 20 with leading zeros .*0100 to 0200 .*0100 ×19/);
    expect(text).toMatch(/DAY 95% 19 .*dates dd\.MM\.yyyy .*28\.02\.2011 to 01\.03\.2011 /);
    expect(text).toMatch(/SUM 100% .*all but 1 are numbers with a decimal comma/);
  });

  test("hostile names and values are shown as text", async () => {
    const { text, elements } = await page([
      {
        file: hostile,
        entities: [hostile],
        records: 1,
        unreadable: 0,
        columns: columns([hostile], [[hostile]]),
      },
    ]);
    expect(text).toContain(hostile);
    expect([...elements]).not.toContain("img");
    expect([...elements]).not.toContain("script");
  });

  test("without profiles and snapshots there is no section", async () => {
    const { text } = await page([]);
    expect(text).not.toContain("What the sources hold");
    expect(text).not.toContain("What is known of the environment");
  });

  test("snapshots are listed with their age, and a stale one is marked", async () => {
    const { text } = await page(
      [],
      [
        {
          entity: "Currencies",
          records: 170,
          takenAt: "2026-03-01T10:00:00Z",
          age: "1 day old",
          stale: false,
        },
        {
          entity: "Vendor groups",
          records: 12,
          takenAt: "2026-01-01T10:00:00Z",
          age: "60 days old",
          stale: true,
        },
      ],
    );
    expect(text).toMatch(/Currencies 170 1 Mar 2026, 10:00 UTC 1 day old /);
    expect(text).toContain("60 days old: fetch it again");
  });
});

describe("words", () => {
  test.each([
    [[""], "nothing"],
    [["J", "N"], "yes or no"],
    [["1", "2"], "whole numbers"],
    [["1.5"], "numbers, decimal point"],
    [["1,5"], "numbers, decimal comma"],
    [["2024-01-31", "0000-00-00"], "dates yyyy-MM-dd"],
    [["2024-01-31", "31.01.2024"], "dates of several patterns"],
    [["DE"], "text"],
  ])("%j: %s", (values, words) => {
    expect(kindInWords(column(values))).toBe(words);
  });

  test("different values", () => {
    expect(distinctInWords(column(["a", "b", "b"]))).toBe("2");
    expect(distinctInWords(column(["a", "b"]))).toBe("2, all different");
    const many = column(Array.from({ length: 12_000 }, (_, number) => `K${number}`));
    expect(distinctInWords(many)).toMatch(/^about 1[12],\d00$/);
  });

  test("nearly all: the most telling of what fits equally well", () => {
    const whole = [...Array.from({ length: 19 }, (_, number) => String(number)), "x"];
    expect(columnRemarks(column(whole))).toContain("all but 1 are whole numbers");
    const comma = [...Array.from({ length: 19 }, (_, number) => `${number},5`), "x"];
    expect(columnRemarks(column(comma))).toEqual(["all but 1 are numbers with a decimal comma"]);
    const half = ["1", "2", "x", "y"];
    expect(columnRemarks(column(half))).toEqual([]);
  });

  test("a count that may be far too small is not said", () => {
    expect([timesInWords(1, 0), timesInWords(5, 0), timesInWords(500, 20), timesInWords(30, 20)]).toEqual([
      "",
      "×5",
      "×500 or more",
      "",
    ]);
  });
});
