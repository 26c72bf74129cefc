import { open, type FileHandle } from "node:fs/promises";
import type { BlockBlobClient, StoragePipelineOptions } from "@azure/storage-blob";
import { systemClock, type Clock } from "../errors/clock.ts";
import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import { interrupted } from "../errors/interruption.ts";
import { PartialFile, type PublishedFile } from "../package/partial-file.ts";
import { BlobDownload } from "./blob-download.ts";
import { isAllowedBlobHost } from "./blob-host.ts";
import { BlobUpload } from "./blob-upload.ts";
import type { CallListener } from "./call-record.ts";
import { backoffMs } from "./backoff.ts";
import { defaultRetry, excerpt, pause, type RetrySettings } from "./http-policy.ts";
import { observedPipeline, type StorageBlob } from "./observed-pipeline.ts";
import { isStoreError } from "./store-error.ts";

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
  /** How often a block, or the commit of all, is sent again after a failure that passes. */
  readonly retry?: RetrySettings;
  /** Needed only to understand a Retry-After that is a date. */
  readonly clock?: Clock;
  /** Told about every request that was made, for the log and telemetry. */
  readonly onCall?: CallListener;
}

export interface UploadOptions {
  /** Hash the file must have, lower-case hex. */
  readonly sha256?: string;
  /** How many addresses are tried, where they can be asked for. Default 1. */
  readonly addresses?: number;
  readonly onProgress?: (sentBytes: number) => void;
}

export interface DownloadOptions {
  /** Greatest size; default: any. */
  readonly maxBytes?: number;
  /** How many addresses are tried, where they can be asked for. Default 1. */
  readonly addresses?: number;
  readonly onProgress?: (receivedBytes: number) => void;
}

/** Uploads to and downloads from the blob store behind the SAS URLs that F&O hands out. */
export class BlobStore {
  readonly #options: BlobStoreOptions;
  readonly #download: BlobDownload;

  constructor(options: BlobStoreOptions) {
    this.#options = options;
    this.#download = new BlobDownload(options.onCall);
  }

  /**
   * Uploads a file to a writable URL and returns the URL it is under in the end: see BlobUpload. `address` is the URL,
   * or a way to ask for one, and for another one where the first runs out.
   *
   * Throws DMFP-BLOB-HOST for a host that is not allowed, DMFP-BLOB-REFUSED for every failure a new URL can mend,
   * DMFP-RUN-FILE when the file is gone or is not the one whose hash was given, DMFP-INTERRUPTED, and what `address`
   * throws.
   */
  async upload(
    file: string,
    address: string | (() => Promise<string>),
    options: UploadOptions = {},
  ): Promise<string> {
    const { signal, timeoutMs = defaultTimeoutMs, retry = defaultRetry, clock = systemClock } = this.#options;
    const handle = await openPackage(file);
    try {
      const sdk = await import("@azure/storage-blob");
      const upload = new BlobUpload({
        file,
        handle,
        sizeBytes: (await handle.stat()).size,
        sha256: options.sha256,
        address: async () => (typeof address === "string" ? address : await address()),
        addresses: options.addresses ?? 1,
        connect: (url, bare = false) => this.#connect(sdk, url, bare),
        retry,
        clock,
        signal,
        timeoutMs,
        onProgress: options.onProgress,
      });
      return await upload.run();
    } catch (thrown) {
      throw this.#failed("Uploading", thrown);
    } finally {
      await handle.close();
    }
  }

  /**
   * Downloads a file the environment wrote (an error file, a package) to `target`; a connection that is cut is taken up
   * where it ended, a few times. No token is sent: the URL carries its own permission. `address` is the URL, or a way to
   * ask for one, and for another one where the first runs out. Throws DMFP-BLOB-HOST, DMFP-BLOB-REFUSED,
   * DMFP-FILE-WRITE, DMFP-PACKAGE-UNREADABLE for a file that is larger than allowed, and what `address` throws.
   */
  async download(
    address: string | (() => Promise<string>),
    target: string,
    options: DownloadOptions = {},
  ): Promise<PublishedFile> {
    const { retry = defaultRetry, signal } = this.#options;
    const { addresses = 1 } = options;
    for (let tried = 1; ; tried++) {
      const url = typeof address === "string" ? address : await address();
      try {
        return await this.#fetch(url, target, options);
      } catch (thrown) {
        const refused = thrown instanceof DmfpipeError && thrown.code === "DMFP-BLOB-REFUSED";
        if (!refused || tried >= addresses) throw thrown;
        await pause(backoffMs(tried, retry), signal);
      }
    }
  }

  async #fetch(url: string, target: string, options: DownloadOptions): Promise<PublishedFile> {
    this.#assertAllowed(url);
    const file = await PartialFile.open(target);
    const { signal, timeoutMs = defaultTimeoutMs } = this.#options;
    const stalled = new AbortController();
    const timer = setTimeout(() => {
      stalled.abort();
    }, timeoutMs);
    try {
      const ends = signal === undefined ? stalled.signal : AbortSignal.any([signal, stalled.signal]);
      const { sizeBytes = 0, bytes } = await this.#download.begin(url, ends);
      const { maxBytes = Infinity, onProgress } = options;
      let receivedBytes = 0;
      for await (const chunk of bytes) {
        timer.refresh();
        receivedBytes += chunk.length;
        // What is announced is refused before it is fetched, what was not is stopped on the way.
        if (Math.max(receivedBytes, sizeBytes) > maxBytes) throw this.#tooLarge(maxBytes);
        await file.append(chunk);
        onProgress?.(receivedBytes);
      }
      return await file.publish();
    } catch (thrown) {
      await file.discard();
      throw this.#failed("Downloading", thrown);
    } finally {
      clearTimeout(timer);
    }
  }

  /** The blob behind an address; `bare`: without the header that names a version of the service. */
  #connect(sdk: StorageBlob, url: string, bare = false): BlockBlobClient {
    this.#assertAllowed(url);
    const pipeline = observedPipeline(sdk, sdkOptions, this.#options.onCall);
    if (bare) {
      pipeline.factories.unshift({
        create: (next) => ({
          sendRequest: async (request) => {
            request.headers.remove("x-ms-version");
            return await next.sendRequest(request);
          },
        }),
      });
    }
    return new sdk.BlockBlobClient(url, pipeline);
  }

  /** A manipulated answer must not be able to send a company's data elsewhere. */
  #assertAllowed(address: string): void {
    if (!URL.canParse(address)) throw this.#notAllowed("What the environment gave as an address");
    const url = new URL(address);
    if (!isAllowedBlobHost(url, this.#options.blobHosts))
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

  #tooLarge(maxBytes: number): DmfpipeError {
    return new DmfpipeError(
      "DMFP-PACKAGE-UNREADABLE",
      `Downloading: the file has more than the ${maxBytes} bytes that are allowed.`,
      { at: { environment: this.#options.environment } },
    );
  }

  #refusal(what: string, why: string, cause?: unknown): DmfpipeError {
    return new DmfpipeError("DMFP-BLOB-REFUSED", `${what}: ${why}.`, {
      at: { environment: this.#options.environment },
      cause,
    });
  }
}

/** Whether the blob that could not be downloaded does not exist: no address will lead to it. */
export function isBlobGone(thrown: unknown): boolean {
  const cause = thrown instanceof DmfpipeError ? thrown.cause : undefined;
  return isStoreError(cause) && cause.statusCode === 404;
}

async function openPackage(file: string): Promise<FileHandle> {
  try {
    return await open(file);
  } catch (cause) {
    throw new DmfpipeError("DMFP-RUN-FILE", `${file} cannot be read.`, { at: { file }, cause });
  }
}
