import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { BlockBlobClient } from "@azure/storage-blob";
import { BlobStore } from "../src/environment/blob-store.ts";
import { systemClock } from "../src/errors/clock.ts";
import { BlobStore as Azurite } from "../src/sandbox/blob-store.ts";

/**
 * How fast a package is uploaded, beside the Azure SDK's own `uploadFile` with blocks of the same size, into an Azurite
 * on this machine. Ours hashes the file twice (whole, and each block), asks what the store holds already, and
 * looks at the result. The best of several rounds counts: other work on the machine only makes one slower. Usage: node bench/upload.ts [megabytes …]
 */
const mebibyte = 1024 * 1024;
const sizes = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [1, 16, 64, 256];
const rounds = 8;

const folder = mkdtempSync(path.join(os.tmpdir(), "dmfpipe-bench-upload-"));
const azurite = await Azurite.start(path.join(folder, "azurite"), systemClock);
let blobs = 0;

function newBlob(): string {
  const options = { permissions: "rw", startsSecondsAgo: 300, lifetimeSeconds: 3600 } as const;
  return azurite.urlFor(`blob-${blobs++}`, options);
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await work();
  return (performance.now() - startedMs) / 1000;
}

try {
  const store = new BlobStore({ environment: "bench", blobHosts: [azurite.host] });
  for (const megabytes of sizes) {
    const file = path.join(folder, `file-${megabytes}`);
    writeFileSync(file, "");
    for (let written = 0; written < megabytes; written++)
      writeFileSync(file, randomBytes(mebibyte), { flag: "a" });
    const ours: number[] = [];
    const theirs: number[] = [];
    for (let round = 0; round <= rounds; round++) {
      const blocks = { blockSize: 4 * mebibyte, concurrency: 4, maxSingleShotSize: 4 * mebibyte };
      const own = await seconds(() => store.upload(file, newBlob()));
      const sdk = await seconds(() => new BlockBlobClient(newBlob()).uploadFile(file, blocks));
      // The first round warms both up.
      if (round === 0) continue;
      ours.push(own);
      theirs.push(sdk);
    }
    const speed = (values: readonly number[]): string =>
      `${(megabytes / Math.min(...values)).toFixed(0)} MiB/s`;
    const ratio = (Math.min(...theirs) / Math.min(...ours)).toFixed(2);
    process.stdout.write(
      `${String(megabytes).padStart(5)} MiB: dmfpipe ${speed(ours)}, uploadFile ${speed(theirs)}, ratio ${ratio}\n`,
    );
    rmSync(file);
  }
} finally {
  await azurite.stop();
  rmSync(folder, { recursive: true, force: true });
}
