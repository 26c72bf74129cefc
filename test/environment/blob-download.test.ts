import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { BlobStore, isBlobGone } from "../../src/environment/blob-store.ts";
import type { CallRecord } from "../../src/environment/call-record.ts";
import { failureOf } from "./failure.ts";
import { quickRetry } from "./quick-retry.ts";
import { hangUp, reply, scriptedServer, type Reply, type ScriptedServer } from "./scripted-server.ts";

const content = "0123456789";
let folder = "";

beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "dmfpipe-download-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Announces all of the content from an offset on, sends some of it, and breaks the connection off. */
function breaksOff(status: number, from: number, to: number, headers: Record<string, string>): Reply {
  return (response) => {
    response.writeHead(status, { "content-length": String(content.length - from), ...headers });
    response.write(content.slice(from, to), () => response.destroy());
  };
}

async function download(...replies: readonly Reply[]): Promise<{
  readonly server: ScriptedServer;
  readonly calls: readonly CallRecord[];
  readonly run: () => Promise<string>;
}> {
  const server = await scriptedServer(...replies);
  const host = `127.0.0.1:${server.port}`;
  const calls: CallRecord[] = [];
  const store = new BlobStore({
    environment: "uat",
    blobHosts: [host],
    retry: quickRetry,
    onCall: (call) => calls.push(call),
  });
  const target = path.join(folder, `file-${server.port}`);
  const run = async (): Promise<string> => {
    const file = await store.download(`http://${host}/dmf/x?sig=secret`, target);
    return readFileSync(file.path, "utf8");
  };
  return { server, calls, run };
}

test("a connection that breaks off is taken up where it ended, as long as it is the same blob", async () => {
  const etag = { etag: '"1"' };
  const { server, calls, run } = await download(
    breaksOff(200, 0, 4, etag),
    breaksOff(206, 4, 6, etag),
    reply(206, content.slice(6), etag),
  );
  expect(await run()).toBe(content);
  expect(server.received.map(({ headers }) => [headers.range, headers["if-match"]])).toEqual([
    [undefined, undefined],
    ["bytes=4-", '"1"'],
    ["bytes=6-", '"1"'],
  ]);
  expect(calls.map(({ purpose, status }) => [purpose, status])).toEqual([
    ["Downloading", 200],
    ["Downloading", 206],
    ["Downloading", 206],
  ]);
});

test.each<[string, Reply[], number]>([
  ["another blob is there now", [breaksOff(200, 0, 4, { etag: '"1"' }), reply(412)], 2],
  ["nobody can tell whether it is the same", [breaksOff(200, 0, 4, {})], 1],
  [
    "it is sent from its start again",
    [breaksOff(200, 0, 4, { etag: '"1"' }), reply(200, content, { etag: '"1"' })],
    2,
  ],
  ["no answer comes any more", [breaksOff(200, 0, 4, { etag: '"1"' }), hangUp], 2],
  ["it breaks off again and again", [breaksOff(200, 0, 4, { etag: '"1"' }), breaksOff(206, 4, 4, {})], 4],
])("a download is given up, and leaves nothing behind, when %s", async (_what, replies, requests) => {
  const { server, run } = await download(...replies);
  const error = await failureOf(run());
  expect(error.code).toBe("DMFP-BLOB-REFUSED");
  expect(error.message).not.toContain("secret");
  expect(server.received).toHaveLength(requests);
  expect(readdirSync(folder).filter((name) => name.includes(`file-${server.port}`))).toEqual([]);
});

test("what the store says is told, and that a blob is gone", async () => {
  const words =
    "<?xml version='1.0'?><Error><Code>BlobNotFound</Code><Message>The specified blob does not exist.</Message></Error>";
  const { calls, run } = await download(reply(404, words, { "x-ms-request-id": "r1" }));
  const error = await failureOf(run());
  expect(error.message).toBe("Downloading: HTTP 404 The specified blob does not exist.");
  expect(isBlobGone(error)).toBe(true);
  expect(calls).toMatchObject([{ status: 404, requestIds: { "x-ms-request-id": "r1" } }]);
});
