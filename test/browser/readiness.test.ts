import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { readinessPage } from "../../src/rejection/trend/readiness-page.ts";
import type { Readiness, ReadinessRun } from "../../src/rejection/trend/readiness.ts";
import { temporaryFolder } from "../load/temporary-folder.ts";
import { launchBrowser, openPage } from "./browser.ts";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const hostile = `</style><script>alert(1)</script><img src=x onerror=alert(2)> " ' &`;

function runs(opens: readonly number[]): ReadinessRun[] {
  return opens.map((open, index) => ({
    run: `202611${String(index + 1).padStart(2, "0")}-0400-aaaa`,
    ...(index === 3 ? { resubmissionOf: "20261103-0400-aaaa" } : {}),
    finishedAt: new Date(Date.parse("2026-11-01T04:00:00Z") + index * 86_400_000).toISOString(),
    status: "finished with rejections",
    exitCode: 4,
    ...{ open, new: index, backAgain: 1, settled: 9 },
    openByEntity: { "Vendors V2": open },
    entities: [
      { entity: "Vendors V2", read: 1234, loaded: 1200, rejected: open, unprocessed: 0, balanced: true },
    ],
  }));
}

const readiness: Readiness = {
  project: hostile,
  environment: "uat",
  of: "load",
  at: "2026-12-01T10:00:00.000Z",
  go: false,
  criteria: [
    { wanted: "Vendors V2: at most 5 open", found: "8", verdict: "not met" },
    { wanted: hostile, found: hostile, verdict: "met" },
  ],
  configured: true,
  by: "2026-12-31",
  runs: runs([200, 120, 65, 60, 22, 8]),
  entities: [
    { entity: "Vendors V2", read: 1234, open: 8, since: "2026-11-02" },
    { entity: hostile, read: 0, open: 0 },
  ],
  otherEntities: [{ entity: "Old entity", open: 3 }],
  open: 8,
  classes: [
    {
      entity: "Vendors V2",
      code: "DMFP-MAP-LOOKUP",
      title: hostile,
      owner: hostile,
      reasons: 7,
      records: 6,
      since: "2026-11-02",
    },
    {
      entity: "Vendors V2",
      code: "DMFP-MAP-DATE",
      title: "Dates",
      owner: "Tax",
      reasons: 2,
      records: 2,
      since: "2026-11-05",
    },
  ],
  outlook: "Open records in the last 4 runs: 65 → 60 → 22 → 8.",
};

test(
  "the page for the meeting: its numbers, nothing to complain of, no access barred",
  { timeout: 60_000 },
  async () => {
    const file = path.join(temporaryFolder(), "readiness.html");
    writeFileSync(file, readinessPage(readiness));
    const browser = await launchBrowser();
    onTestFinished(async () => {
      await browser.close();
    });
    const { page, complaints } = await openPage(browser, file);
    const text = String(await page.evaluate("document.body.innerText"));
    expect(text).toContain("No go");
    expect(text).toContain("1 of 2 criteria is not met. 8 records with open rejections.");
    expect(text).toMatch(/Together 8 records\./);
    expect(text).toContain("Old entity 3");
    expect(text).toContain("onerror=alert(2)");
    expect(await page.evaluate("document.images.length + document.scripts.length")).toBe(0);
    const bars = `[...document.querySelectorAll(".burn-down g")].map((bar) => Math.round(10 * 
    [...bar.querySelectorAll("rect")].reduce((sum, rect) => sum + rect.height.baseVal.value, 0)) / 10)`;
    expect(await page.evaluate(bars)).toEqual([220, 132, 71.5, 66, 24.2, 8.8]);
    expect(complaints).toEqual([]);
    await page.setBypassCSP(true);
    for (const value of ["light", "dark"]) {
      await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value }]);
      await page.reload();
      await page.evaluate(axe);
      const found = "axe.run().then(({ violations }) => violations.map(({ id }) => id))";
      expect(await page.evaluate(found)).toEqual([]);
    }
  },
);
