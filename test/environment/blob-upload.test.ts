import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import os from "node:os";
import path from "node:path";
import { BlockBlobClient } from "@azure/storage-blob";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BlobStore, type BlobStoreOptions, type UploadOptions } from "../../src/environment/blob-store.ts";
import { blockBytesFor, mostBlocks, readBlocks } from "../../src/environment/upload-block.ts";
import { systemClock } from "../../src/errors/clock.ts";
import { BlobStore as Container } from "../../src/sandbox/blob-store.ts";
import { sharedAzurite } from "../sandbox/shared-azurite.ts";
import { failureOf } from "./failure.ts";
import { quickRetry } from "./quick-retry.ts";
import { cuttingProxy, relayTo, through, type OwnAnswer } from "./store-relay.ts";

const blockBytes = 4 * 1024 * 1024;
/** Two whole blocks and a piece. */
const content = randomBytes(2 * blockBytes + 1000);
/** More blocks than are on their way at once: of such a file the store is asked what it holds. */
const large = randomBytes(5 * blockBytes + 1000);

let folder = "";
let container: Container;
let blobs = 0;
let file = "";

beforeAll(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), "dmfpipe-upload-"));
  container = await Container.open(sharedAzurite(), "uploads", systemClock);
  file = path.join(folder, "content");
  writeFileSync(file, content);
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function store(host: string, options: Partial<BlobStoreOptions> = {}): BlobStore {
  return new BlobStore({ environment: "uat", blobHosts: [host], retry: quickRetry, ...options });
}

function newBlob(): { write: string; read: string; expired: string } {
  const name = `blob-${blobs++}.zip`;
  const url = (permissions: "rw" | "r", lifetimeSeconds: number): string =>
    container.urlFor(name, { permissions, startsSecondsAgo: 300, lifetimeSeconds });
  return { write: url("rw", 600), read: url("r", 600), expired: url("rw", -60) };
}

async function expectThere(url: string, expected = content): Promise<void> {
  const answer = await fetch(url);
  expect(answer.status).toBe(200);
  expect(Buffer.from(await answer.arrayBuffer()).equals(expected)).toBe(true);
}

/** What a request is for, by method and query. */
function kindOf({ method, url = "" }: IncomingMessage): string {
  const comp = new URLSearchParams(url.split("?")[1]).get("comp");
  return comp === null ? String(method) : `${String(method)} ${comp}`;
}

const refusal = (status: number, code: string): OwnAnswer => ({
  status,
  headers: { "content-type": "application/xml", "x-ms-error-code": code },
  body: `<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code><Message>no</Message></Error>`,
});

/** Uploads through a relay that answers requests as told, and returns the kinds of all requests. */
async function uploadThrough(
  url: string,
  answer: (kind: string, nth: number, request: IncomingMessage) => OwnAnswer | undefined,
  options: UploadOptions & { loses?: string; from?: string } = {},
): Promise<string[]> {
  const kinds: string[] = [];
  const seen = new Map<string, number>();
  const host = await relayTo(
    container.host,
    (request, body) => {
      const kind = kindOf(request);
      kinds.push(kind);
      const nth = (seen.get(kind) ?? 0) + 1;
      seen.set(kind, nth);
      return answer(kind, nth, request) ?? body;
    },
    (request) => kindOf(request) === options.loses && seen.get(options.loses) === 1,
  );
  await store(host).upload(options.from ?? file, () => Promise.resolve(through(host, url)), options);
  return kinds;
}

describe("connection cut", () => {
  test.each([0, 1, 500, blockBytes - 1, blockBytes, blockBytes + 1, 2 * blockBytes, content.length])(
    "after %i bytes: it goes on, and what is there is what was sent",
    async (bytes) => {
      const { write, read } = newBlob();
      const proxy = await cuttingProxy(container.host, [bytes]);
      await store(proxy.host).upload(file, through(proxy.host, write));
      await expectThere(read);
      expect(proxy.cuts()).toBe(1);
      // Blocks that had arrived were not sent again: at most those that were under way.
      expect(proxy.passedBytes()).toBeLessThan(2 * content.length + 50_000);
    },
  );

  test("at the last byte of everything that is sent", async () => {
    const whole = newBlob();
    const counting = await cuttingProxy(container.host, []);
    await store(counting.host).upload(file, through(counting.host, whole.write));
    const { write, read } = newBlob();
    const proxy = await cuttingProxy(container.host, [counting.passedBytes() - 1]);
    await store(proxy.host).upload(file, through(proxy.host, write));
    await expectThere(read);
  });

  test("again and again", async () => {
    const { write, read } = newBlob();
    const cuts = Array.from({ length: 6 }, (_, index) => (index + 1) * 1_700_000);
    const proxy = await cuttingProxy(container.host, cuts);
    const options = { addresses: 6 };
    await store(proxy.host).upload(file, () => Promise.resolve(through(proxy.host, write)), options);
    await expectThere(read);
    expect(proxy.cuts()).toBe(cuts.length);
  });
});

describe("resumes at the block", () => {
  test("after an earlier process: what the store holds already is not sent again", async () => {
    const { write, read } = newBlob();
    const from = path.join(folder, "large");
    writeFileSync(from, large);
    await stageFirstBlocks(write, 5, from);
    const kinds = await uploadThrough(write, () => undefined, { from });
    await expectThere(read, large);
    expect(kinds).toEqual(["GET blocklist", "PUT block", "PUT blocklist", "HEAD"]);
  });

  test("of another content, which is not mistaken for ours", async () => {
    const { write, read } = newBlob();
    const [ours, other] = [path.join(folder, "ours"), path.join(folder, "other")];
    writeFileSync(ours, large);
    writeFileSync(other, randomBytes(large.length));
    await stageFirstBlocks(write, 2, other);
    const kinds = await uploadThrough(write, () => undefined, { from: ours });
    await expectThere(read, large);
    expect(kinds.filter((kind) => kind === "PUT block")).toHaveLength(6);
  });

  test("with a new address when the SAS expired between two blocks", async () => {
    const { write, read } = newBlob();
    let expired = 0;
    const kinds = await uploadThrough(
      write,
      (kind, nth) => {
        if (kind !== "PUT block" || nth < 3 || nth > 4) return undefined;
        expired++;
        return refusal(403, "AuthenticationFailed");
      },
      { addresses: 3 },
    );
    await expectThere(read);
    expect(expired).toBe(2);
    expect(kinds.filter((kind) => kind === "PUT block")).toHaveLength(5);
  });

  test("of what this process sent, where the address is for writing only", async () => {
    const { write, read } = newBlob();
    const kinds = await uploadThrough(
      write,
      (kind, nth) => {
        if (kind.startsWith("GET") || kind === "HEAD") return refusal(403, "AuthorizationPermissionMismatch");
        return kind === "PUT block" && nth === 3 ? refusal(403, "AuthenticationFailed") : undefined;
      },
      { addresses: 2 },
    );
    await expectThere(read);
    expect(kinds.filter((kind) => kind === "PUT block")).toHaveLength(4);
  });

  test("not of another blob, should F&O name another one", async () => {
    const first = newBlob();
    const second = newBlob();
    const addresses = [first.write, second.write];
    const host = await relayTo(container.host, (request, body) =>
      kindOf(request) === "PUT blocklist" && request.url?.includes("blob-") === true && addresses.length === 1
        ? refusal(403, "AuthenticationFailed")
        : body,
    );
    const used = await store(host).upload(
      file,
      () => Promise.resolve(through(host, addresses.shift() ?? second.write)),
      { addresses: 2 },
    );
    expect(used).toBe(through(host, second.write));
    await expectThere(second.read);
  });

  test("all over where the store lost the blocks", async () => {
    const { write, read } = newBlob();
    const kinds = await uploadThrough(
      write,
      (kind, nth) => (kind === "PUT blocklist" && nth === 1 ? refusal(400, "InvalidBlockList") : undefined),
      { addresses: 2 },
    );
    await expectThere(read);
    expect(kinds.filter((kind) => kind === "PUT blocklist")).toHaveLength(2);
  });
});

/** Leaves the first blocks of the file at the store, as a process that was killed does. */
async function stageFirstBlocks(url: string, count: number, from: string): Promise<void> {
  const client = new BlockBlobClient(url);
  const handle = await open(from);
  let left = count;
  for await (const { id, bytes } of readBlocks({ file: from, handle, blockBytes })) {
    if (left-- === 0) break;
    await client.stageBlock(id, bytes, bytes.length);
  }
  await handle.close();
}

describe("failures that pass", () => {
  test.each([429, 500, 503])("HTTP %i to a block: the block is sent again", async (status) => {
    const { write, read } = newBlob();
    const kinds = await uploadThrough(write, (kind, nth) =>
      kind === "PUT block" && nth === 2 ? refusal(status, "ServerBusy") : undefined,
    );
    await expectThere(read);
    expect(kinds.filter((kind) => kind === "PUT block")).toHaveLength(4);
  });

  test("a commit whose answer was lost", async () => {
    const { write, read } = newBlob();
    const kinds = await uploadThrough(write, () => undefined, { loses: "PUT blocklist" });
    await expectThere(read);
    expect(kinds.filter((kind) => kind === "PUT blocklist")).toHaveLength(2);
  });

  test("a byte flipped in flight is noticed by the store, and the block sent again", async () => {
    const { write, read } = newBlob();
    let flips = 1;
    const host = await relayTo(container.host, (request, body) => {
      if (kindOf(request) === "PUT block" && flips-- > 0) body.writeUInt8(body.readUInt8(99) ^ 1, 99);
      return body;
    });
    await store(host).upload(file, through(host, write));
    await expectThere(read);
  });

  test("a line that flips a byte of everything is given up, and nothing is there", async () => {
    const { write, read } = newBlob();
    const host = await relayTo(container.host, (_request, body) => {
      if (body.length > 99) body.writeUInt8(body.readUInt8(99) ^ 1, 99);
      return body;
    });
    const error = await failureOf(store(host).upload(file, through(host, write)));
    expect(error.code).toBe("DMFP-BLOB-REFUSED");
    expect((await fetch(read)).status).toBe(404);
  });
});

describe("verified", () => {
  test("a refused look at the blob means that it cannot be verified, not that it failed", async () => {
    for (const status of [401, 403, 405, 501]) {
      const { write, read } = newBlob();
      await uploadThrough(write, (kind) => (kind === "HEAD" ? { status } : undefined));
      await expectThere(read);
    }
  });

  test.each([
    ["another length", { "content-length": "17" }, "the store holds 17 bytes, 8389608 were sent"],
    [
      "another hash",
      { "content-length": String(content.length), "x-ms-meta-sha256": "e3b0c442" },
      "the store holds another content than was sent",
    ],
  ])("%s is not what was sent", async (_name, headers, words) => {
    const { write } = newBlob();
    const work = uploadThrough(write, (kind) => (kind === "HEAD" ? { status: 200, headers } : undefined));
    const error = await failureOf(work);
    expect([error.code, error.message]).toEqual(["DMFP-BLOB-REFUSED", `Checking the upload: ${words}.`]);
  });

  test("a blob that is not there after its commit is uploaded again", async () => {
    const { write, read } = newBlob();
    const kinds = await uploadThrough(
      write,
      (kind, nth) => (kind === "HEAD" && nth === 1 ? { status: 404 } : undefined),
      { addresses: 2 },
    );
    await expectThere(read);
    expect(kinds.filter((kind) => kind === "PUT blocklist")).toHaveLength(2);
  });
});

describe("a file of one block", () => {
  const small = content.subarray(0, 1000);
  let from = "";
  beforeAll(() => {
    from = path.join(folder, "small");
    writeFileSync(from, small);
  });

  test("goes in one request, whose answer says that it arrived", async () => {
    const { write, read } = newBlob();
    const progress: number[] = [];
    const kinds = await uploadThrough(write, () => undefined, {
      from,
      onProgress: (sent) => progress.push(sent),
    });
    await expectThere(read, small);
    expect([kinds, progress]).toEqual([["PUT"], [small.length]]);
  });

  test("is sent again when the failure is one that passes, or the answer was lost", async () => {
    const busy = newBlob();
    const refused = (_kind: string, nth: number): OwnAnswer | undefined =>
      nth < 3 ? refusal(503, "ServerBusy") : undefined;
    expect(await uploadThrough(busy.write, refused, { from })).toEqual(["PUT", "PUT", "PUT"]);
    await expectThere(busy.read, small);
    const lost = newBlob();
    expect(await uploadThrough(lost.write, () => undefined, { from, loses: "PUT" })).toEqual(["PUT", "PUT"]);
    await expectThere(lost.read, small);
  });

  test("is looked at where the answer does not say what arrived", async () => {
    const { write } = newBlob();
    const silent = await uploadThrough(
      write,
      (kind) => (kind === "PUT" ? { status: 201 } : { status: 200, headers: { "content-length": "1000" } }),
      { from },
    );
    expect(silent).toEqual(["PUT", "HEAD"]);
    for (const headers of [
      { "content-length": "999" },
      { "content-length": "1000", "x-ms-meta-sha256": "e3b0c442" },
    ]) {
      const wrong = uploadThrough(
        write,
        (kind) => (kind === "PUT" ? { status: 201 } : { status: 200, headers }),
        { from },
      );
      expect((await failureOf(wrong)).code).toBe("DMFP-BLOB-REFUSED");
    }
  });

  /** Sends a file over a line that flips a byte of the first bodies. */
  const overBadLine = async (from: string, flips: number) => {
    const { write, read } = newBlob();
    /** The MD5 each request names. */
    const named: unknown[] = [];
    const host = await relayTo(container.host, (request, body) => {
      named.push(request.headers["x-ms-blob-content-md5"]);
      if (flips-- > 0) body.writeUInt8(body.readUInt8(99) ^ 1, 99);
      return body;
    });
    return { work: store(host).upload(from, through(host, write)), read, named };
  };
  const md5Of = (bytes: Buffer): string => createHash("md5").update(bytes).digest("base64");

  test.each([
    ["small", small],
    ["a whole block", content.subarray(0, blockBytes)],
  ])("that became another on the way is sent again with its MD5: %s", async (name, bytes) => {
    const whole = path.join(folder, name);
    writeFileSync(whole, bytes);
    const { work, read, named } = await overBadLine(whole, 2);
    await work;
    await expectThere(read, bytes);
    expect(named).toEqual([undefined, md5Of(bytes), md5Of(bytes)]);
  });

  test("that becomes another every time is given up", async () => {
    const { work, named } = await overBadLine(from, Infinity);
    expect((await failureOf(work)).code).toBe("DMFP-BLOB-REFUSED");
    expect(named).toEqual([undefined, md5Of(small), md5Of(small)]);
  });

  test("of which the store says that another one arrived is sent to a new address", async () => {
    const first = newBlob();
    const second = newBlob();
    const addresses = [first.write, second.write];
    const other = { status: 201, headers: { "content-md5": md5Of(Buffer.alloc(0)) } };
    const host = await relayTo(container.host, (_request, body) => (addresses.length === 1 ? other : body));
    const address = (): Promise<string> => Promise.resolve(through(host, addresses.shift() ?? ""));
    const used = await store(host).upload(from, address, { addresses: 2 });
    expect(used).toBe(through(host, second.write));
    await expectThere(second.read, small);
  });

  test("goes without the version of the service where the store refuses that", async () => {
    const { write, read } = newBlob();
    const kinds = await uploadThrough(
      write,
      (_kind, _nth, { headers }) =>
        headers["x-ms-version"] === undefined ? undefined : refusal(400, "InvalidHeaderValue"),
      { from },
    );
    await expectThere(read, small);
    expect(kinds.slice(0, 2)).toEqual(["PUT", "PUT"]);
  });

  test("that is not the one that was built is not sent", async () => {
    const { write, read } = newBlob();
    const work = uploadThrough(write, () => undefined, { from, sha256: "0".repeat(64) });
    expect((await failureOf(work)).code).toBe("DMFP-RUN-FILE");
    expect((await fetch(read)).status).toBe(404);
  });
});

describe("one PUT", () => {
  test.each([
    [400, "InvalidQueryParameterValue"],
    [403, "AuthorizationPermissionMismatch"],
    [405, "UnsupportedHttpVerb"],
    [501, "NotImplemented"],
  ])("where the store takes no blocks (HTTP %i %s)", async (status, code) => {
    const { write, read } = newBlob();
    const requests: IncomingMessage[] = [];
    const progress: number[] = [];
    await uploadThrough(
      write,
      (kind, _nth, request) => {
        requests.push(request);
        return kind.includes("block") ? refusal(status, code) : undefined;
      },
      {
        sha256: createHash("sha256").update(content).digest("hex"),
        onProgress: (sentBytes) => progress.push(sentBytes),
      },
    );
    await expectThere(read);
    const put = requests.find((request) => kindOf(request) === "PUT");
    expect(put?.headers).toMatchObject({
      "x-ms-blob-type": "BlockBlob",
      "x-ms-blob-content-type": "application/zip",
      "content-length": String(content.length),
    });
    // Stores were met that refuse a version newer than the one of the address.
    expect(put?.headers["x-ms-version"]).toBeUndefined();
    expect(progress.at(-1)).toBe(content.length);
  });

  test("where every address is refused for blocks, the last one is tried with it", async () => {
    const { write, read } = newBlob();
    const kinds = await uploadThrough(
      write,
      (kind) => (kind === "PUT block" ? refusal(403, "AuthenticationFailed") : undefined),
      { addresses: 3 },
    );
    await expectThere(read);
    expect(kinds.filter((kind) => kind === "PUT")).toHaveLength(1);
  });

  test("of nothing", async () => {
    const empty = path.join(folder, "empty");
    writeFileSync(empty, "");
    const { write, read } = newBlob();
    await uploadThrough(write, (kind) => (kind.includes("block") ? refusal(400, "x") : undefined), {
      from: empty,
    });
    await expectThere(read, Buffer.alloc(0));
  });

  test("of a file that is not the one that was built does not happen", async () => {
    const { write, read } = newBlob();
    const work = uploadThrough(write, (kind) => (kind.includes("block") ? refusal(400, "x") : undefined), {
      sha256: "0".repeat(64),
    });
    expect((await failureOf(work)).code).toBe("DMFP-RUN-FILE");
    expect((await fetch(read)).status).toBe(404);
  });
});

describe("blocks", () => {
  test.each([
    [0, blockBytes],
    [blockBytes * mostBlocks, blockBytes],
    [blockBytes * mostBlocks + 1, blockBytes + 1],
    [1024 ** 4, Math.ceil(1024 ** 4 / 50_000)],
  ])("of a file of %i bytes are %i bytes large", (sizeBytes, expected) => {
    expect(blockBytesFor(sizeBytes)).toBe(expected);
    expect(Math.ceil(sizeBytes / blockBytesFor(sizeBytes))).toBeLessThanOrEqual(mostBlocks);
  });

  // Half a minute of hashing: with the long loops only.
  test.runIf(process.env["TORTURE"] !== undefined)(
    "over 4 GiB are read to the last byte, all ids as long as one another",
    async () => {
      const sparse = path.join(folder, "sparse");
      writeFileSync(sparse, "");
      const sizeBytes = 4 * 1024 ** 3 + 12;
      truncateSync(sparse, sizeBytes);
      const handle = await open(sparse);
      let bytes = 0;
      let count = 0;
      const lengths = new Set<number>();
      for await (const block of readBlocks({ file: sparse, handle, blockBytes: 512 * 1024 * 1024 })) {
        bytes += block.bytes.length;
        count++;
        lengths.add(block.id.length);
      }
      await handle.close();
      expect([bytes, count, lengths.size]).toEqual([sizeBytes, 9, 1]);
    },
  );
});
