import { randomUUID } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import path from "node:path";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { fetch } from "undici";
import { ActionRefused } from "./action-refused.ts";
import type { BlobStore } from "./blob-store.ts";
import type { SandboxSettings } from "./sandbox-settings.ts";
import { UnpackedPackage } from "./unpacked-package.ts";

/**
 * Fetches a package from the environment's own storage and unpacks it into the work folder. Throws ActionRefused for
 * another address (assumption: F&O reads packages from its storage only; a sandbox that fetched any address would be
 * a proxy), one that is not signed or expired, and for a package that is too large or damaged.
 */
export async function downloadPackage(
  url: string,
  environment: {
    readonly blobs: BlobStore;
    readonly settings: SandboxSettings;
    readonly workFolder: string;
  },
): Promise<UnpackedPackage> {
  const { blobs, settings, workFolder } = environment;
  if (!blobs.owns(url)) throw new ActionRefused("The remote server returned an error: (404) Not Found.");
  await mkdir(workFolder, { recursive: true });
  const id = randomUUID();
  const zipFile = path.join(workFolder, `${id}.zip`);
  try {
    const response = await fetch(url);
    if (!response.ok || response.body === null) {
      const text =
        response.status === 403 ? "Server failed to authenticate the request." : response.statusText;
      throw new ActionRefused(`The remote server returned an error: (${response.status}) ${text}`, {
        type: "Microsoft.WindowsAzure.Storage.StorageException",
      });
    }
    const source = Readable.fromWeb(response.body);
    await pipeline(source, atMost(settings.packageSizeLimitBytes), createWriteStream(zipFile));
    return await UnpackedPackage.unpack(zipFile, path.join(workFolder, id), settings);
  } finally {
    await rm(zipFile, { force: true });
  }
}

function atMost(limitBytes: number): Transform {
  let sizeBytes = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      sizeBytes += chunk.length;
      if (sizeBytes > limitBytes) done(new ActionRefused("There is not enough space on the disk."));
      else done(null, chunk);
    },
  });
}
