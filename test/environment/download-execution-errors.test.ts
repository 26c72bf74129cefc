import { existsSync, mkdtempSync, readFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { connectionTo, environmentFor } from "./connection.ts";
import { failureOf } from "./failure.ts";
import { hangUp, reply, scriptedServer, type Reply } from "./scripted-server.ts";

const folder = mkdtempSync(path.join(os.tmpdir(), "dmfpipe-messages-"));
let files = 0;

async function downloaded(maxBytes: number, ...answers: readonly Reply[]) {
  const token = reply(200, { access_token: "t", expires_in: 3600, token_type: "Bearer" });
  const server = await scriptedServer(token, ...answers);
  const file = path.join(folder, String(files++));
  const { api } = environmentFor(connectionTo(server.url));
  return { file, done: api.downloadExecutionErrors("id", file, maxBytes) };
}

test("the messages go to a file, broken inside or not; a connection that breaks off is begun anew", async () => {
  const messages = `[${Array.from({ length: 5000 }, (_, index) => `{"RecordId":"${index}","Field":"","ErrorMessage":"say "hi""}`).join(",\n")}]`;
  const half: Reply = (response) => {
    response.writeHead(200, { "content-length": "1000000" });
    response.write('{"value":"[{', () => response.destroy());
  };
  const { file, done } = await downloaded(1e9, hangUp, half, reply(200, { value: messages }));
  await done;
  expect(readFileSync(file, "utf8")).toBe(messages);
});

test("an answer without content has no messages", async () => {
  const { file, done } = await downloaded(1e9, reply(204));
  await done;
  expect(readFileSync(file, "utf8")).toBe("");
});

test("an answer without a value does not pass for: nothing was rejected", async () => {
  const { file, done } = await downloaded(1e9, reply(200, { "@odata.context": "x" }));
  expect(await failureOf(done)).toMatchObject({
    code: "DMFP-HTTP-ANSWER",
    message: "GetExecutionErrors: the answer has no value.",
  });
  expect(existsSync(file)).toBe(false);
});

test("more than is allowed is refused, and it is said how to allow it", async () => {
  const { file, done } = await downloaded(100, reply(200, { value: "x".repeat(1000) }));
  expect(await failureOf(done)).toMatchObject({
    code: "DMFP-HTTP-ANSWER",
    next: "Raise limits.executionErrorsBytes in project.yaml, then type: dmfpipe resume",
  });
  expect([existsSync(file), existsSync(`${file}.partial`)]).toEqual([false, false]);
});
