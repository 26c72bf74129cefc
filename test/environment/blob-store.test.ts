import { createHash, randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BlobStore, type BlobStoreOptions } from "../../src/environment/blob-store.ts";
import { systemClock } from "../../src/errors/clock.ts";
import { BlobStore as Container } from "../../src/sandbox/blob-store.ts";
import { sharedAzurite } from "../sandbox/shared-azurite.ts";
import { failureOf } from "./failure.ts";
import { quickRetry } from "./quick-retry.ts";
import { reply, scriptedServer, silence } from "./scripted-server.ts";

const mebibyte = 1024 * 1024;
const blockBytes = 4 * mebibyte;

let folder = "";
let container: Container;
let blobs = 0;

beforeAll(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), "dmfpipe-blobs-"));
  container = await Container.open(sharedAzurite(), "blobs", systemClock);
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function store(options: Partial<BlobStoreOptions> = {}): BlobStore {
  return new BlobStore({ environment: "uat", blobHosts: [container.host], retry: quickRetry, ...options });
}

/** Addresses of a new blob: as F&O gives them for writing and for reading, and one that has run out. */
function newBlob(): { write: string; read: string; expired: string } {
  const name = `blob-${blobs++}.zip`;
  const url = (permissions: "rw" | "r", lifetimeSeconds: number): string =>
    container.urlFor(name, { permissions, startsSecondsAgo: 300, lifetimeSeconds });
  return { write: url("rw", 600), read: url("r", 600), expired: url("rw", -60) };
}

function fileOf(content: Buffer): string {
  const file = path.join(folder, `file-${blobs++}`);
  writeFileSync(file, content);
  return file;
}

function sha256(content: Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}

describe("what is uploaded is what is there", () => {
  test.each([0, 1, blockBytes - 1, blockBytes, blockBytes + 1, 5 * blockBytes + 17])(
    "%i bytes, up and down again",
    async (size) => {
      const content = randomBytes(size);
      const { write, read } = newBlob();
      const progress: number[] = [];
      await store().upload(fileOf(content), write, {
        sha256: sha256(content),
        onProgress: (sentBytes) => progress.push(sentBytes),
      });
      const target = path.join(folder, `down-${size}`);
      await store().download(read, target);
      expect(readFileSync(target).equals(content)).toBe(true);
      expect(progress).toHaveLength(Math.ceil(size / blockBytes));
      expect(progress.at(-1) ?? 0).toBe(size);
      expect(progress).toEqual(progress.toSorted((a, b) => a - b));
    },
  );

  test("again to the same address: the second is there", async () => {
    const { write, read } = newBlob();
    await store().upload(fileOf(Buffer.from("first, and longer")), write);
    await store().upload(fileOf(Buffer.from("second")), write);
    const target = path.join(folder, "second");
    await store().download(read, target);
    expect(readFileSync(target, "utf8")).toBe("second");
  });

  // Of the second one, most is sent before it is known.
  test.each([15, mebibyte, 2 * blockBytes])(
    "%i bytes that are not what was built are not committed",
    async (size) => {
      const { write, read } = newBlob();
      const file = fileOf(Buffer.alloc(size, "changed by hand"));
      const error = await failureOf(store().upload(file, write, { sha256: sha256(Buffer.from("as built")) }));
      expect(error).toMatchObject({ code: "DMFP-RUN-FILE", at: { file } });
      expect(await existsAt(read)).toBe(false);
    },
  );

  test("a file that is gone", async () => {
    const file = path.join(folder, "gone.zip");
    const error = await failureOf(store().upload(file, newBlob().write));
    expect(error).toMatchObject({ code: "DMFP-RUN-FILE", at: { file } });
  });
});

describe("addresses", () => {
  const file = (): string => fileOf(Buffer.from("x"));

  test.each([
    "https://evil.example.com/dmf/x?sig=abc",
    "https://blob.core.windows.net.evil.example.com/x?sig=abc",
    "https://evilblob.core.windows.net/x?sig=abc",
    "http://store.blob.core.windows.net/x?sig=abc",
    "http://127.0.0.1:1/x?sig=abc",
    "http://blobs.example.com/x?sig=abc",
    "file:///etc/passwd",
    "not an address",
    "",
  ])("%s is not allowed, neither up nor down", async (url) => {
    const blobStore = store({ blobHosts: [container.host, "blobs.example.com"] });
    const target = path.join(folder, "never");
    for (const work of [() => blobStore.upload(file(), url), () => blobStore.download(url, target)]) {
      const error = await failureOf(work());
      expect(error.code).toBe("DMFP-BLOB-HOST");
      expect(error.message).not.toContain("abc");
    }
    expect(existsSync(target)).toBe(false);
  });

  test("that have run out can be mended with a new one", async () => {
    const error = await failureOf(store().upload(file(), newBlob().expired));
    expect(error.code).toBe("DMFP-BLOB-REFUSED");
    expect(error.message).not.toMatch(/sig=(?!\*\*\*)/);
  });
});

async function existsAt(url: string): Promise<boolean> {
  const { status } = await fetch(url);
  return status === 200;
}

describe("downloads", () => {
  test("of what is not there leave nothing behind", async () => {
    const inside = path.join(folder, "downloads");
    const error = await failureOf(store().download(newBlob().read, path.join(inside, "x")));
    expect(error.code).toBe("DMFP-BLOB-REFUSED");
    expect(error.message).toContain("does not exist");
    expect(readdirSync(inside)).toEqual([]);
  });

  test("of more than is allowed are refused, and tell how far they are", async () => {
    const { write, read } = newBlob();
    const content = randomBytes(3 * mebibyte);
    await store().upload(fileOf(content), write);
    const target = path.join(folder, "limited");
    const error = await failureOf(store().download(read, target, { maxBytes: content.length - 1 }));
    expect(error.code).toBe("DMFP-PACKAGE-UNREADABLE");
    expect(existsSync(target)).toBe(false);
    const progress: number[] = [];
    const file = await store().download(read, target, {
      maxBytes: content.length,
      onProgress: (receivedBytes) => progress.push(receivedBytes),
    });
    expect(progress.at(-1)).toBe(content.length);
    expect(file).toMatchObject({ sizeBytes: content.length, sha256: sha256(content) });
  });

  test("replace the file of an earlier try", async () => {
    const { write, read } = newBlob();
    await store().upload(fileOf(Buffer.from("new")), write);
    const target = fileOf(Buffer.from("old, and longer"));
    await store().download(read, target);
    expect(readFileSync(target, "utf8")).toBe("new");
  });
});

describe("a redirect", () => {
  test.each([302, 307, 308])(
    "of %i to another host is not followed: not a byte goes there",
    async (status) => {
      const elsewhere = await scriptedServer(reply(201));
      const server = await scriptedServer(
        reply(status, "", { location: `http://localhost:${elsewhere.port}/x` }),
      );
      const host = `127.0.0.1:${server.port}`;
      const here = store({ blobHosts: [host] });
      const up = await failureOf(here.upload(fileOf(Buffer.from("secret")), `http://${host}/dmf/x?sig=s`));
      const down = await failureOf(here.download(`http://${host}/dmf/x?sig=s`, path.join(folder, "r")));
      expect([up.code, down.code]).toEqual(["DMFP-BLOB-REFUSED", "DMFP-BLOB-REFUSED"]);
      expect(elsewhere.received).toEqual([]);
    },
  );
});

describe("a store that says nothing", () => {
  test("is given up, up and down", async () => {
    const server = await scriptedServer(silence);
    const host = `127.0.0.1:${server.port}`;
    const patient = store({ blobHosts: [host], timeoutMs: 30 });
    const up = await failureOf(patient.upload(fileOf(Buffer.from("x")), `http://${host}/dmf/x`));
    const down = await failureOf(patient.download(`http://${host}/dmf/x`, path.join(folder, "y")));
    expect([up.code, down.code]).toEqual(["DMFP-BLOB-REFUSED", "DMFP-BLOB-REFUSED"]);
  });

  test.each([4, 9])("is left when the run is interrupted, with %i MiB on their way", async (mebibytes) => {
    const interruption = new AbortController();
    const server = await scriptedServer(() => {
      interruption.abort();
    });
    const host = `127.0.0.1:${server.port}`;
    const interrupted = store({ blobHosts: [host], signal: interruption.signal });
    const error = await failureOf(
      interrupted.upload(fileOf(randomBytes(mebibytes * mebibyte)), `http://${host}/d/x`),
    );
    expect(error.code).toBe("DMFP-INTERRUPTED");
  });
});
