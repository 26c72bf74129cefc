import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import {
  AnonymousCredential,
  BlockBlobClient,
  RestError,
  type StoragePipelineOptions,
} from "@azure/storage-blob";
import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import { PartialFile } from "../package/partial-file.ts";
import { excerpt } from "./http-policy.ts";

/** Where F&O keeps its blobs: the public cloud and the sovereign ones. */
const azureClouds = [
  ".blob.core.windows.net",
  ".blob.core.usgovcloudapi.net",
  ".blob.core.chinacloudapi.cn",
  ".blob.core.cloudapi.de",
];

const blockBytes = 4 * 1024 * 1024;

// One policy repeats requests, and it is not the SDK's: it retries on its own schedule and cannot know when
// a new upload address is needed instead.
const sdkOptions: StoragePipelineOptions = { retryOptions: { maxTries: 1 } };

export interface BlobStoreOptions {
  readonly environment: string;
  /** Hosts allowed beside the Azure clouds, `host` or `host:port`. */
  readonly blobHosts: readonly string[];
  readonly signal?: AbortSignal;
}

/** Uploads to and downloads from the blob store behind the SAS URLs that F&O hands out. */
export class BlobStore {
  readonly #options: BlobStoreOptions;

  constructor(options: BlobStoreOptions) {
    this.#options = options;
  }

  /**
   * Uploads a file to a writable URL in blocks, and compares what the store then holds (length and MD5).
   * The URL may be write-only: a refused look at the blob means "cannot verify", not "failed".
   *
   * Throws DMFP-BLOB-HOST for a host that is not allowed and DMFP-BLOB-REFUSED for every failure a new URL
   * can mend.
   */
  async upload(file: string, url: string, onProgress?: (bytes: number) => void): Promise<void> {
    this.#assertAllowed(url);
    const { size } = await stat(file);
    const md5 = await md5Of(file);
    const client = new BlockBlobClient(url, new AnonymousCredential(), sdkOptions);
    const { signal } = this.#options;
    try {
      await client.uploadFile(file, {
        blockSize: blockBytes,
        concurrency: 4,
        blobHTTPHeaders: { blobContentType: "application/zip", blobContentMD5: md5 },
        onProgress: (progress) => onProgress?.(progress.loadedBytes),
        ...(signal === undefined ? {} : { abortSignal: signal }),
      });
    } catch (thrown) {
      throw this.#failed("Uploading", thrown);
    }
    await this.#verify(client, size, md5);
  }

  /**
   * Downloads a file the environment wrote (an error file) to `target`. No token is sent: the URL carries its own
   * permission. Throws DMFP-BLOB-HOST, DMFP-BLOB-REFUSED, DMFP-FILE-WRITE.
   */
  async download(url: string, target: string): Promise<void> {
    this.#assertAllowed(url);
    const client = new BlockBlobClient(url, new AnonymousCredential(), sdkOptions);
    const { signal } = this.#options;
    const file = await PartialFile.open(target);
    try {
      const answer = await client.download(0, undefined, {
        maxRetryRequests: 3,
        ...(signal === undefined ? {} : { abortSignal: signal }),
      });
      if (answer.readableStreamBody === undefined)
        throw this.#refusal("Downloading", "the answer has no body");
      for await (const chunk of answer.readableStreamBody) await file.append(Buffer.from(chunk));
      await file.publish();
    } catch (thrown) {
      await file.discard();
      throw this.#failed("Downloading", thrown);
    }
  }

  async #verify(client: BlockBlobClient, size: number, md5: Buffer): Promise<void> {
    let stored: { contentLength?: number | undefined; contentMD5?: Uint8Array | undefined };
    try {
      stored = await client.getProperties();
    } catch (thrown) {
      if (thrown instanceof RestError && thrown.statusCode === 403) return;
      throw this.#failed("Checking the upload", thrown);
    }
    const sameHash = stored.contentMD5 === undefined || md5.equals(stored.contentMD5);
    if (stored.contentLength !== size || !sameHash) {
      throw this.#refusal(
        "Checking the upload",
        `the store holds ${stored.contentLength ?? 0} bytes, ${size} were sent`,
      );
    }
  }

  /** A manipulated answer must not be able to send a company's data elsewhere. */
  #assertAllowed(address: string): void {
    const url = new URL(address);
    const host = url.hostname;
    const configured = this.#options.blobHosts.some((allowed) => allowed === host || allowed === url.host);
    const azure = url.protocol === "https:" && azureClouds.some((suffix) => host.endsWith(suffix));
    const loopback = ["127.0.0.1", "[::1]", "localhost"].includes(host);
    if (azure || (configured && (url.protocol === "https:" || loopback))) return;
    throw new DmfpipeError("DMFP-BLOB-HOST", `${url.protocol}//${url.host} is not an allowed blob store.`, {
      at: { environment: this.#options.environment },
    });
  }

  #failed(what: string, thrown: unknown): DmfpipeError {
    if (thrown instanceof DmfpipeError) return thrown;
    if (this.#options.signal?.aborted === true) {
      return new DmfpipeError("DMFP-INTERRUPTED", "The run was interrupted.");
    }
    const words = thrown instanceof Error ? thrown.message : String(thrown);
    return this.#refusal(what, excerpt(words), thrown);
  }

  #refusal(what: string, why: string, cause?: unknown): DmfpipeError {
    return new DmfpipeError("DMFP-BLOB-REFUSED", `${what}: ${why}.`, {
      at: { environment: this.#options.environment },
      cause,
    });
  }
}

async function md5Of(file: string): Promise<Buffer> {
  const hash = createHash("md5");
  await pipeline(createReadStream(file, { highWaterMark: 1024 * 1024 }), hash);
  return hash.digest();
}
