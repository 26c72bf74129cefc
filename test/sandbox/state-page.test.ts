import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import { SaxesParser } from "saxes";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { buildPackage, type TestEntity } from "./package-builder.ts";
import { send, sharedSandbox, type Answer } from "./sandbox-client.ts";

const hostile = `</td><script>document.title="owned"</script><img src=x onerror=alert(1)> " ' &`;

const groups: TestEntity = {
  label: "Vendor groups",
  file: "groups.csv",
  rows: [
    ["VENDORGROUPID", "DESCRIPTION"],
    ["10", "Trade"],
    ["20", hostile.slice(0, 60)],
    ["30-IS-FAR-TOO-LONG-FOR-A-GROUP", "Too long"],
  ],
};
const vendors: TestEntity = {
  label: "Vendors V2",
  file: "vendors.csv",
  level: 2,
  rows: [
    ["VENDORACCOUNTNUMBER", "VENDORORGANIZATIONNAME", "VENDORGROUPID", "CURRENCYCODE"],
    ...Array.from({ length: 250 }, (_, index) => [
      `V${String(index).padStart(4, "0")}`,
      index === 7 ? hostile : `Vendor ${index}`,
      index % 50 === 3 ? "77" : "10",
      "EUR",
    ]),
  ],
};

const shared = sharedSandbox({ faults: [{ on: "GetExecutionSummaryStatus", nth: 2, delayMs: 1 }] });
const id = `first <b>"run"</b> & more`;

beforeAll(async () => {
  const client = shared();
  await client.load(await buildPackage(groups, vendors), {
    executionId: id,
    definitionGroupId: "Vendors <i>",
  });
  // A header without the mapped column: the whole file is refused, and only the log says why.
  const broken = {
    ...groups,
    rows: [
      ["VENDORGROUPID", "X"],
      ["40", ""],
    ],
    fields: ["VENDORGROUPID", "DESCRIPTION"],
  };
  await client.load(await buildPackage(broken), { executionId: "refused" });
});

async function page(
  target: string,
): Promise<Answer & { readonly visible: string; readonly links: readonly string[] }> {
  const answer = await send(shared().sandbox.url + target);
  return { ...answer, ...read(answer.text) };
}

/** What a reader sees, and every link. A strict parser: markup that data smuggled in would break the document. */
function read(markup: string): { readonly visible: string; readonly links: readonly string[] } {
  const body = markup.slice(markup.indexOf("<body>"), markup.indexOf("</body>") + 7);
  const parser = new SaxesParser();
  let visible = "";
  const links: string[] = [];
  const names = new Set<string>();
  parser.on("text", (chunk) => {
    visible += chunk;
  });
  parser.on("opentag", ({ name, attributes }) => {
    names.add(name);
    visible += " ";
    const { href } = attributes;
    if (name === "a" && href !== undefined) links.push(href);
  });
  parser.on("closetag", () => {
    visible += " ";
  });
  // HTML leaves these open.
  parser.write(body.replaceAll(/<input([^>]*?)\/?>/g, "<input$1/>")).close();
  expect([...names].filter((name) => name === "script" || name === "img")).toEqual([]);
  return { visible: visible.replaceAll(/\s+/g, " "), links };
}

function executionLink(of: string): string {
  return `/workspace/execution?${new URLSearchParams({ id: of }).toString()}`;
}

describe("the workspace shows", () => {
  test("the environment, its executions and data projects", async () => {
    const { visible, links, status } = await page("/");
    expect(status).toBe(200);
    expect(visible).toContain(shared().sandbox.url);
    expect(visible).toContain("USMF, DEMF, DAT");
    expect(visible).toContain(`Partially succeeded ${id} Vendors <i> USMF`);
    expect(visible).toContain("253 252 247 0 6");
    expect(links).toContain(executionLink("refused"));
  });

  test("an execution with its entities", async () => {
    const { visible } = await page(executionLink(id));
    expect(visible).toContain("1.1.1 Vendor groups CSV-Unicode · groups.csv Error 3 2 1 Ended 2 0 0");
    expect(visible).toContain("1.2.1 Vendors V2 CSV-Unicode · vendors.csv Ended 250 250 0 Error 245 0 5");
    expect(visible).toMatch(/Execution log Vendor groups: \S+ 1 of 3 rows/);
  });

  test("the log of one whose file was refused", async () => {
    expect((await page(executionLink("refused"))).visible).toMatch(/Execution log Vendor groups: DMF\d{4} /);
  });

  test("staging rows with what became of them, page by page, and those that failed alone", async () => {
    const { links } = await page(executionLink(id));
    const first = links.filter((link) => link.startsWith("/workspace/staging")).at(-1) ?? "";
    const start = await page(first);
    expect(start.visible).toContain("250 of 250 records of vendors.csv are in staging.");
    expect(start.visible).toContain("8 Completed V0007 " + hostile);
    expect(start.visible).toMatch(/4 Error V0003 Vendor 3 77 EUR The value '77' in field 'Vendor group'/);
    expect(await followed(first, "/workspace/staging")).toBe(250);
    const failed = await page(`${first}&failed=1`);
    expect([...failed.visible.matchAll(/ Error V\d{4}/g)]).toHaveLength(5);
    expect(failed.visible).not.toContain("Completed");
  });

  test("the errors of both steps", async () => {
    const { links } = await page(executionLink(id));
    const [groupErrors = "", vendorErrors = ""] = links.filter((link) =>
      link.startsWith("/workspace/errors"),
    );
    const staging = await page(groupErrors);
    expect(staging.visible).toContain("1 records failed on their way into staging");
    expect(staging.visible).toContain("3 staging 30-IS-FAR-TOO-LONG-FOR-A-GROUP VENDORGROUPID");
    expect((await page(vendorErrors)).visible).toContain("4 target V0003");
  });

  test("the records of a table, page by page, and from a key on", async () => {
    expect((await page("/workspace/data")).visible).toContain("Vendors V2 USMF 245");
    const table = "/workspace/target?entity=Vendors+V2&company=USMF";
    expect(await followed(table, "/workspace/target")).toBe(245);
    const found = await page(`${table}&key=v0249`);
    expect(found.visible.match(/V\d{4}/g)).toEqual(["V0249"]);
  });

  test("the faults that are planned and those that fired", async () => {
    const { visible } = await page("/workspace/faults");
    expect(visible).toMatch(/GetExecutionSummaryStatus nth: 2, delayMs: 1 \d+ 1 /);
    expect(visible).toContain("Held executions No execution is held.");
  });

  test("its newest state while an execution is on its way, and asks no more once it is held or has ended", async () => {
    const client = shared();
    expect((await page("/")).headers.get("refresh")).toBeNull();
    await send(`${client.sandbox.url}/__sandbox/faults`, {
      method: "POST",
      body: JSON.stringify({ on: "ImportFromPackage", stuck: true }),
    });
    await client.importPackage(await buildPackage(groups), { executionId: "held" });
    const held = await page(executionLink("held"));
    expect(held.visible).toContain("A planned fault keeps this execution at Executing.");
    expect(held.headers.get("refresh")).toBeNull();
    client.sandbox.releaseStuck("held");
    await client.ended("held");
  });
});

/** Follows Next to the end and counts the rows. */
async function followed(start: string, place: string): Promise<number> {
  const seen = new Set<string>();
  let next: string | undefined = start;
  while (next !== undefined) {
    const { visible, links, text: markup } = await page(next);
    for (const [key] of visible.matchAll(/V\d{4}/g)) seen.add(key);
    next = markup.includes(">Next</a>") ? links.filter((link) => link.startsWith(place)).at(-1) : undefined;
  }
  return seen.size;
}

describe("the pages", () => {
  test("run no script, load nothing and sit in no frame", async () => {
    const { headers, text: markup } = await page("/");
    const policy = headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/unsafe|script-src/);
    expect(markup).not.toMatch(/<script|\bsrc=|https?:\/\/(?!127\.0\.0\.1)/);
  });

  test("are shown to this machine only, whatever name the browser was led here by", async () => {
    const { port } = new URL(shared().sandbox.url);
    const status = await new Promise<number | undefined>((resolve, reject) => {
      request(
        { host: "127.0.0.1", port, path: "/", headers: { host: `rebound.example:${port}` } },
        (answer) => {
          void text(answer).then(() => {
            resolve(answer.statusCode);
          });
        },
      )
        .on("error", reject)
        .end();
    });
    expect(status).toBe(403);
  });

  test("can only be looked at", async () => {
    const answer = await send(`${shared().sandbox.url}/workspace/data`, { method: "POST" });
    expect([answer.status, answer.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
  });

  test.each([
    "/workspace/execution?id=none",
    "/workspace/staging?id=refused&run=999",
    "/workspace/errors?run=1",
    "/workspace/project?name=none",
    "/workspace/constructor",
  ])("say so when there is nothing at %s", async (target) => {
    const { status, visible } = await page(target);
    expect(status).toBe(404);
    expect(visible).toContain("There is no such page");
  });

  test("take any number for a place to go on from", async () => {
    for (const value of ["-1", "1e9", "999999999999999", "x", "9".repeat(40)]) {
      expect((await page(`/?before=${value}`)).status).toBe(200);
      expect((await page(`/workspace/staging?id=refused&run=1&after=${value}`)).status).toBeLessThan(500);
    }
  });

  test("are where GetExecutionSummaryPageUrl leads", async () => {
    const url = String(await shared().value("GetExecutionSummaryPageUrl", { executionId: "refused" }));
    expect((await page(url.slice(shared().sandbox.url.length))).visible).toContain(
      "Execution log Vendor groups",
    );
  });
});

const chromium = process.env["CHROMIUM"] ?? "/usr/bin/chromium";

test.skipIf(!existsSync(chromium))(
  `in a browser (skipped where there is none: ${chromium}, or the one that CHROMIUM names)`,
  async () => {
    const profile = await mkdtemp(path.join(tmpdir(), "dmfpipe-chromium-"));
    onTestFinished(() => rm(profile, { recursive: true, force: true, maxRetries: 5 }));
    const flags = [
      ...["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
      ...["--disable-background-networking", "--disable-component-update", "--disable-sync"],
      ...["--enable-logging=stderr", `--user-data-dir=${profile}`, "--dump-dom"],
    ];
    const client = shared();
    const url = `${client.sandbox.url}/workspace/target?entity=Vendors+V2&company=USMF`;
    const { stdout, stderr } = await promisify(execFile)(chromium, [...flags, url], {
      maxBuffer: 50_000_000,
    });
    expect(stdout).toContain("<title>Vendors V2 · USMF · F&amp;O sandbox</title>");
    expect(stdout).toContain("V0007");
    expect(stdout).not.toMatch(/<script|<img/);
    // A style that the policy refused, or a script that ran, would be said here.
    expect(stderr).not.toMatch(/Content Security Policy|Refused to/);
  },
);
