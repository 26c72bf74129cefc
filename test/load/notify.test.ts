import { expect, test } from "vitest";
import { systemClock } from "../../src/errors/clock.ts";
import type { LoadOutcome } from "../../src/load/load-outcome.ts";
import { isWanted, notificationContent } from "../../src/load/notification/notification-content.ts";
import { notificationBody } from "../../src/load/notification/notification-formats.ts";
import { notify } from "../../src/load/notification/notify.ts";
import type { NotificationSettings } from "../../src/project/notification.ts";
import { quickRetry } from "../environment/quick-retry.ts";
import { entityCounts, outcomeThatDidNotBegin, outcomeWithRejections } from "./load-outcomes.ts";
import { webhook } from "./webhook.ts";

async function tell(
  outcome: LoadOutcome,
  settings: Partial<NotificationSettings> & { url: string },
  more: { variables?: Record<string, string>; deadlineMs?: number } = {},
): Promise<string | undefined> {
  const { variables = {}, ...rest } = more;
  return await notify(outcome, {
    settings: { on: ["always"], format: "json", ...settings },
    variables,
    clock: systemClock,
    retry: quickRetry,
    ...rest,
  });
}

test.each([
  [0, [false, false, true]],
  [4, [false, true, true]],
  [6, [true, false, true]],
  [8, [true, false, true]],
  [9, [false, false, true]],
  [10, [true, false, true]],
  [11, [true, false, true]],
  [12, [true, false, true]],
])("exit code %i is told to those who asked for it", (exitCode, expected) => {
  const outcome = { ...outcomeWithRejections(), exitCode };
  const asked = (["failed", "rejections", "always"] as const).map((on) => isWanted(outcome, [on]));
  expect(asked).toEqual(expected);
});

test("a dry run into staging has loaded nothing, and does not say so", () => {
  const counts = { read: 1200, created: 0, updated: 0, rejectedTarget: 0, staged: 1180, unprocessed: 1185 };
  const outcome = outcomeWithRejections([entityCounts(counts)]);
  if (outcome.summary === undefined) throw new Error("no summary");
  const staged = { ...outcome, exitCode: 0, summary: { ...outcome.summary, stagingOnly: true as const } };
  const content = notificationContent(staged);
  expect(content.title).toBe("contoso into prod: dry run into staging, 5 records rejected");
  expect(content.totals).toMatchObject({ staged: 1180, unprocessed: 1185 });
  const text = JSON.stringify(notificationBody(content, "slack"));
  expect(text).toContain("read 1,200 · staged, not loaded 1,180 · rejected 5 · not processed 5");
});

test("the plain numbers", async () => {
  const { url, bodies } = await webhook(200);
  expect(
    await tell(outcomeWithRejections(), { url: "${HOOK}" }, { variables: { HOOK: url } }),
  ).toBeUndefined();
  expect(bodies).toMatchObject([
    {
      tool: "dmfpipe",
      title: "contoso into prod: finished, 10 records rejected",
      run: "20261123-020000-7f3a",
      status: "finished with rejections",
      exitCode: 4,
      durationSeconds: 630,
      balanced: true,
      totals: { read: 1200, created: 1000, updated: 180, rejected: 10, unprocessed: 0 },
      entities: [{ entity: "Vendors V2", legalEntity: "USMF", rejected: 10 }],
      report: "/srv/contoso/.dmfpipe/runs/20261123-020000-7f3a/report.html",
      next: "dmfpipe rejections 20261123-020000-7f3a",
    },
  ]);
});

test("nothing is sent that nobody asked for", async () => {
  const { url, bodies } = await webhook(200);
  expect(await tell(outcomeWithRejections(), { url, on: ["failed"] })).toBeUndefined();
  expect(bodies).toEqual([]);
});

test("a load that did not begin says why, in words that quote nothing", () => {
  const content = notificationContent(outcomeThatDidNotBegin());
  expect(content).toMatchObject({
    title: "contoso into prod: did not begin, exit code 2",
    error: { code: "DMFP-MAPPING-INVALID", place: "mappings/vendors.yaml:12:3" },
    entities: [],
  });
  for (const format of ["teams", "slack", "json"] as const) {
    const body = notificationBody(content, format);
    expect(body).toContain("DMFP-MAPPING-INVALID");
    expect(body).not.toContain("4711");
  }
});

test.each([[503], [429], [0]])("what seems temporary (%i) is tried again", async (status) => {
  const { url, bodies } = await webhook(status, status, 202);
  expect(await tell(outcomeWithRejections(), { url })).toBeUndefined();
  expect(bodies).toHaveLength(3);
});

test.each([
  [[400], "nobody was notified: the receiver answered HTTP 400", 1],
  [[302], "nobody was notified: the receiver answered HTTP 302", 1],
  [[503], /^nobody was notified: Sending the notification: HTTP 503 \d times$/, quickRetry.attempts],
])("a receiver that answers %j is a warning without its address", async (statuses, words, requests) => {
  const { url, bodies } = await webhook(...statuses);
  const warning = await tell(outcomeWithRejections(), { url });
  expect(warning).toMatch(words);
  expect(warning).not.toContain("s3cret");
  expect(bodies).toHaveLength(requests);
});

test("a receiver that wants to be asked again in an hour is not waited for", async () => {
  const { url, bodies } = await webhook({ status: 429, headers: { "retry-after": "3600" } });
  const warning = await tell(outcomeWithRejections(), { url }, { deadlineMs: 200 });
  expect(warning).toBe("nobody was notified: there was no answer in time");
  expect(bodies).toHaveLength(1);
});

test.each([
  ["${NOT_SET}", "notify: the environment variable NOT_SET is not set"],
  ["http://hooks.example.com/s3cret", "notify: the address of hooks.example.com is not https"],
  ["s3cret", "notify: url is no address"],
])("the address %s is a warning", async (url, words) => {
  const warning = await tell(outcomeWithRejections(), { url });
  expect(warning).toContain(words);
  expect(warning).not.toContain("s3cret");
});

const many = [
  ...Array.from({ length: 60 }, (_, index) =>
    entityCounts({ entity: `Entity ${index}`, rejectedHere: 0, rejectedTarget: 0 }),
  ),
  entityCounts({ entity: "The <one> & only", balanced: false, unprocessed: 7 }),
];

test("a card for Teams", () => {
  const body = notificationBody(notificationContent(outcomeWithRejections(many)), "teams");
  // Teams refuses messages of more than 28 KB.
  expect(Buffer.byteLength(body)).toBeLessThan(28_000);
  const message = JSON.parse(body) as {
    type: string;
    attachments: { contentType: string; content: { type: string; version: string; body: CardElement[] } }[];
  };
  interface CardElement {
    type: string;
    text?: string;
    color?: string;
    facts?: { title: string; value: string }[];
  }
  expect(message.type).toBe("message");
  const [attachment] = message.attachments;
  expect(attachment?.contentType).toBe("application/vnd.microsoft.card.adaptive");
  expect(attachment?.content).toMatchObject({ type: "AdaptiveCard", version: "1.4" });
  const [title, facts, entities, rest] = attachment?.content.body ?? [];
  expect(title).toMatchObject({ type: "TextBlock", color: "Attention" });
  expect(facts?.facts?.map((fact) => fact.title)).toEqual(["Status", "Run", "Time (UTC)", "Report", "Next"]);
  // Trouble first, and what is left out is said.
  expect(entities?.facts?.slice(0, 2).map((fact) => fact.title)).toEqual(["Total", "The <one> & only USMF"]);
  expect(entities?.facts?.[1]?.value).toContain("not processed 7 · DOES NOT BALANCE");
  expect(rest?.text).toBe("41 more are in the report.");
});

test("blocks for Slack, with what it would take for markup escaped, in its limits", () => {
  const long = many.map((counts) => ({ ...counts, entity: counts.entity.padEnd(200, "x") }));
  for (const entities of [many, long]) {
    const message = JSON.parse(
      notificationBody(notificationContent(outcomeWithRejections(entities)), "slack"),
    ) as {
      text: string;
      blocks: { type: string; text?: { text: string } }[];
    };
    expect(message.text).toBe("contoso into prod: finished, 10 records rejected");
    expect(message.blocks.map(({ type }) => type)).toEqual(["header", "section", "section", "context"]);
    for (const { text } of message.blocks) expect(text?.text.length ?? 0).toBeLessThanOrEqual(3000);
  }
  const body = notificationBody(notificationContent(outcomeWithRejections(many)), "slack");
  expect(body).toContain("The &lt;one&gt; &amp; only");
});
