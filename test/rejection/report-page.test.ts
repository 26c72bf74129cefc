import { createHash } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { Script } from "node:vm";
import { gunzipSync } from "node:zlib";
import { SaxesParser } from "saxes";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { reason } from "../../src/errors/reason.ts";
import type { Rejection, UnattributedMessage } from "../../src/rejection/rejection.ts";
import type { PackageSummary, RunSummary } from "../../src/rejection/summary.ts";
import {
  writeReport,
  type ReportOptions,
  type WrittenReport,
} from "../../src/rejection/report/write-report.ts";
import {
  entitySummary,
  lookupReason,
  runSummary,
  stream,
  temporaryFolder,
  vendorRejection,
} from "./report-fixture.ts";

const hostile = `</script><script>alert(1)</script><!-- <img src=x onerror=alert(2)> " ' & \u2028 ]]>`;

interface Page extends WrittenReport {
  readonly text: string;
  /** What stands on the page for a reader, without scripts and styles, white space evened out. */
  readonly visible: string;
}

async function page(
  rejections: readonly Rejection[],
  summary: RunSummary,
  options: Partial<ReportOptions> = {},
): Promise<Page> {
  const folder = temporaryFolder();
  const file = path.join(folder, "report.html");
  const result = await writeReport({ file, summary, rejections: () => stream(rejections), ...options });
  expect(readdirSync(folder)).toEqual(["report.html"]);
  const text = readFileSync(file, "utf8");
  return { ...result, text, visible: visibleText(text) };
}

// The page is written so that a strict XML parser can read its body: any markup that data smuggled in shows up
// as a broken document or as an element that is not ours.
function visibleText(text: string): string {
  const body = text.slice(text.indexOf("<body>"), text.indexOf("</body>") + 7);
  const xml = body
    .replaceAll(/(<script[^>]*>)([\s\S]*?)(<\/script>)/g, "$1$3")
    .replaceAll(/<input([^>]*[^/])>/g, "<input$1/>")
    .replaceAll(/<(\w+)([^>]*) hidden>/g, '<$1$2 hidden="">');
  let seen = "";
  const elements = new Set<string>();
  const parser = new SaxesParser();
  parser.on("error", (error) => {
    throw error;
  });
  parser.on("opentag", (tag) => elements.add(tag.name));
  parser.on("text", (part) => (seen += part));
  parser.write(xml).close();
  expect(elements).not.toContain("img");
  return seen.replaceAll(/\s+/g, " ");
}

function dataBlocks(text: string, kind: string): unknown[] {
  const blocks = text.matchAll(
    new RegExp(`<script type="text/plain" class="${kind}">([A-Za-z0-9+/=]*)</script>`, "g"),
  );
  return [...blocks].map((match): unknown =>
    JSON.parse(gunzipSync(Buffer.from(match[1] ?? "", "base64")).toString()),
  );
}

/** The rows with their source rows, as the page unpacks them. */
function detailRows(text: string): unknown[][] {
  return (dataBlocks(text, "row-details") as unknown[][][]).flat();
}

/** Its source values stand before the names and values of the target fields. */
function valuesOf(row: readonly unknown[] | undefined): unknown {
  return row?.at(-3);
}

const oneVendor = runSummary(
  {
    entities: [
      entitySummary({ read: 12_345, packaged: 12_344, created: 12_344, staged: 12_344, rejectedHere: 1 }),
    ],
  },
  { mapping: 1 },
);

describe("safety of the page", () => {
  test("its policy admits exactly its own script and style, and nothing from elsewhere", async () => {
    const { text } = await page([vendorRejection(1)], oneVendor);
    const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/
      .exec(text)?.[1]
      ?.replaceAll("&#39;", "'");
    const [theme = "", script = ""] = [...text.matchAll(/<script>([\s\S]*?)<\/script>/g)].map(
      ([, content = ""]) => content,
    );
    const style = /<style>([\s\S]*?)<\/style>/.exec(text)?.[1] ?? "";
    const hash = (content: string): string =>
      `'sha256-${createHash("sha256").update(content).digest("base64")}'`;
    expect(policy).toBe(
      `default-src 'none'; style-src ${hash(style)}; script-src ${hash(theme)} ${hash(script)}; base-uri 'none'; form-action 'none'`,
    );
    expect(text.match(/<script>/g)).toHaveLength(2);
    expect(text).not.toMatch(/\sstyle="|\son\w+="|src="|@import|url\(/);
    expect(() => new Script(script)).not.toThrow();
  });

  test("hostile values of every kind are shown as text", async () => {
    const unattributed: UnattributedMessage[] = [
      {
        entity: hostile,
        legalEntity: hostile,
        executionId: hostile,
        channel: "execution errors",
        recordId: hostile,
        message: hostile,
      },
    ];
    const rejection = vendorRejection(1, {
      entity: hostile,
      legalEntity: hostile,
      key: [hostile],
      reasons: [
        reason("DMFP-FNO-RULE", { field: hostile, value: hostile, message: `x ${hostile}`, fix: hostile }),
      ],
      columns: [hostile],
      values: [hostile],
      raw: hostile,
      mapped: { [hostile]: hostile },
      executionId: hostile,
      position: { file: hostile, line: 2, record: 1, byteOffset: 0, byteLength: 1 },
    });
    const summary = runSummary(
      {
        run: hostile,
        project: hostile,
        environment: hostile,
        entities: [
          entitySummary({
            entity: hostile,
            legalEntity: hostile,
            read: 1,
            rejectedHere: 1,
            controlTotals: { [hostile]: hostile },
          }),
        ],
        packages: [
          {
            key: hostile,
            file: hostile,
            entity: hostile,
            legalEntity: hostile,
            sha256: hostile,
            sizeBytes: 1,
            records: 1,
            executionId: hostile,
            status: hostile,
            environmentStatus: hostile,
            message: hostile,
          },
        ],
      },
      { target: 1 },
    );
    const { text, visible } = await page([rejection], summary, {
      unattributed,
      title: hostile,
      files: [{ entity: hostile, href: hostile, records: 1 }],
    });
    expect(text).not.toContain("<img");
    expect(text).not.toContain("<!--");
    expect(text).not.toContain("<script>alert");
    expect(visible).toContain("<img src=x onerror=alert(2)>");
    expect(valuesOf(detailRows(text)[0])).toEqual([hostile]);
  });

  test("no text can break out of the page", async () => {
    const unit = fc.constantFrom(
      "<",
      "/",
      ">",
      "script",
      "!--",
      "-->",
      '"',
      "'",
      "&",
      "\\",
      "]]>",
      "</title>",
      "\u2028",
    );
    await fc.assert(
      fc.asyncProperty(fc.string({ unit, maxLength: 12 }), async (text) => {
        const rejection = vendorRejection(1, {
          values: [text, text, text, text],
          reasons: [reason("DMFP-FNO-RULE", { message: text, value: text, fix: text })],
        });
        const result = await page([rejection], { ...oneVendor, project: text }, { title: text });
        expect(result.text.match(/<script>/g)).toHaveLength(2);
        expect(result.text.match(/<\/script>/g)).toHaveLength(5);
        expect(valuesOf(detailRows(result.text)[0])).toEqual([text, text, text, text]);
      }),
      { numRuns: 60 },
    );
  });

  test("takes the signature out of an upload address that F&O quotes", async () => {
    const message = "Cannot read https://x.blob.core.windows.net/a?sv=2021&sig=abcdef%3D today";
    const { text } = await page(
      [vendorRejection(1, { reasons: [reason("DMFP-FNO-STAGING", { message })] })],
      oneVendor,
      {
        unattributed: [
          {
            entity: "A",
            legalEntity: "B",
            executionId: "e",
            channel: "execution errors",
            recordId: "",
            message,
          },
        ],
      },
    );
    expect(text).not.toContain("abcdef");
  });
});

describe("what the page says", () => {
  test("the numbers are those of the summary, and add up", async () => {
    const summary = runSummary(
      {
        entities: [
          entitySummary({
            read: 12_345,
            filtered: 1_000,
            rejectedHere: 2,
            packaged: 11_343,
            staged: 11_342,
            rejectedStaging: 1,
            created: 11_000,
            updated: 330,
            rejectedTarget: 2,
            unprocessed: 10,
            controlTotals: { "credit limit": "1284410.55" },
          }),
        ],
      },
      { mapping: 2, staging: 1, target: 2 },
    );
    const { visible } = await page(
      [1, 2, 3, 4, 5].map((number) => vendorRejection(number)),
      summary,
    );
    expect(visible).toContain("11,330 of 11,345 records loaded, 5 rejected. 1,000 records left out");
    expect(visible).toContain(
      "12,345 read from your files = 11,343 sent to F&O + 1,000 left out by a filter + 2 rejected",
    );
    expect(visible).toContain(
      "11,343 sent to F&O = 11,000 created + 330 updated + 1 refused in staging + 2 refused in target + 10 not processed",
    );
    expect(visible).toContain("Vendors V2 DEMF 12,345 1,000 2 11,343 11,000 330 1 2 10 ✓ Yes 11,342");
    expect(visible).toContain(
      "2 rejected before sending + 1 refused in staging + 2 refused in target = 5 rejected records;",
    );
    expect(visible).toContain("credit limit 1284410.55");
    expect(visible).toContain("Took 4 min 12 s");
    expect(visible).not.toContain("✗");
  });

  test("says which equation does not close", async () => {
    const broken = entitySummary({
      read: 100,
      filtered: 1,
      packaged: 92,
      created: 90,
      updated: 5,
      balanced: false,
    });
    const { visible } = await page(
      [],
      runSummary({ status: "unbalanced", balanced: false, entities: [broken] }),
    );
    expect(visible).toContain("The numbers do not add up");
    expect(visible).toContain(
      "100 records read, but 1 left out + 0 rejected before sending + 92 sent = 93: 7 records cannot be accounted for.",
    );
    expect(visible).toContain("not processed = 95: 3 records too many.");
    expect(visible).toContain("7 ✗ not accounted for");
    expect(visible).toContain("3 ✗ counted too often");
  });

  test("a clean run says so in one sentence and shows no empty list", async () => {
    const clean = entitySummary({ read: 10, packaged: 10, staged: 10, created: 10 });
    const { visible, text } = await page(
      [],
      runSummary({ status: "succeeded", exitCode: 0, entities: [clean] }),
    );
    expect(visible).toContain("Everything was loaded All 10 records loaded, none rejected.");
    expect(text).not.toContain("<script type");
    expect(text).not.toContain('id="row-list"');
  });

  test("a check talks of what would be sent", async () => {
    const checked = entitySummary({ read: 10, rejectedHere: 1, packaged: 9 });
    const { visible } = await page(
      [vendorRejection(1)],
      runSummary({ command: "check", entities: [checked] }, { mapping: 1 }),
    );
    expect(visible).toContain("9 of 10 records passed all checks, 1 rejected. Nothing was sent.");
    expect(visible).toContain("10 read from your files = 9 ready to send");
    expect(visible).not.toContain("not processed");
  });

  test("reasons are grouped with their values masked, the biggest first", async () => {
    const rejections = [
      vendorRejection(1, { reasons: [reason("DMFP-FNO-RULE", { message: "Only one." })] }),
      ...["ZX", "ZX", "ZY"].map((value, index) =>
        vendorRejection(index + 2, { reasons: [lookupReason(value)] }),
      ),
    ];
    const { visible } = await page(rejections, runSummary({}, { mapping: 4 }));
    const big = visible.indexOf("3 records VENDORGROUPID: The lookup vendor-groups has no entry for ‹…›.");
    expect(big).toBeGreaterThan(0);
    expect(visible.indexOf("1 record Only one.")).toBeGreaterThan(big);
    expect(visible).toContain("Add ‹…› to the lookup file.");
    expect(visible).toContain("ZX 2 records ZY 1 record");
  });

  test("a report made from too few rejections says that it is partial", async () => {
    const result = await page([vendorRejection(1)], runSummary({}, { mapping: 3 }));
    expect(result).toMatchObject({ records: 1, complete: false });
    expect(result.visible).toContain(
      "This report is partial: it was made from 1 rejections, but the run counted 3.",
    );
  });

  test("messages that fit no record are listed, the count being the whole one", async () => {
    const message = (number: number): UnattributedMessage => ({
      entity: "Customers V3",
      legalEntity: "USMF",
      executionId: "run-1",
      channel: "execution errors",
      recordId: String(number),
      message: `Strange thing ${number}`,
    });
    const all = Array.from({ length: 700 }, (_, number) => message(number));
    const { visible, text } = await page([], runSummary({ status: "succeeded" }), {
      unattributed: stream(all),
      messageFiles: { unattributed: "rejections/unattributed.ndjson" },
    });
    expect(visible).toContain("F&O sent 700 messages for which no source row could be found.");
    expect(visible).toContain("The first 500 are shown, 200 more are not.");
    expect(text).toContain('All are in <a href="rejections/unattributed.ndjson">');
    expect(visible).toContain("Strange thing 499 ");
    expect(visible).not.toContain("Strange thing 500 ");
  });
});

describe("what F&O answered", () => {
  const package1 = (number: number, errorFiles: PackageSummary["errorFiles"]): PackageSummary => ({
    key: `00${number}-orders`,
    file: `packages/00${number}-orders.zip`,
    entity: "Orders",
    legalEntity: "USMF",
    sha256: "",
    sizeBytes: 1,
    records: 1,
    executionId: "run-1",
    status: "done",
    ...(errorFiles === undefined ? {} : { errorFiles }),
  });
  const raw = (name: string): string => `rejections/from-environment/${name}`;

  test("its files are shown by package and channel, named by how they were read", async () => {
    const packages = [
      package1(1, [
        { channel: "target error keys", entity: "Headers", file: raw("1.keys"), layout: "one key a line" },
        { channel: "target error keys", entity: "Lines", file: raw("2.keys"), layout: "a table" },
        { channel: "execution errors", file: raw("e.json"), layout: "2 messages" },
      ]),
      package1(2, undefined),
    ];
    const summary = runSummary({ packages });
    const noisy = { ...summary, rejections: { ...summary.rejections, unattributed: 1, noise: 3 } };
    const messageFiles = { unattributed: "rejections/unattributed.ndjson", noise: "rejections/noise.ndjson" };
    const { text, visible } = await page([], noisy, { messageFiles });
    expect(visible).toMatch(/001-orders – Headers: one key a line Lines: a table 2 messages/);
    expect(text).toContain(`<a href="${raw("1.keys")}">Headers: one key a line</a>`);
    expect(visible).toContain("rejections/unattributed.ndjson 1 message that fit no record");
    expect(visible).toContain("rejections/noise.ndjson 3 messages declared to be harmless");
  });

  test("of very many packages the first are shown, and how many more there are", async () => {
    const file = { channel: "execution errors", file: raw("e.json"), layout: "1 message" } as const;
    const packages = Array.from({ length: 203 }, (_, number) => package1(number, [file]));
    const { visible } = await page([], runSummary({ packages }));
    expect(visible.match(/00\d+-orders – – 1 message/g)).toHaveLength(200);
    expect(visible).toContain("And those of 3 more packages, in rejections/from-environment.");
  });

  test("nothing is said where F&O was not asked", async () => {
    const { visible } = await page([], runSummary({ packages: [package1(1, undefined)] }));
    expect(visible).not.toContain("What F&O answered");
  });
});

test("sums of an entity stand once, below the last of its companies", async () => {
  const entities = ["", "DEMF", "USMF"].map((legalEntity, index) =>
    entitySummary({ legalEntity, ...(index === 0 ? { controlTotals: { amount: "12.50" } } : {}) }),
  );
  const { visible } = await page([], runSummary({ entities, status: "succeeded" }));
  const [, behind = ""] = visible.split("USMF");
  expect(behind).toContain("Control totals of all Vendors V2: amount 12.50");
  expect(visible.match(/Control totals/g)).toHaveLength(1);
});

describe("the rows of the page", () => {
  test("20,000 rejections are read as a stream and all of them listed", async () => {
    let passes = 0;
    let waiting = 0;
    let mostWaiting = 0;
    async function* many(): AsyncGenerator<Rejection> {
      passes++;
      for (let number = 1; number <= 20_000; number++) {
        // One at a time: the writer must be done with a row before it asks for the next.
        mostWaiting = Math.max(mostWaiting, ++waiting);
        yield await Promise.resolve(vendorRejection(number));
        waiting--;
      }
    }
    const result = await page([], runSummary({}, { mapping: 20_000 }), { rejections: many });
    expect(result).toMatchObject({ records: 20_000, listed: 20_000, complete: true });
    expect(passes).toBe(2);
    expect(mostWaiting).toBe(1);
    expect(dataBlocks(result.text, "row-index")).toHaveLength(20);
    expect(detailRows(result.text).map((row) => row[0])).toEqual(
      Array.from({ length: 20_000 }, (_, index) => index + 1),
    );
  });

  test("past the limit the rare reasons keep all their rows, and the page says so", async () => {
    const rare = vendorRejection(5000, { reasons: [reason("DMFP-ROW-QUOTE")] });
    const common = Array.from({ length: 4999 }, (_, index) => vendorRejection(index + 1));
    const result = await page([...common, rare], runSummary({}, { mapping: 5000 }), { rowLimit: 100 });
    expect(result).toMatchObject({ records: 5000, listed: 100, complete: true });
    expect(result.visible).toContain("This page lists 100 rows of 5,000 rejected records");
    const rows = detailRows(result.text);
    expect(rows).toHaveLength(100);
    expect(rows.at(-1)?.[0]).toBe(5000);
  });

  test("a row points at its reason in the list of reasons", async () => {
    const rejections = [
      vendorRejection(1, { reasons: [reason("DMFP-ROW-QUOTE")] }),
      vendorRejection(2, { reasons: [lookupReason("A"), reason("DMFP-ROW-QUOTE")] }),
      vendorRejection(3, { reasons: [reason("DMFP-ROW-QUOTE")] }),
    ];
    const { text } = await page(rejections, runSummary({}, { source: 3 }));
    const [legend] = dataBlocks(text, "row-legend") as [{ groups: { shape: string; records: number }[] }];
    expect(legend.groups.map((group) => group.records)).toEqual([3, 1]);
    const [index] = dataBlocks(text, "row-index") as unknown[][];
    expect(index?.[6]).toEqual([0, [1, 0], 0]);
    expect(detailRows(text).map((row) => (row[1] as number[][]).map((item) => item[0]))).toEqual([
      [0],
      [1, 0],
      [0],
    ]);
  });

  test("very long values are shortened, without cutting a character in two", async () => {
    const long = `${"x".repeat(399)}𝄞${"y".repeat(5000)}`;
    const { text } = await page([vendorRejection(1, { values: [long, "", "", ""] })], oneVendor);
    expect((valuesOf(detailRows(text)[0]) as string[])[0]).toBe(`${"x".repeat(399)}… (shortened)`);
  });

  test("a failing stream leaves no page behind", async () => {
    const folder = temporaryFolder();
    let pass = 0;
    async function* failing(): AsyncGenerator<Rejection> {
      yield await Promise.resolve(vendorRejection(1));
      if (++pass === 2) throw new RangeError("lost");
    }
    const file = path.join(folder, "report.html");
    await expect(writeReport({ file, summary: oneVendor, rejections: failing })).rejects.toThrow("lost");
    expect(readdirSync(folder)).toEqual([]);
  });
});
