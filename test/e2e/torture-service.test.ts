import { readFileSync } from "node:fs";
import path from "node:path";
import { isDeepStrictEqual } from "node:util";
import { expect, test } from "vitest";
import type { Fault } from "../../src/sandbox/fault-plan.ts";
import { buildPackage } from "../sandbox/package-builder.ts";
import { latestRun, start, summaryOf, type Finished } from "./command-line.ts";
import { expectUndisturbed, packageCount, tortured, type Remains, type Scene } from "./torture-scene.ts";

/**
 * F&O misbehaves while a whole load runs. Either the load ends as one that nobody disturbed, or it stops with the right
 * exit code, and `resume` brings it there.
 */
const { scene, undisturbed } = tortured();

const on = "GetExecutionSummaryStatus";
const page = { status: 200, body: "<html>We will be right back</html>", contentType: "text/html" };
const notFound = JSON.stringify({
  error: {
    message: "An error has occurred.",
    innererror: { message: "Execution details were not found for execution id: x" },
  },
});

/** Loads while these faults are planned; expects the exit code, and that nothing shows of it in the end. */
async function expectStood(
  code: number,
  ...faults: readonly Fault[]
): Promise<{ here: Scene; load: Finished }> {
  const here = await scene();
  await here.plan(...faults);
  const load = await here.run("load");
  expect(load.code, load.stderr).toBe(code);
  for (const fault of faults) {
    const hit = here.fired().some((fired) => isDeepStrictEqual(fired.fault, fault));
    expect(hit, JSON.stringify(fault)).toBe(true);
  }
  if (code === 4) expect(await here.remains()).toEqual(undisturbed());
  else {
    await here.plan();
    await expectUndisturbed(here, undisturbed());
  }
  return { here, load };
}

test("a rough night: throttled in every form, failures before and after the effect, cut answers, tokens that end", async () => {
  const { here } = await expectStood(
    4,
    { on: "GetAzureWriteUrl", nth: 1, status: 429, retryAfter: "1" },
    { on: "GetAzureWriteUrl", nth: 2, status: 429, retryAfter: new Date(0).toUTCString() },
    { on: "GetAzureWriteUrl", nth: 3, status: 429 },
    { on, nth: 1, status: 400, body: notFound },
    { on, nth: 2, status: 503, retryAfter: "0" },
    { on, nth: 3, drop: true },
    { on, nth: 4, revokeToken: true },
    { on, nth: 5, value: "Resting" },
    { on, nth: 6, cutBodyAfterBytes: 20 },
    { on: "ImportFromPackage", nth: 1, status: 429, retryAfter: "0" },
    { on: "ImportFromPackage", nth: 3, when: "after", status: 502 },
    { on: "GetExecutionErrors", status: 504, when: "after" },
  );
  expect(here.imports()).toBe(packageCount);
});

test.each<[string, Fault]>([
  [
    "the connection is dropped after acceptance",
    { on: "ImportFromPackage", nth: 2, when: "after", drop: true },
  ],
  ["HTTP 500 before the effect", { on: "ImportFromPackage", nth: 2, status: 500 }],
  ["an HTML page with 200", { on: "ImportFromPackage", nth: 2, when: "after", ...page }],
])("%s: the import is asked for, and taken once", async (_name, fault) => {
  const { here } = await expectStood(4, fault);
  expect(here.imports()).toBe(packageCount);
});

test.each<[string, Fault, number]>([
  ["an HTML page with 200 instead of a status", { on, nth: 2, ...page }, 5],
  ["an empty 200 instead of an address", { on: "GetAzureWriteUrl", status: 200, body: "" }, 5],
  ["the role is removed mid-run", { on, nth: 2, times: "always", status: 403 }, 6],
  [
    "the registration is removed: 401 for good",
    { on: "ImportFromPackage", nth: 2, times: "always", status: 401 },
    6,
  ],
  ["the counts cannot be had", { on: "odata", times: "always", status: 403 }, 6],
])("%s: the run stops, says why, and goes on with resume", async (_name, fault, code) => {
  const { load } = await expectStood(code, fault);
  expect(load.stderr.trim().split("\n").at(-1)).toMatch(/dmfpipe (resume|status)/);
});

test("Retry-After of an hour is waited for, not cut short; SIGTERM ends the wait", async () => {
  const here = await scene({ graceSeconds: 1 });
  await here.plan({ on: "GetAzureWriteUrl", nth: 2, times: "always", status: 429, retryAfter: "3600" });
  const load = start(here.root, ["load"], { variables: here.variables });
  await load.said("001-vendor-groups");
  while (!here.fired().some(({ fault }) => fault.status === 429))
    await here.client.rows("/data/VendorGroups");
  load.process.kill("SIGTERM");
  const { code, stderr } = await load.finished;
  expect(code, stderr).toBe(8);
  expect(here.fired().filter(({ fault }) => fault.status === 429)).toHaveLength(1);
  await here.plan();
  await expectUndisturbed(here, undisturbed());
});

test("a poll that never ends: the deadline says still running, never failed", async () => {
  const here = await scene({ importMinutes: 0.03 });
  await here.plan({ on: "ImportFromPackage", nth: 2, stuck: true });
  const load = await here.run("load");
  expect(load.code, load.stderr).toBe(8);
  const running = summaryOf(latestRun(here.root)).packages.find(({ status }) => status === "executing");
  expect(running).toBeDefined();
  await fetch(`${new URL(here.client.sandbox.url).origin}/__sandbox/stuck/${running?.executionId ?? ""}`, {
    method: "DELETE",
  });
  await here.plan();
  await expectUndisturbed(here, undisturbed());
});

test("Succeeded, and then Executing again: only the end counts", async () => {
  const here = await scene();
  await here.plan({ on: "ImportFromPackage", nth: 1, stuck: true }, { on, nth: 2, value: "Succeeded" });
  const load = start(here.root, ["load"], { variables: here.variables });
  while (!here.fired().some(({ fault }) => fault.value === "Succeeded"))
    await here.client.rows("/data/VendorGroups");
  const stuck = (await (await fetch(`${here.client.sandbox.url}/__sandbox/stuck`)).json()) as {
    stuck: string[];
  };
  for (const id of stuck.stuck) {
    await fetch(`${here.client.sandbox.url}/__sandbox/stuck/${id}`, { method: "DELETE" });
  }
  const { code, stderr } = await load.finished;
  expect(code, stderr).toBe(4);
  expect(await here.remains()).toEqual(undisturbed());
});

test("addresses of error files that have run out are asked for again", async () => {
  await expectStood(
    4,
    { on: "GetImportStagingErrorFileUrl", urlLifetimeSeconds: 0 },
    { on: "GetImportTargetErrorKeysFileUrl", nth: 2, urlLifetimeSeconds: 0 },
  );
});

test("an error file that is not there (404): the run ends all the same, and says what is not known", async () => {
  const here = await scene();
  const answer = await here.client.action("GetAzureWriteUrl", { uniqueFileName: `${here.company}-nothing` });
  const { value } = JSON.parse(answer.text) as { value: string };
  const { BlobUrl: nowhere } = JSON.parse(value) as { BlobUrl: string };
  await here.plan({ on: "GetImportTargetErrorKeysFileUrl", times: "always", value: nowhere });
  const load = await here.run("load");
  // The messages name the refused records, so nothing is missing but the file.
  expect(load.code, load.stderr).toBe(4);
  const run = latestRun(here.root);
  expect(summaryOf(run).rejections.unattributed).toBe(2);
  expect(readFileSync(path.join(run, "report.html"), "utf8")).toContain(
    "F&amp;O named a file of refused records that is not there",
  );
});

test("Failed and PartiallySucceeded without a word: every record is accounted for, none is called loaded", async () => {
  for (const value of ["Failed", "PartiallySucceeded"]) {
    const here = await scene();
    await here.plan(
      { on, times: "always", value },
      { on: "GetExecutionErrors", times: "always", value: "[]" },
      { on: "GetImportStagingErrorFileUrl", times: "always", value: "" },
      { on: "GenerateImportTargetErrorKeysFile", times: "always", status: 200, body: '{"value":false}' },
    );
    const load = await here.run("load");
    const { entities } = summaryOf(latestRun(here.root));
    for (const entity of entities) {
      const { packaged, rejectedStaging, created, updated, rejectedTarget, unprocessed } = entity;
      const told = rejectedStaging + created + updated + rejectedTarget + unprocessed;
      // What F&O does not explain is a gap, and a gap is red.
      expect(told === packaged || load.code === 11, JSON.stringify(entity)).toBe(true);
    }
    expect(entities.reduce((sum, { created }) => sum + created, 0)).toBe(created(undisturbed()));
    expect([4, 6, 11]).toContain(load.code);
  }
});

function created({ summary }: Remains): number {
  const { entities } = summary as { entities: readonly { created: number }[] };
  return entities.reduce((sum, entity) => sum + entity.created, 0);
}

test("the same execution id, used by someone else: it is not taken for ours in silence", async () => {
  const here = await scene();
  await here.plan({ on: "ImportFromPackage", nth: 2, status: 403 });
  expect((await here.run("load")).code).toBe(6);
  const ours = summaryOf(latestRun(here.root)).packages.find(({ status }) => status !== "done");
  const content = await buildPackage({
    label: "Vendor groups",
    file: "Vendor groups.csv",
    rows: [["VENDORGROUPID"], ["FOREIGN"]],
  });
  await here.client.load(content, {
    executionId: ours?.executionId ?? "",
    definitionGroupId: "Foreign",
    legalEntityId: "USMF",
  });
  await here.plan({
    on: "ImportFromPackage",
    status: 400,
    body: JSON.stringify({
      error: {
        message: "An error has occurred.",
        innererror: { message: `The execution id ${ours?.executionId ?? ""} already exists.` },
      },
    }),
  });
  const resumed = await here.run("resume");
  expect(resumed.code, resumed.stderr).toBe(7);
  expect(resumed.stderr).toContain("of data project Foreign");
});
