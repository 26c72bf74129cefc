import { writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { DmfpipeError } from "../../src/errors/dmfpipe-error.ts";
import type { Fault } from "../../src/sandbox/fault-plan.ts";
import { failureOf } from "../environment/failure.ts";
import { groups, sendingTo, type Sending } from "./sending.ts";

const straight = ["built", "uploaded", "importing", "executing", "collecting"];
const onImport = "ImportFromPackage";

/** F&O has the package once, complete, under our id. */
async function expectLoadedOnce(sending: Sending): Promise<void> {
  expect(sending.pack()).toMatchObject({ state: "collecting", environmentStatus: "Succeeded" });
  const all = await sending.client.rows("/data/DataManagementExecutionJobDetails");
  expect(all).toMatchObject([{ JobId: sending.executionId, TargetRecordsCreatedCount: 2 }]);
}

test("when nothing goes wrong it is sent once, and the end is waited for", async () => {
  const sending = await sendingTo({ detailsNotFoundPolls: 4, targetDelayMs: 20 });
  await sending.send();
  await expectLoadedOnce(sending);
  expect(sending.states).toEqual(straight);
  expect(sending.imports()).toBe(1);
});

test("a package that is over is left alone", async () => {
  const sending = await sendingTo();
  await sending.send();
  await sending.send();
  expect(sending.states).toEqual(straight);
  expect(sending.imports()).toBe(1);
});

describe("the answer to the import is lost", () => {
  test("before F&O read the call: it is asked, waited for, and sent once more with the same id", async () => {
    const sending = await sendingTo({}, { faults: [{ on: onImport, drop: true }] });
    await sending.send();
    await expectLoadedOnce(sending);
    expect(sending.states).toEqual([
      ...straight.slice(0, 3),
      "in doubt",
      "importing",
      "executing",
      "collecting",
    ]);
    expect(sending.imports()).toBe(2);
  });

  test.each<[string, Fault]>([
    ["the connection breaks", { on: onImport, when: "after", drop: true }],
    ["HTTP 500", { on: onImport, when: "after", status: 500 }],
    [
      "HTTP 504 of a gateway",
      { on: onImport, when: "after", status: 504, body: "<html>", contentType: "text/html" },
    ],
    ["an empty answer 200", { on: onImport, when: "after", status: 200, body: "" }],
    [
      "a page with 200",
      { on: onImport, when: "after", status: 200, body: "<html>", contentType: "text/html" },
    ],
  ])("after it took it (%s): it is adopted and never sent again", async (_name, fault) => {
    // F&O knows the id late, as it does in the field.
    const sending = await sendingTo({ detailsNotFoundPolls: 3 }, { faults: [fault] });
    await sending.send();
    await expectLoadedOnce(sending);
    expect(sending.states).toEqual([...straight.slice(0, 3), "in doubt", "executing", "collecting"]);
    expect(sending.imports()).toBe(1);
  });

  test("and F&O would not say anything about it for longer than we wait: its job details know", async () => {
    const sending = await sendingTo(
      { detailsNotFoundPolls: 400 },
      { faults: [{ on: onImport, when: "after", drop: true }] },
    );
    await sending.send({ settings: { longestPollMs: 1 } });
    await expectLoadedOnce(sending);
    expect(sending.imports()).toBe(1);
  });

  test("again and again: after as many attempts as are allowed a person must look", async () => {
    const sending = await sendingTo({}, { faults: [{ on: onImport, times: 1000, drop: true }] });
    const error = await failureOf(sending.send());
    expect(error.code).toBe("DMFP-IN-DOUBT");
    expect(error.message).toContain("it was sent 3 times, and F&O does not know it");
    expect(sending.pack().state).toBe("in doubt");
    expect(sending.imports()).toBe(3);
  });

  test("and F&O cannot be asked: the run stops in doubt, and goes on when it can", async () => {
    const sending = await sendingTo(
      {},
      {
        faults: [
          { on: onImport, when: "after", drop: true },
          { on: "GetExecutionSummaryStatus", times: 3, status: 503 },
        ],
      },
    );
    const error = await failureOf(sending.send());
    expect(error.code).toBe("DMFP-IN-DOUBT");
    expect(error.message).toContain("it could not be asked: Asking for the status: HTTP 503");
    expect(sending.pack().state).toBe("in doubt");
    await sending.send();
    await expectLoadedOnce(sending);
    expect(sending.imports()).toBe(1);
  });

  test("and a gateway says 404 to the question: that is no word of F&O, so nothing is sent", async () => {
    const sending = await sendingTo(
      {},
      {
        faults: [
          { on: onImport, when: "after", drop: true },
          { on: "GetExecutionSummaryStatus", times: 1000, status: 404, body: "404 Not Found" },
        ],
      },
    );
    expect((await failureOf(sending.send())).code).toBe("DMFP-IN-DOUBT");
    expect(sending.imports()).toBe(1);
  });

  test("with onInDoubt: stop nobody is asked before a person says resume", async () => {
    const sending = await sendingTo({}, { faults: [{ on: onImport, when: "after", drop: true }] });
    const error = await failureOf(sending.send({ onInDoubt: "stop" }));
    expect(error.code).toBe("DMFP-IN-DOUBT");
    expect(sending.states).toEqual([...straight.slice(0, 3), "in doubt"]);
    await sending.send({ onInDoubt: "stop" });
    await expectLoadedOnce(sending);
    expect(sending.imports()).toBe(1);
  });

  test("an interruption while F&O holds the answer back leaves a doubt, and no second import", async () => {
    const sending = await sendingTo({ importHoldMs: 2_000 });
    const interruption = new AbortController();
    const interrupted = failureOf(sending.send({ signal: interruption.signal }));
    while ((await sending.client.details(sending.executionId)).length === 0);
    interruption.abort();
    expect((await interrupted).code).toBe("DMFP-INTERRUPTED");
    expect(sending.pack().state).toBe("in doubt");
    await sending.send();
    await expectLoadedOnce(sending);
    expect(sending.imports()).toBe(1);
  });
});

describe("F&O answers with a refusal", () => {
  test("that it knows the execution id: an earlier call of ours was taken, and is adopted", async () => {
    const sending = await sendingTo();
    const { content, executionId: id, client } = sending;
    await client.load(content, { executionId: id, definitionGroupId: sending.pack().dataProject });
    await sending.send();
    await expectLoadedOnce(sending);
    expect(sending.states).toEqual(straight);
    expect(sending.imports()).toBe(2);
  });

  const busy = (text: string): Fault => ({
    on: onImport,
    status: 400,
    body: JSON.stringify({ error: { message: "An error", innererror: { message: text } } }),
  });

  test.each([
    [
      "Cannot delete a record in Source (DMFDefinitionGroupEntityXMLFields). Deadlock, where one or more users …",
      "ask",
    ],
    ["BOX API can't be used from non-interactive sessions", "ask"],
    ["Cannot edit a record in Entities for a processing group. The record has never been selected.", "stop"],
  ] as const)("because of another import (%s): it is tried again, onInDoubt: %s", async (text, onInDoubt) => {
    const sending = await sendingTo({}, { faults: [busy(text)] });
    await sending.send({ onInDoubt });
    await expectLoadedOnce(sending);
    expect(sending.imports()).toBe(2);
  });

  test("because of another import, for ever: the package failed, with F&O's words", async () => {
    const sending = await sendingTo({}, { faults: [{ ...busy("Deadlock, again"), times: 1000 }] });
    expect(await sending.send()).toMatchObject({ state: "failed", message: "Deadlock, again" });
    expect(sending.imports()).toBe(3);
  });

  test("for good: the package failed and is not tried again", async () => {
    const sending = await sendingTo({}, { entity: { ...groups, label: "Vendor troops" } });
    const failed = await sending.send();
    expect(failed).toMatchObject({ state: "failed", parts: [{ unprocessed: 2, created: 0 }] });
    expect(failed.message).toContain("Entity Vendor troops does not exist in the target environment");
    expect(sending.imports()).toBe(1);
  });

  test("because the address of the package ran out: it is uploaded anew", async () => {
    const text = "The remote server returned an error: (403) Server failed to authenticate the request.";
    const sending = await sendingTo({}, { faults: [busy(text)] });
    await sending.send();
    await expectLoadedOnce(sending);
    expect(sending.states).toEqual([...straight.slice(0, 3), "uploaded", ...straight]);
  });

  test("of the token, the role or the throttle: nothing was sent, and resume begins with the upload", async () => {
    for (const [fault, code] of [
      [{ on: onImport, times: 2, status: 401 }, "DMFP-AUTH-NOT-REGISTERED"],
      [{ on: onImport, status: 403 }, "DMFP-AUTH-ROLE"],
      [{ on: onImport, times: 3, status: 429, retryAfter: "0" }, "DMFP-HTTP-TEMPORARY"],
    ] as const) {
      const sending = await sendingTo({}, { faults: [fault] });
      expect((await failureOf(sending.send())).code).toBe(code);
      expect(sending.pack().state).toBe("uploaded");
      await sending.send();
      await expectLoadedOnce(sending);
      expect(sending.states).toEqual([...straight.slice(0, 3), "uploaded", ...straight]);
    }
  });
});

test("an acceptance under another id than ours is an acceptance: that id is asked for from then on", async () => {
  const sending = await sendingTo(
    {},
    { faults: [{ on: onImport, nth: 2, status: 200, body: '{"value":"own-id"}' }] },
  );
  await sending.client.load(sending.content, { executionId: "own-id" });
  const sent = await sending.send();
  expect(sent).toMatchObject({ state: "collecting", executionId: "own-id", environmentStatus: "Succeeded" });
  expect(sending.imports()).toBe(2);
});

describe("waiting for the end", () => {
  test("has a deadline, which is not the end of the import; resume goes on waiting", async () => {
    const sending = await sendingTo({ targetDelayMs: 300 });
    const error = await failureOf(sending.send({ settings: { importDeadlineMs: 1 } }));
    expect(error.code).toBe("DMFP-POLL-DEADLINE");
    expect(error.message).toMatch(/was still (not known|Executing) in F&O when the deadline came/);
    expect(sending.pack().state).toBe("executing");
    await sending.send();
    await expectLoadedOnce(sending);
    expect(sending.imports()).toBe(1);
  });

  test("survives a status that nobody documents, and failures that pass", async () => {
    const on = "GetExecutionSummaryStatus";
    const sending = await sendingTo(
      {},
      {
        faults: [
          { on, status: 200, body: '{"value":"Reticulating"}' },
          { on, nth: 2, status: 503 },
          { on, nth: 3, drop: true },
          { on, nth: 5, status: 401 },
        ],
      },
    );
    await sending.send();
    await expectLoadedOnce(sending);
  });

  test("a role that is taken away meanwhile stops it where it is", async () => {
    const sending = await sendingTo({}, { faults: [{ on: "GetExecutionSummaryStatus", status: 403 }] });
    expect((await failureOf(sending.send())).code).toBe("DMFP-AUTH-ROLE");
    expect(sending.pack().state).toBe("executing");
    await sending.send();
    await expectLoadedOnce(sending);
    expect(sending.imports()).toBe(1);
  });
});

describe("the upload", () => {
  test("to an address on a host that is not allowed does not happen", async () => {
    const wrong = JSON.stringify({ BlobId: "{1}", BlobUrl: "http://127.0.0.1:9/dmf/x?sig=a" });
    const sending = await sendingTo(
      {},
      { faults: [{ on: "GetAzureWriteUrl", status: 200, body: JSON.stringify({ value: wrong }) }] },
    );
    expect((await failureOf(sending.send())).code).toBe("DMFP-BLOB-HOST");
    expect(sending.pack().state).toBe("built");
    await sending.send();
    await expectLoadedOnce(sending);
  });

  test("is tried again with a new address when the first has run out", async () => {
    const sending = await sendingTo({}, { faults: [{ on: "GetAzureWriteUrl", urlLifetimeSeconds: 0 }] });
    await sending.send();
    await expectLoadedOnce(sending);
    expect(sending.states).toEqual(straight);
  });

  test("with addresses that have always run out is given up, and can be resumed", async () => {
    const sending = await sendingTo({ writeUrlLifetimeSeconds: -60 });
    const error = await failureOf(sending.send());
    expect(error.code).toBe("DMFP-BLOB-REFUSED");
    expect(sending.pack().state).toBe("built");
    expect(sending.imports()).toBe(0);
  });

  test("of a package that was changed since it was built does not happen", async () => {
    const sending = await sendingTo();
    writeFileSync(sending.zip, "something else");
    expect((await failureOf(sending.send())).code).toBe("DMFP-RUN-FILE");
    expect(sending.pack().state).toBe("built");
    expect(sending.imports()).toBe(0);
  });
});

describe("a process that ends right after a step was recorded: another one goes on, and F&O gets it once", () => {
  const lost: Fault = { on: onImport, when: "after", drop: true };

  test.each([
    ["uploaded", []],
    ["importing", []],
    ["executing", []],
    ["collecting", []],
    ["in doubt", [lost]],
  ])("%s", async (state, faults) => {
    const sending = await sendingTo({ detailsNotFoundPolls: 2 }, { faults });
    const end = new DmfpipeError("DMFP-FILE-WRITE", "the end of this process");
    const killed = sending.send({
      onMove: (pack) => {
        if (pack.state === state) throw end;
      },
    });
    expect(await failureOf(killed)).toBe(end);
    expect(sending.pack().state).toBe(state);
    await sending.send();
    await expectLoadedOnce(sending);
    expect(sending.imports()).toBe(1);
  });
});
