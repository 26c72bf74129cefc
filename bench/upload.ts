import { fork } from "node:child_process";
import { createHash, hash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import { BlockBlobClient } from "@azure/storage-blob";
import { BlobStore } from "../src/environment/blob-store.ts";
import { systemClock } from "../src/errors/clock.ts";
import { Azurite } from "../src/sandbox/azurite.ts";
import { BlobStore as Container } from "../src/sandbox/blob-store.ts";
import { median, recordGoal, spreadOf } from "./goal.ts";

/**
 * How fast a package is uploaded, beside the Azure SDK's own `uploadFile` with blocks of the same size. Two stores: an
 * Azurite on this machine, and one behind a line of 1 Gbit/s that keeps nothing. Ours has the store check every block
 * against its MD5, or compares the MD5 a store answers a file of one block with, which `uploadFile` cannot; so it stands
 * beside the same blocks with their MD5, too. Medians of interleaved rounds, like everywhere in this folder.
 *
 * `node bench/upload.ts [megabytes …]`; one line each goes to standard output. Exit code 1 when a limit is missed.
 */
const mebibyte = 1024 * 1024;
const blockBytes = 4 * mebibyte;
const lineBytesPerSecond = 125e6;
/** How late a timer may be: what came on the line meanwhile is made up for. */
const lateMs = 3;
const rounds = 10;
/** Of a small file, which anything on the machine disturbs, and which is soon sent. */
const roundsOfSmall = 60;

if (process.argv[2] === "--line") serveLine();
else await measure(process.argv.length > 2 ? process.argv.slice(2).map(Number) : [4, 64, 256]);

/** A store that reads as fast as the line is, and answers with the MD5 of what came, as Azure does. */
function serveLine(): void {
  let freeAtMs = 0;
  const server = createServer((request, response) => {
    const md5 = createHash("md5");
    request.on("data", (chunk: Buffer) => {
      md5.update(chunk);
      const nowMs = performance.now();
      freeAtMs = Math.max(freeAtMs, nowMs - lateMs) + (chunk.length / lineBytesPerSecond) * 1000;
      if (freeAtMs - nowMs < 1) return;
      request.pause();
      setTimeout(() => request.resume(), Math.floor(freeAtMs - nowMs));
    });
    request.on("end", () => {
      // A write-only address: who looks at the blob, or at its blocks, is refused.
      const headers = { "content-length": "0", "content-md5": md5.digest("base64") };
      response.writeHead(request.method === "PUT" ? 201 : 403, headers).end();
    });
  });
  server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port));
  process.once("disconnect", () => process.exit(0));
}

async function measure(sizes: readonly number[]): Promise<void> {
  const folder = mkdtempSync(path.join(os.tmpdir(), "dmfpipe-bench-upload-"));
  const azurite = await Azurite.start(path.join(folder, "azurite"));
  const container = await Container.open(azurite, "dmf", systemClock);
  const line = fork(import.meta.filename, ["--line"], {
    execArgv: ["--disable-warning=ExperimentalWarning"],
  });
  const [port] = (await once(line, "message")) as [number];
  const lineHost = `127.0.0.1:${port}`;
  let blobs = 0;
  const stores = {
    Azurite: (): string =>
      container.urlFor(`blob-${blobs++}`, {
        permissions: "rw",
        startsSecondsAgo: 300,
        lifetimeSeconds: 3600,
      }),
    "1 Gbit/s": (): string => `http://${lineHost}/dmf/blob-${blobs++}?sig=none`,
  };
  const ours = new BlobStore({ environment: "bench", blobHosts: [container.host, lineHost] });
  try {
    for (const megabytes of sizes) {
      const file = path.join(folder, `file-${megabytes}`);
      const content = randomBytes(megabytes * mebibyte);
      writeFileSync(file, content);
      // A load knows the hash of its packages, and holds the file against it.
      const sha256 = hash("sha256", content);
      for (const [store, newBlob] of Object.entries(stores)) {
        const taken = await secondsTaken(megabytes <= 4 ? roundsOfSmall : rounds, [
          () => ours.upload(file, newBlob(), { sha256 }),
          () => uploadFile(file, newBlob()),
          () => checkedBlocks(file, newBlob()),
        ]);
        const [own = NaN, sdk = NaN, checked = NaN] = taken.map(median);
        const speed = (seconds: number): string => `${(megabytes / seconds).toFixed(0).padStart(4)} MiB/s`;
        process.stdout.write(
          `${String(megabytes).padStart(4)} MiB, ${store.padEnd(8)}: dmfpipe ${speed(own)} | uploadFile ${speed(sdk)}, ` +
            `ratio ${(sdk / own).toFixed(2)} | blocks with MD5 ${speed(checked)}, ratio ${(checked / own).toFixed(2)}\n`,
        );
        const kept = recordGoal({
          goal: `8 upload of ${megabytes} MiB, ${store}`,
          reference: "uploadFile of the SDK",
          measured: sdk / own,
          limit: 0.9,
          limitIs: "least",
          unit: "×",
          spread: Math.max(...taken.map(spreadOf)),
          note: `${(checked / own).toFixed(2)} × the SDK's blocks where each has its MD5, which uploadFile cannot`,
        });
        if (!kept) process.exitCode = 1;
      }
      rmSync(file);
    }
  } finally {
    line.disconnect();
    await azurite.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What each round of each of the ways took, in seconds. They take turns, so that other work strikes all of them alike. */
async function secondsTaken(
  times: number,
  ways: readonly (() => Promise<unknown>)[],
): Promise<readonly (readonly number[])[]> {
  const taken = ways.map((): number[] => []);
  for (let round = 0; round < times; round++) {
    for (const [way, work] of ways.entries()) {
      const startedMs = performance.now();
      await work();
      taken[way]?.push((performance.now() - startedMs) / 1000);
    }
  }
  return taken;
}

async function uploadFile(file: string, url: string): Promise<void> {
  const options = { blockSize: blockBytes, concurrency: 4, maxSingleShotSize: blockBytes };
  await new BlockBlobClient(url).uploadFile(file, options);
}

/** What the SDK does when it is given the MD5 of each block; the whole file in memory. */
async function checkedBlocks(file: string, url: string): Promise<void> {
  const client = new BlockBlobClient(url);
  const content = readFileSync(file);
  const ids = Array.from({ length: Math.ceil(content.length / blockBytes) }, (_, index) =>
    Buffer.from(String(index).padStart(6, "0")).toString("base64"),
  );
  const left = ids.entries();
  const send = async (): Promise<void> => {
    for (const [index, id] of left) {
      const block = content.subarray(index * blockBytes, (index + 1) * blockBytes);
      const transactionalContentMD5 = hash("md5", block, "buffer");
      await client.stageBlock(id, block, block.length, { transactionalContentMD5 });
    }
  };
  await Promise.all([send(), send(), send(), send()]);
  await client.commitBlockList(ids);
}
