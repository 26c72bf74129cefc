import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { handedOnTitle } from "../../src/rejection/report/handed-on-section.ts";
import { pageSections } from "../../src/rejection/report/page-sections.ts";
import { runSummary } from "./report-fixture.ts";

test("docs/report.md names every section of the page, in the order of the page", () => {
  const docs = readFileSync(path.join(import.meta.dirname, "..", "..", "docs", "report.md"), "utf8");
  const list = docs.slice(docs.indexOf("## What is in it"), docs.indexOf("\n## The list of rows"));
  const sections = pageSections({
    summary: runSummary(),
    classes: [],
    counts: { total: 0, listed: 0, whole: 0 },
    firstRows: [],
    files: [],
    unattributed: { first: [], total: 0 },
    messageFiles: {},
    profiles: [],
  });
  const named = [...list.matchAll(/^\d+\. \*\*(.+?)\*\*/gm)].map(([, title]) => title);
  expect(named).toEqual(["The answer", ...sections.map(({ title }) => title)]);
  const owned = { owner: "Finance", records: 1, folder: "stewards/finance" };
  expect(list).toContain(`**${handedOnTitle([owned])}**`);
});
