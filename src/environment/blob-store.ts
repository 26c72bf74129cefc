import { createHash } from "node:crypto";
import { open, type FileHandle } from "node:fs/promises";
import {
  AnonymousCredential,
  BlockBlobClient,
  RestError,
  type StoragePipelineOptions,
} from "@azure/storage-blob";
import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import { interrupted } from "../errors/interruption.ts";
import { PartialFile } from "../package/partial-file.ts";
import { excerpt } from "./http-policy.ts";

/** Where F&O keeps its blobs: the public cloud and the sovereign ones. */
const azureClouds = [
  ".blob.core.windows.net",
  ".blob.core.usgovcloudapi.net",
  ".blob.core.chinacloudapi.cn",
  ".blob.core.cloudapi.de",
];

const smallestBlockBytes = 4 * 1024 * 1024;
/** A blob of Azure has no more blocks than this. */
const mostBlocks = 50_000;
const blocksAtOnce = 4;
const defaultTimeoutMs = 5 * 60_000;

// One policy repeats requests, and it is not the SDK's: it retries on its own schedule and cannot know when
// a new upload address is needed instead.
const sdkOptions: StoragePipelineOptions = { retryOptions: { maxTries: 1 } };

export interface BlobStoreOptions {
  readonly environment: string;
  /** Hosts allowed beside the Azure clouds, `host` or `host:port`. */
  readonly blobHosts: readonly string[];
  readonly signal?: AbortSignal;
  /** How long one request may take: a block on its way up, or the next bytes of a download. Default five minutes. */
  readonly timeoutMs?: number;
}

export interface UploadOptions {
  /** Hash the file must have, lower-case hex. */
  readonly sha256?: string;
  readonly onProgress?: (sentBytes: number) => void;
}

/** Uploads to and downloads from the blob store behind the SAS URLs that F&O hands out. */
export class BlobStore {
  readonly #options: BlobStoreOptions;

  constructor(options: BlobStoreOptions) {
    this.#options = options;
  }

  /**
   * Uploads a file to a writable URL: in blocks, each of which the store checks against its MD5, and committed only
   * when all of them are there and what was read is the file that was meant. Then the length is looked at. The URL
   * may be write-only: a refused look at the blob means "cannot verify", not "failed".
   *
   * Throws DMFP-BLOB-HOST for a host that is not allowed, DMFP-BLOB-REFUSED for every failure a new URL can mend,
   * and DMFP-RUN-FILE when the file is gone or is not the one whose hash was given.
   */
  async upload(file: string, url: string, options: UploadOptions = {}): Promise<void> {
    this.#assertAllowed(url);
    const client = new BlockBlobClient(url, new AnonymousCredential(), sdkOptions);
    const handle = await openPackage(file);
    try {
      const { size } = await handle.stat();
      const { blocks, sha256, md5 } = await this.#sendBlocks(client, handle, size, options.onProgress);
      if (options.sha256 !== undefined && options.sha256 !== sha256) {
        throw new DmfpipeError("DMFP-RUN-FILE", `${file} is no longer the file that was built.`, {
          at: { file },
        });
      }
      await client.commitBlockList(blocks, {
        blobHTTPHeaders: { blobContentType: "application/zip", blobContentMD5: md5 },
        ...this.#patience(),
      });
      await this.#verify(client, size);
    } catch (thrown) {
      throw this.#failed("Uploading", thrown);
    } finally {
      await handle.close();
    }
  }

  /** Reads the file once, in order, and has a few blocks on their way at a time. */
  async #sendBlocks(
    client: BlockBlobClient,
    handle: FileHandle,
    size: number,
    onProgress: UploadOptions["onProgress"],
  ): Promise<{ blocks: string[]; sha256: string; md5: Buffer }> {
    const blockBytes = Math.max(smallestBlockBytes, Math.ceil(size / mostBlocks));
    const sha256 = createHash("sha256");
    const md5 = createHash("md5");
    const blocks: string[] = [];
    const underWay = new Set<Promise<void>>();
    const failures: unknown[] = [];
    let sentBytes = 0;
    const send = async (id: string, block: Buffer): Promise<void> => {
      const transactionalContentMD5 = createHash("md5").update(block).digest();
      await client.stageBlock(id, block, block.length, { transactionalContentMD5, ...this.#patience() });
      sentBytes += block.length;
      onProgress?.(sentBytes);
    };
    while (failures.length === 0) {
      const block = Buffer.alloc(blockBytes);
      const { bytesRead } = await handle.read(block, 0, blockBytes, null);
      if (bytesRead === 0) break;
      const bytes = block.subarray(0, bytesRead);
      sha256.update(bytes);
      md5.update(bytes);
      const id = Buffer.from(String(blocks.length).padStart(6, "0")).toString("base64");
      blocks.push(id);
      const sending = send(id, bytes)
        .catch((thrown: unknown) => {
          failures.push(thrown);
        })
        .finally(() => underWay.delete(sending));
      underWay.add(sending);
      if (underWay.size >= blocksAtOnce) await Promise.race(underWay);
    }
    await Promise.all(underWay);
    if (failures.length > 0) throw failures[0];
    return { blocks, sha256: sha256.digest("hex"), md5: md5.digest() };
  }

  /**
   * Downloads a file the environment wrote (an error file) to `target`. No token is sent: the URL carries its own
   * permission. Throws DMFP-BLOB-HOST, DMFP-BLOB-REFUSED, DMFP-FILE-WRITE.
   */
  async download(url: string, target: string): Promise<void> {
    this.#assertAllowed(url);
    const client = new BlockBlobClient(url, new AnonymousCredential(), sdkOptions);
    const file = await PartialFile.open(target);
    const { signal, timeoutMs = defaultTimeoutMs } = this.#options;
    const stalled = new AbortController();
    const timer = setTimeout(() => {
      stalled.abort();
    }, timeoutMs);
    try {
      const answer = await client.download(0, undefined, {
        maxRetryRequests: 3,
        abortSignal: signal === undefined ? stalled.signal : AbortSignal.any([signal, stalled.signal]),
      });
      if (answer.readableStreamBody === undefined)
        throw this.#refusal("Downloading", "the answer has no body");
      for await (const chunk of answer.readableStreamBody) {
        timer.refresh();
        await file.append(Buffer.from(chunk));
      }
      await file.publish();
    } catch (thrown) {
      await file.discard();
      throw this.#failed("Downloading", thrown);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Options of a request that ends when the run is interrupted, or when nothing comes back for too long. */
  #patience(): { readonly abortSignal: AbortSignal } {
    const { signal, timeoutMs = defaultTimeoutMs } = this.#options;
    const timeout = AbortSignal.timeout(timeoutMs);
    return { abortSignal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]) };
  }

  async #verify(client: BlockBlobClient, size: number): Promise<void> {
    let storedBytes: number | undefined;
    try {
      storedBytes = (await client.getProperties(this.#patience())).contentLength;
    } catch (thrown) {
      if (thrown instanceof RestError && thrown.statusCode === 403) return;
      throw this.#failed("Checking the upload", thrown);
    }
    if (storedBytes === size) return;
    throw this.#refusal(
      "Checking the upload",
      `the store holds ${storedBytes ?? 0} bytes, ${size} were sent`,
    );
  }

  /** A manipulated answer must not be able to send a company's data elsewhere. */
  #assertAllowed(address: string): void {
    if (!URL.canParse(address)) throw this.#notAllowed("What the environment gave as an address");
    const url = new URL(address);
    const host = url.hostname;
    const configured = this.#options.blobHosts.some((allowed) => allowed === host || allowed === url.host);
    const azure = url.protocol === "https:" && azureClouds.some((suffix) => host.endsWith(suffix));
    const loopback = ["127.0.0.1", "[::1]", "localhost"].includes(host);
    if (azure || (configured && (url.protocol === "https:" || loopback))) return;
    throw this.#notAllowed(`${url.protocol}//${url.host}`);
  }

  #notAllowed(address: string): DmfpipeError {
    return new DmfpipeError("DMFP-BLOB-HOST", `${address} is not an allowed blob store.`, {
      at: { environment: this.#options.environment },
    });
  }

  #failed(what: string, thrown: unknown): DmfpipeError {
    if (thrown instanceof DmfpipeError) return thrown;
    if (this.#options.signal?.aborted === true) {
      return interrupted();
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

async function openPackage(file: string): Promise<FileHandle> {
  try {
    return await open(file);
  } catch (cause) {
    throw new DmfpipeError("DMFP-RUN-FILE", `${file} cannot be read.`, { at: { file }, cause });
  }
}
