import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Browser, Page } from "puppeteer-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { reason } from "../../src/errors/reason.ts";
import type { Rejection } from "../../src/rejection/rejection.ts";
import type { EntitySummary } from "../../src/rejection/summary.ts";
import { writeReport } from "../../src/rejection/report/write-report.ts";
import {
  entitySummary,
  lookupReason,
  runSummary,
  stream,
  vendorRejection,
} from "../rejection/report-fixture.ts";
import { launchBrowser, openPage } from "./browser.ts";

const count = 50_000;
const folder = mkdtempSync(path.join(tmpdir(), "dmfpipe-browser-"));
const big = path.join(folder, "big.html");
const small = path.join(folder, "small.html");
const hostile = `</script><script>alert(1)</script><!-- <img src=x onerror=alert(2)> " ' & \u2028 ]]>`;
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
let browser: Browser;

beforeAll(async () => {
  const summary = runSummary(
    {
      entities: [
        vendorCounts("DEMF", { rejectedHere: 20_000, rejectedTarget: 5_000 }),
        vendorCounts("USMF", { rejectedHere: 20_000, rejectedTarget: 4_999 }),
        entitySummary({ entity: hostile, legalEntity: "", read: 1, rejectedHere: 1 }),
      ],
    },
    { mapping: 40_001, target: 9_999 },
  );
  await writeReport({ file: big, summary, rejections: manyRejections });
  const few = Array.from({ length: 40 }, (_, index) => vendorRejection(index + 1));
  await writeReport({
    file: small,
    summary: runSummary({ entities: [entitySummary({ read: 40, rejectedHere: 40 })] }, { mapping: 40 }),
    rejections: () => stream(few),
    files: [{ entity: "Vendors V2", href: "rejections/vendors.rejected.csv", records: 40 }],
    sizeLimitBytes: 600,
  });
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser.close();
  rmSync(folder, { recursive: true });
});

function vendorCounts(
  legalEntity: string,
  refused: { readonly rejectedHere: number; readonly rejectedTarget: number },
): EntitySummary {
  const packaged = 300_000 + refused.rejectedTarget;
  const read = packaged + refused.rejectedHere;
  return entitySummary({ ...refused, legalEntity, read, packaged, staged: packaged, created: 300_000 });
}

/** Every fifth is refused by F&O, every tenth has a second reason; the last one is hostile in every part. */
async function* manyRejections(): AsyncGenerator<Rejection> {
  for (let number = 1; number < count; number++) {
    const second = number % 10 === 0 ? [reason("DMFP-ROW-QUOTE")] : [];
    const common = {
      legalEntity: number % 2 === 0 ? "USMF" : "DEMF",
      reasons: [lookupReason(`Z${number % 7}`), ...second],
      mapped: { VENDORACCOUNTNUMBER: String(number), VENDORORGANIZATIONNAME: `Company ${number} Ltd` },
    };
    const refused = {
      stage: "target" as const,
      executionId: "run-1-vendors",
      reasons: [reason("DMFP-FNO-RULE", { message: `Vendor "${number}" is on hold.` })],
    };
    yield await Promise.resolve(vendorRejection(number, { ...common, ...(number % 5 === 0 ? refused : {}) }));
  }
  yield vendorRejection(count, {
    entity: hostile,
    legalEntity: "",
    key: [hostile],
    reasons: [reason("DMFP-FNO-RULE", { field: hostile, value: hostile, message: hostile, fix: hostile })],
    columns: [hostile],
    values: [hostile],
    raw: hostile,
    mapped: { [hostile]: hostile },
    executionId: hostile,
    position: { file: hostile, line: 2, record: 1, byteOffset: 0, byteLength: 1 },
  });
}

// What runs in the page stands here as text: the page's script is no part of this program.
async function statusIs(page: Page, text: string): Promise<void> {
  const shown = `document.getElementById("row-count").textContent === ${JSON.stringify(text)} &&
    document.getElementById("row-progress").textContent === ""`;
  await page.waitForFunction(shown, { timeout: 20_000 }).catch(async (error: unknown) => {
    expect(await textOf(page, "#row-count")).toBe(text);
    throw error;
  });
}

async function textOf(page: Page, selector: string): Promise<string> {
  const text = await page.evaluate(`document.querySelector(${JSON.stringify(selector)})?.innerText ?? ""`);
  return String(text).replaceAll(/\s+/g, " ");
}

async function attribute(page: Page, selector: string, name: string): Promise<unknown> {
  return await page.evaluate(`document.querySelector(${JSON.stringify(selector)}).getAttribute("${name}")`);
}

async function textsOf(page: Page, selector: string): Promise<unknown> {
  return await page.evaluate(
    `[...document.querySelectorAll(${JSON.stringify(selector)})].map((one) => one.textContent)`,
  );
}

const activeLine = "#grid .line.active";
const linesInPage = `document.querySelectorAll("#grid-body > *").length`;

async function dialogSays(page: Page, title: string): Promise<void> {
  const shown = `document.getElementById("row-dialog").open &&
    document.getElementById("row-dialog-title").textContent === ${JSON.stringify(title)}`;
  await page.waitForFunction(shown, { timeout: 20_000 });
}

async function seriousViolations(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe);
  const found =
    (await page.evaluate(`axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) =>
    violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .map(({ id, nodes }) => id + ": " + nodes.map(({ html }) => html.slice(0, 120)).slice(0, 3).join(" | ")))`)) as string[];
  return found;
}

describe(`a report of ${count} rejections in a browser`, () => {
  test("holds only the rows in sight, and says nothing to the console", async () => {
    const { page, complaints } = await openPage(browser, big);
    await statusIs(page, "50,000 rows.");
    expect(Number(await page.evaluate(linesInPage))).toBeLessThan(60);
    expect(await attribute(page, "#grid", "aria-rowcount")).toBe("50001");

    await page.focus("#grid");
    await page.keyboard.press("End");
    expect(await textOf(page, activeLine)).toContain("onerror=alert(2)");
    expect(await attribute(page, activeLine, "aria-rowindex")).toBe("50001");
    expect(Number(await page.evaluate(linesInPage))).toBeLessThan(60);
    await page.keyboard.press("Home");
    await page.keyboard.press("PageDown");
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    const line = Number(await attribute(page, activeLine, "aria-rowindex"));
    expect(line).toBeGreaterThan(5);
    expect(await textOf(page, activeLine)).toContain(`line ${line}`);

    await page.keyboard.press("Enter");
    await dialogSays(page, `samples/vendors.csv, line ${line}`);
    await page.keyboard.press("ArrowRight");
    await dialogSays(page, `samples/vendors.csv, line ${line + 1}`);
    expect(await textOf(page, "#row-dialog-body")).toContain(`Company ${line} Ltd`);
    await page.keyboard.press("Escape");
    expect(await page.evaluate(`document.activeElement.id`)).toBe("grid");
    expect(await textOf(page, activeLine)).toContain(`line ${line + 1}`);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("searches, filters, sorts and groups, and the numbers agree", async () => {
    const { page, complaints } = await openPage(browser, big);
    await statusIs(page, "50,000 rows.");
    await page.keyboard.press("/");
    await page.keyboard.type("company 4999");
    // 4999, 14999 … 44999, 49990 to 49999, and the records before these, in whose lines it stands.
    await statusIs(page, "21 of 50,000 rows.");
    await page.keyboard.type(' "on hold"');
    await statusIs(page, "2 of 50,000 rows.");
    expect(await page.evaluate(`decodeURIComponent(location.hash)`)).toBe('#q=company+4999+"on+hold"');
    await page.click("#filters [type=reset]");
    await statusIs(page, "50,000 rows.");
    expect(await page.evaluate(`location.hash`)).toBe("");

    await page.select("#filters [name=company]", "USMF");
    await statusIs(page, "24,999 of 50,000 rows.");
    await page.select("#filters [name=stage]", "F&O target");
    await statusIs(page, "4,999 of 50,000 rows.");
    const offered = await textsOf(page, "#filters [name=company] option");
    expect(offered).toEqual(["All", "DEMF (5,000)", "USMF (4,999)"]);
    await page.click("[data-sort=key]");
    await page.click("[data-sort=key]");
    await page.waitForSelector('[role=columnheader][aria-sort="descending"]');
    await page.waitForFunction(`document.querySelector("#line-0").innerText.includes("0000049990")`);

    await page.select("#filters [name=stage]", "");
    await page.select("#filters [name=group]", "code");
    await statusIs(page, "24,999 of 50,000 rows in 2 groups, each row at its first reason.");
    const groups = await textsOf(page, "#grid .group b");
    expect(groups).toEqual(["20,000", "4,999"]);
    await page.focus("#grid");
    await page.keyboard.press("ArrowRight");
    expect(await attribute(page, "#grid", "role")).toBe("treegrid");
    expect(await attribute(page, "#grid", "aria-rowcount")).toBe("20003");
    await page.keyboard.press("End");
    expect(await textOf(page, activeLine)).toContain("4,999");
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("opens where its address says, and shows hostile values as text", async () => {
    const hash = `#${new URLSearchParams({ entity: hostile, row: String(count) }).toString()}`;
    const { page, complaints } = await openPage(browser, big, { hash });
    await dialogSays(page, `${hostile}, line 2`);
    await statusIs(page, "1 of 50,000 rows.");
    const shown = String(await page.evaluate(`document.getElementById("row-dialog-body").textContent`));
    expect(shown.split(hostile).length).toBeGreaterThan(8);
    expect(await page.$$("img")).toEqual([]);
    await page.keyboard.press("Escape");

    // Every number of the chart and of the table leads to just as many rows.
    const links = (await page.evaluate(`[...document.querySelectorAll(".places li, .flow-table td.bad-count")]
      .map((one) => [one.querySelector("a")?.hash, (one.querySelector("b") ?? one).textContent.trim()])
      .filter(([hash]) => hash !== undefined)`)) as [string, string][];
    expect(links.map(([, number]) => number)).toEqual([
      "25,000",
      "24,999",
      "1",
      "20,000",
      "5,000",
      "20,000",
      "4,999",
      "1",
    ]);
    await page.evaluate(`location.hash = "#row=7&group=nonsense"`);
    await dialogSays(page, "samples/vendors.csv, line 8");
    await page.evaluate(`location.hash = "#group=company&row=9"`);
    await dialogSays(page, "samples/vendors.csv, line 10");
    for (const [address, number] of links) {
      await page.evaluate(`location.hash = ${JSON.stringify(address)}`);
      await statusIs(page, `${number} of 50,000 rows.`);
    }
    await page.click("[data-group='0']");
    await statusIs(page, "40,000 of 50,000 rows.");
    expect(complaints).toEqual([]);
    await page.close();
  });

  test.each(["light", "dark"])("axe finds nothing serious, %s", async (scheme) => {
    const { page, complaints } = await openPage(browser, big);
    await statusIs(page, "50,000 rows.");
    await page.click(`[data-theme-choice=${scheme}]`);
    expect(await seriousViolations(page)).toEqual([]);
    await page.select("#filters [name=group]", "company");
    await statusIs(page, "50,000 rows in 3 groups, each row at its first reason.");
    await page.setViewport({ width: 320, height: 256 });
    expect(await page.evaluate(`document.documentElement.scrollWidth`)).toBe(320);
    expect(await seriousViolations(page)).toEqual([]);
    await page.evaluate(`location.hash = "#row=12"`);
    await dialogSays(page, "samples/vendors.csv, line 13");
    expect(await seriousViolations(page)).toEqual([]);
    expect(await page.evaluate(`document.documentElement.scrollWidth`)).toBe(320);
    expect(complaints).toEqual([]);
    await page.close();
  });
});

describe("what remains", () => {
  test("without JavaScript: the summary, the reasons and the first rows", async () => {
    const { page } = await openPage(browser, big, { script: false });
    const text = await textOf(page, "body");
    expect(text).toContain("The first 100 of 50,000 rejected rows.");
    expect(text).toContain("The lookup vendor-groups has no entry for ‹…›.");
    expect(text).toContain("Search and filters need JavaScript");
    expect(text).not.toContain("Unpacking");
    expect(await page.$$("table.first-rows tbody tr")).toHaveLength(100);
    await page.close();
  });

  test("on paper: the rows that were chosen, and a word about the others", async () => {
    const { page } = await openPage(browser, big, { hash: "#company=USMF&sort=key&dir=down" });
    await statusIs(page, "24,999 of 50,000 rows.");
    await page.emulateMediaType("print");
    // What is printed is unpacked while nothing else is to be done.
    const printed = `dispatchEvent(new Event("beforeprint")) &&
      !document.querySelector(".first-rows tbody").textContent.includes("‹…›")`;
    await page.waitForFunction(printed, { timeout: 20_000, polling: 100 });
    const text = await textOf(page, "#first-rows");
    expect(text).toContain("The first 100 of 24,999 rows that were chosen, of 50,000 rejected rows.");
    expect(text).toContain("line 49,999");
    expect(await page.evaluate(`document.getElementById("row-list").offsetHeight`)).toBe(0);
    await page.close();
  });

  test("of rows that are too many for an e-mail: where they are and what is wrong", async () => {
    const { page, complaints } = await openPage(browser, small, { hash: "#row=40" });
    await dialogSays(page, "samples/vendors.csv, line 41");
    const text = await textOf(page, "#row-dialog-body");
    expect(text).toContain('The lookup vendor-groups has no entry for "ZX".');
    expect(text).toContain("It stands in rejections/vendors.rejected.csv.");
    expect(await textOf(page, "#rows")).toMatch(
      /this page holds the source row of \d+ of the 40 rows it lists/,
    );
    expect(complaints).toEqual([]);
    await page.close();
  });
});
