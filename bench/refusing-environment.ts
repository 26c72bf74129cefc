import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { once } from "node:events";

/** An environment that has executed packages of vendors and refused every nth of all records. */
export interface RefusingEnvironment {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Answers what is asked after an execution: the token, the counts, the target error keys and the messages, as F&O
 * leaves them, with quotes unescaped. An execution id is `<number of its first record>-<records>`, and records are
 * numbered by their account. Answers are written as streams, however large.
 */
export async function refusingEnvironment(everyNth: number): Promise<RefusingEnvironment> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const path = decodeURIComponent(request.url ?? "");
      void answer(path, Buffer.concat(chunks).toString("utf8"), {
        response,
        everyNth,
        host: request.headers.host ?? "",
      });
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

interface Asked {
  readonly response: ServerResponse;
  readonly everyNth: number;
  readonly host: string;
}

async function answer(path: string, body: string, { response, everyNth, host }: Asked): Promise<void> {
  const value = (content: unknown): void => {
    response.end(JSON.stringify({ value: content }));
  };
  const asked = /(\d+)-(\d+)/.exec(path.includes("openid") ? "" : path + body);
  const first = Number(asked?.[1] ?? 0);
  const last = first + Number(asked?.[2] ?? 0) - 1;
  const refused = Math.floor(last / everyNth) - Math.floor((first - 1) / everyNth);
  if (path.endsWith("openid-configuration")) {
    const base = `http://${host}/bench`;
    const names = ["authorization", "token"].map((name) => [
      `${name}_endpoint`,
      `${base}/oauth2/v2.0/${name}`,
    ]);
    response.end(
      JSON.stringify({ issuer: `${base}/v2.0`, jwks_uri: `${base}/keys`, ...Object.fromEntries(names) }),
    );
  } else if (path.includes("/token")) {
    response.end(JSON.stringify({ access_token: "t", expires_in: 3600, token_type: "Bearer" }));
  } else if (path.includes("JobDetails")) {
    const created = last - first + 1 - refused;
    const counts = { StagingRecordsCreatedCount: last - first + 1, TargetRecordsCreatedCount: created };
    value([
      {
        JobId: `${first}-${last - first + 1}`,
        EntityName: "Vendors V2",
        TargetRecordsUpdatedCount: 0,
        ...counts,
      },
    ]);
  } else if (path.endsWith("GetImportStagingErrorFileUrl")) value("");
  else if (path.endsWith("GenerateImportTargetErrorKeysFile")) value(refused > 0);
  else if (path.endsWith("GetImportTargetErrorKeysFileUrl"))
    value(`http://${host}/keys/${first}-${last - first + 1}`);
  else if (path.endsWith("GetExecutionErrors")) {
    await written(
      response,
      ['{"value":"[', (number, index) => JSON.stringify(message(number, index)).slice(1, -1), ']"}'],
      {
        first,
        last,
        everyNth,
      },
    );
  } else {
    // What the SDK of the blob store demands of an answer.
    response.setHeader("etag", "1");
    response.setHeader("content-length", String(refused * account(1).length + refused * 2));
    await written(response, ["", (number) => `${account(number)}\r\n`, ""], { first, last, everyNth });
  }
}

function message(number: number, index: number): string {
  const text = `The value 'G${number % 7}' in field "Group" is not found in the related table 'Vendor groups'\nValidations failed while writing entity record`;
  return `${index === 0 ? "" : ","}{"RecordId":"${account(number)} ","Field":"","ErrorMessage":"${text}"}`;
}

function account(number: number): string {
  return `V${String(number).padStart(9, "0")}`;
}

async function written(
  response: ServerResponse,
  [head, part, tail]: readonly [string, (number: number, index: number) => string, string],
  { first, last, everyNth }: { readonly first: number; readonly last: number; readonly everyNth: number },
): Promise<void> {
  let chunk = head;
  let index = 0;
  for (let number = Math.ceil(first / everyNth) * everyNth; number <= last; number += everyNth) {
    chunk += part(number, index++);
    if (chunk.length < 256 * 1024) continue;
    if (!response.write(chunk)) await once(response, "drain");
    chunk = "";
  }
  response.end(chunk + tail);
}
