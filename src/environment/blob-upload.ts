import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { Readable } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { BlockBlobClient } from "@azure/storage-blob";
import type { Clock } from "../errors/clock.ts";
import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import { interrupted } from "../errors/interruption.ts";
import { backoffMs, type RetrySettings } from "./backoff.ts";
import { pause } from "./http-policy.ts";
import { isStoreError } from "./store-error.ts";
import { storeRefusal } from "./store-refusal.ts";
import { blockBytesFor, readBlocks, readStretch, type UploadBlock } from "./upload-block.ts";

const blocksAtOnce = 4;
/** Less than a millisecond of hashing. */
const sliceBytes = 256 * 1024;
/** What is held back of a file that goes in one request. */
const endBytes = 64 * 1024;

export interface BlobUploadOptions {
  readonly file: string;
  readonly handle: FileHandle;
  readonly sizeBytes: number;
  /** Hash the file must have, lower-case hex. */
  readonly sha256: string | undefined;
  /** A writable address; asked for again when the last one gave no permission any more. */
  readonly address: () => Promise<string>;
  /** How many addresses are tried. */
  readonly addresses: number;
  /** The store behind an address. `bare`: without the header that names a version of the service. */
  readonly connect: (url: string, bare?: boolean) => BlockBlobClient;
  readonly retry: RetrySettings;
  readonly clock: Clock;
  readonly signal: AbortSignal | undefined;
  /** How long one block, or the next part of a body, may be on its way. */
  readonly timeoutMs: number;
  readonly onProgress: ((sentBytes: number) => void) | undefined;
}

/** Name under which the store keeps the hash of the whole file beside it. */
const hashName = "sha256";

/**
 * One file on its way into one blob.
 *
 * A file that is no larger than a block goes in one request, whose answer says what arrived: one way to the store and
 * back instead of three, which is what counts where a load has many small packages.
 *
 * A larger one goes in blocks, a few at a time, each checked by the store against its MD5, and becomes visible by one commit
 * when all of them are there and the file was the one that was meant. What failed on the way is sent again; when the
 * address has run out, a new one is asked for, and what the store already holds of this blob, from an earlier address
 * or an earlier process, is not sent again. Blocks are named after their content, so that they cannot be mistaken.
 *
 * A store that takes no blocks gets the file as one request. That one names no version of the blob service: clients
 * in the field met stores that refuse versions newer than the one of the address.
 */
export class BlobUpload {
  readonly #options: BlobUploadOptions;
  /** Ids of the blocks the store is known to hold. */
  #staged = new Set<string>();
  /** The blob, without the signature of its address. */
  #place = "";

  constructor(options: BlobUploadOptions) {
    this.#options = options;
  }

  /**
   * Returns the address the blob was written to in the end. Throws what the SDK throws, DMFP-RUN-FILE for a file that
   * is not the one that was meant, DMFP-INTERRUPTED, DMFP-BLOB-REFUSED where the store holds something else than was
   * sent, and what asking for an address throws.
   */
  async run(): Promise<string> {
    const { address, addresses, signal } = this.#options;
    for (let tried = 1; ; tried++) {
      const url = await address();
      const last = tried >= addresses;
      try {
        await this.#uploadTo(url, last);
        return url;
      } catch (thrown) {
        if (signal?.aborted === true) throw interrupted();
        const mendable = !(thrown instanceof DmfpipeError) || thrown.code === "DMFP-BLOB-REFUSED";
        if (last || !mendable) throw thrown;
      }
    }
  }

  async #uploadTo(url: string, last: boolean): Promise<void> {
    const { connect } = this.#options;
    let client = connect(url);
    this.#stayWith(url);
    const { sizeBytes } = this.#options;
    let sha256: string;
    try {
      if (sizeBytes <= blockBytesFor(sizeBytes)) {
        await this.#asOneBlock(client);
        return;
      }
      sha256 = await this.#inBlocks(client);
    } catch (thrown) {
      if (thrown instanceof DmfpipeError || !this.#demandsOneRequest(thrown, last)) throw thrown;
      client = connect(url, true);
      sha256 = await this.#inOneRequest(client);
    }
    await this.#verify(client, sha256);
  }

  /** F&O may hand out another blob than before: what the old one holds is of no use there. */
  #stayWith(url: string): void {
    const { origin, pathname } = new URL(url);
    const place = origin + pathname;
    if (place !== this.#place) this.#staged.clear();
    this.#place = place;
  }

  /** Whether the store took no block at all, and not because of the moment. */
  #demandsOneRequest(thrown: unknown, last: boolean): boolean {
    const { kind } = this.#refusal(thrown);
    if (kind === "blocks") this.#staged.clear();
    if (this.#staged.size > 0) return false;
    return kind === "request" || (kind === "address" && last);
  }

  /**
   * Sends the only block of the file, and verifies it. It is hashed while it is on its way, so the first request does
   * not name its MD5: what arrives damaged is noticed by the answer, and lies there until it is sent again. A request
   * that is sent again names it, and the store then takes nothing else. The end of the block goes only when all of it
   * is the file that was meant: no store takes a request without its end. (Measured with the line of
   * bench/upload.ts: hashing first takes 3 ms of 38.)
   */
  async #asOneBlock(client: BlockBlobClient): Promise<void> {
    const { file, handle, sizeBytes, sha256: meant, onProgress } = this.#options;
    const bytes = await readStretch({ file, handle, start: 0, into: Buffer.allocUnsafeSlow(sizeBytes) });
    const whole = hashMeanwhile("sha256", bytes).then((digest) => digest.toString("hex"));
    // The headers name it.
    const sha256 = meant ?? (await whole);
    const wrong = new AbortController();
    const held = async function* (): AsyncGenerator<Buffer, undefined> {
      const end = Math.max(0, bytes.length - endBytes);
      yield bytes.subarray(0, end);
      if ((await whole) === sha256) yield bytes.subarray(end);
      else wrong.abort();
    };
    let hashing: Promise<Buffer> | undefined;
    const { contentMD5 } = await this.#persist(async () => {
      const known = hashing === undefined ? {} : { blobContentMD5: await hashing };
      const body = hashing === undefined ? () => Readable.from(held(), { objectMode: false }) : bytes;
      const sending = client.upload(body, bytes.length, {
        blobHTTPHeaders: { ...blobHTTPHeaders, ...known },
        metadata: { [hashName]: sha256 },
        ...this.#patience(wrong.signal),
      });
      hashing ??= whole.then(() => hashMeanwhile("md5", bytes));
      const judged = sending.finally(async () => {
        this.#assertMeant(await whole);
      });
      const [answer, md5] = await Promise.all([judged, hashing]);
      // Microsoft's documentation of Put Blob: the service answers with the MD5 of what it received, whether or not
      // the request names one. Others may not.
      if (answer.contentMD5 !== undefined && !md5.equals(answer.contentMD5))
        throw wrongInStore("the store received another content than was sent");
      return answer;
    });
    if (bytes.length > 0) onProgress?.(bytes.length);
    if (contentMD5 === undefined) await this.#verify(client, sha256);
  }

  /** Returns the hash of the whole file. */
  async #inBlocks(client: BlockBlobClient): Promise<string> {
    const { file, handle, sizeBytes } = this.#options;
    const blockBytes = blockBytesFor(sizeBytes);
    // Of a file that is not larger than what is on its way at once, there is nothing worth asking for. Answered while
    // the first block is read and hashed.
    const askFor = sizeBytes > blocksAtOnce * blockBytes || this.#staged.size > 0;
    const found = askFor ? this.#findStaged(client) : Promise.resolve();
    found.catch(() => undefined);
    const whole = createHash("sha256");
    const ids: string[] = [];
    const underWay = new Set<Promise<void>>();
    const failures: unknown[] = [];
    let sentBytes = 0;
    for await (const block of readBlocks({ file, handle, blockBytes })) {
      ids.push(block.id);
      await found;
      // Waited for only now, so that the next block is read and hashed while the others are on their way.
      if (underWay.size >= blocksAtOnce) await Promise.race(underWay);
      if (failures.length > 0) break;
      const sending = this.#stage(client, block)
        .then(() => {
          sentBytes += block.bytes.length;
          block.release();
          this.#options.onProgress?.(sentBytes);
        })
        .catch((thrown: unknown) => {
          failures.push(thrown);
        })
        .finally(() => underWay.delete(sending));
      underWay.add(sending);
      whole.update(block.bytes);
    }
    await Promise.all(underWay);
    if (failures.length > 0) throw failures[0];
    const sha256 = whole.digest("hex");
    this.#assertMeant(sha256);
    // A commit whose answer was lost may be sent again: the store then finds the same blocks committed.
    await this.#persist(() =>
      client.commitBlockList(ids, { blobHTTPHeaders, metadata: { [hashName]: sha256 }, ...this.#patience() }),
    );
    this.#staged.clear();
    return sha256;
  }

  async #stage(client: BlockBlobClient, { id, bytes, md5 }: UploadBlock): Promise<void> {
    if (this.#staged.has(id)) return;
    await this.#persist(() =>
      client.stageBlock(id, bytes, bytes.length, { transactionalContentMD5: md5, ...this.#patience() }),
    );
    this.#staged.add(id);
  }

  /** Asks which blocks the store holds. An address for writing only cannot tell: then it is what this process knows. */
  async #findStaged(client: BlockBlobClient): Promise<void> {
    try {
      const { uncommittedBlocks = [] } = await this.#persist(() =>
        client.getBlockList("uncommitted", this.#patience()),
      );
      this.#staged = new Set(uncommittedBlocks.map(({ name }) => name));
    } catch (thrown) {
      if (!isStoreError(thrown)) throw thrown;
      // No blob of this name has any block yet.
      if (thrown.statusCode === 404) this.#staged.clear();
    }
  }

  /** Returns the hash of the whole file, whose MD5 the store checks. */
  async #inOneRequest(client: BlockBlobClient): Promise<string> {
    const { file, sizeBytes, signal, timeoutMs, onProgress } = this.#options;
    const { sha256, md5 } = await hashesOf(file);
    this.#assertMeant(sha256);
    const stalled = new AbortController();
    const timer = setTimeout(() => {
      stalled.abort();
    }, timeoutMs);
    try {
      await client.upload(() => createReadStream(file), sizeBytes, {
        blobHTTPHeaders: { ...blobHTTPHeaders, blobContentMD5: md5 },
        metadata: { [hashName]: sha256 },
        abortSignal: signal === undefined ? stalled.signal : AbortSignal.any([signal, stalled.signal]),
        onProgress: ({ loadedBytes }) => {
          timer.refresh();
          onProgress?.(loadedBytes);
        },
      });
    } finally {
      clearTimeout(timer);
    }
    return sha256;
  }

  #assertMeant(sha256: string): void {
    const { file, sha256: meant } = this.#options;
    if (meant === undefined || meant === sha256) return;
    throw new DmfpipeError("DMFP-RUN-FILE", `${file} is no longer the file that was built.`, {
      at: { file },
    });
  }

  /** Looks at length and hash of what the store holds, where it may be looked at. */
  async #verify(client: BlockBlobClient, sha256: string): Promise<void> {
    let stored;
    try {
      stored = await this.#persist(() => client.getProperties(this.#patience()));
    } catch (thrown) {
      // The address may be for writing only, and a store of another kind may not know the question: it cannot be
      // verified, which is not the same as wrong.
      const { kind, status } = this.#refusal(thrown);
      if (status !== 404 && (kind === "address" || kind === "request")) return;
      throw thrown;
    }
    const { contentLength, metadata } = stored;
    const { sizeBytes } = this.#options;
    if (contentLength !== undefined && contentLength !== sizeBytes) {
      throw wrongInStore(`the store holds ${contentLength} bytes, ${sizeBytes} were sent`);
    }
    const kept = metadata?.[hashName];
    if (kept !== undefined && kept !== sha256) {
      throw wrongInStore("the store holds another content than was sent");
    }
  }

  /** Does it again while the failure is one that passes. What took too long is not tried with the same address. */
  async #persist<T>(work: () => Promise<T>): Promise<T> {
    const { retry, signal } = this.#options;
    for (let attempt = 1; ; attempt++) {
      try {
        return await work();
      } catch (thrown) {
        if (signal?.aborted === true) throw interrupted();
        const { kind, retryAfterMs } = this.#refusal(thrown);
        const timedOut = thrown instanceof Error && thrown.name === "AbortError";
        if (kind !== "passing" || timedOut || attempt >= retry.attempts) throw thrown;
        await pause(backoffMs(attempt, retry, retryAfterMs), signal);
      }
    }
  }

  #refusal(thrown: unknown): ReturnType<typeof storeRefusal> {
    return storeRefusal(thrown, this.#options.clock.now());
  }

  /** Options of a request that ends when the run is interrupted, when nothing comes back for too long, or by `others`. */
  #patience(...others: readonly AbortSignal[]): { readonly abortSignal: AbortSignal } {
    const { signal, timeoutMs } = this.#options;
    const ends = [AbortSignal.timeout(timeoutMs), ...others, ...(signal === undefined ? [] : [signal])];
    return { abortSignal: AbortSignal.any(ends) };
  }
}

const blobHTTPHeaders = { blobContentType: "application/zip" };

async function hashesOf(file: string): Promise<{ readonly sha256: string; readonly md5: Buffer }> {
  const sha256 = createHash("sha256");
  const md5 = createHash("md5");
  for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
    sha256.update(chunk);
    md5.update(chunk);
  }
  return { sha256: sha256.digest("hex"), md5: md5.digest() };
}

/** Hashes a slice at a time, and lets what is on its way go on in between. */
async function hashMeanwhile(algorithm: "sha256" | "md5", bytes: Buffer): Promise<Buffer> {
  const hashing = createHash(algorithm);
  for (let start = 0; start < bytes.length; start += sliceBytes) {
    await nextTurn();
    hashing.update(bytes.subarray(start, start + sliceBytes));
  }
  return hashing.digest();
}

function wrongInStore(what: string): DmfpipeError {
  return new DmfpipeError("DMFP-BLOB-REFUSED", `Checking the upload: ${what}.`);
}
