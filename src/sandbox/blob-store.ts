import { fork, type ChildProcess } from "node:child_process";
import path from "node:path";
import type { Readable } from "node:stream";
import type { BlobServiceClient, StorageSharedKeyCredential } from "@azure/storage-blob";
import type { Clock } from "../errors/clock.ts";
import { DmfpipeError } from "../errors/dmfpipe-error.ts";

/** The account and key every Azurite has; they protect nothing and are documented by Microsoft. */
const account = "devstoreaccount1";
const accountKey = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";
const container = "dmf";
const stopTimeoutMs = 5_000;

type StorageBlob = typeof import("@azure/storage-blob");

export interface BlobUrlOptions {
  /** `rw` as F&O gives for uploads, `r` for files to be fetched. */
  readonly permissions: "rw" | "r";
  readonly startsSecondsAgo: number;
  readonly lifetimeSeconds: number;
}

/** The environment's blob container `dmf`: a real Azurite in a child process. */
export class BlobStore {
  readonly #child: ChildProcess;
  readonly #storage: StorageBlob;
  readonly #credential: StorageSharedKeyCredential;
  readonly #service: BlobServiceClient;
  readonly #clock: Clock;
  /** `127.0.0.1:port`. */
  readonly host: string;

  private constructor(child: ChildProcess, address: string, storage: StorageBlob, clock: Clock) {
    this.#child = child;
    this.#storage = storage;
    this.#clock = clock;
    this.host = new URL(address).host;
    this.#credential = new storage.StorageSharedKeyCredential(account, accountKey);
    this.#service = new storage.BlobServiceClient(`${address}/${account}`, this.#credential);
  }

  /** Starts Azurite on a free loopback port, storing in `folder`. Throws DMFP-SANDBOX-START. */
  static async start(folder: string, clock: Clock): Promise<BlobStore> {
    const child = startAzurite(folder);
    // Azurite needs some 400 ms to load, the SDK 200: side by side.
    const [address, storage] = await Promise.all([addressOf(child), import("@azure/storage-blob")]);
    const store = new BlobStore(child, address, storage, clock);
    await store.#service.getContainerClient(container).createIfNotExists();
    return store;
  }

  /** An address of one blob with a shared access signature that holds for this blob only. */
  urlFor(blobName: string, options: BlobUrlOptions): string {
    const nowMs = this.#clock.now();
    const signature = this.#storage.generateBlobSASQueryParameters(
      {
        containerName: container,
        blobName,
        permissions: this.#storage.BlobSASPermissions.parse(options.permissions === "rw" ? "rw" : "r"),
        startsOn: new Date(nowMs - options.startsSecondsAgo * 1000),
        expiresOn: new Date(nowMs + options.lifetimeSeconds * 1000),
      },
      this.#credential,
    );
    return `${this.#blob(blobName).url}?${signature.toString()}`;
  }

  /** Whether the address names a blob of this container; F&O reads packages from nowhere else. */
  owns(url: string): boolean {
    try {
      const { protocol, host, pathname, username, password } = new URL(url);
      if (username + password !== "") return false;
      return protocol === "http:" && host === this.host && pathname.startsWith(`/${account}/${container}/`);
    } catch {
      return false;
    }
  }

  async upload(blobName: string, content: Readable): Promise<void> {
    await this.#blob(blobName).uploadStream(content);
  }

  async has(blobName: string): Promise<boolean> {
    return this.#blob(blobName).exists();
  }

  /** The whole content of a blob, or undefined when there is none of this name. */
  async download(blobName: string): Promise<Buffer | undefined> {
    const blob = this.#blob(blobName);
    if (!(await blob.exists())) return undefined;
    // The SDK does not download nothing.
    const { contentLength = 0 } = await blob.getProperties();
    return contentLength === 0 ? Buffer.alloc(0) : blob.downloadToBuffer();
  }

  /** Removes the blobs that were last written before a point in time (milliseconds since 1970). */
  async removeOlderThan(timeMs: number): Promise<void> {
    const blobs = this.#service.getContainerClient(container);
    for await (const { name, properties } of blobs.listBlobsFlat()) {
      if (properties.lastModified.getTime() < timeMs) await blobs.deleteBlob(name);
    }
  }

  async stop(): Promise<void> {
    const child = this.#child;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = new Promise<void>((resolve) =>
      child.once("exit", () => {
        resolve();
      }),
    );
    // The child shuts down in order when its channel closes, as it does when this process is killed.
    if (child.connected) child.disconnect();
    const timer = setTimeout(() => child.kill("SIGKILL"), stopTimeoutMs);
    await exited;
    clearTimeout(timer);
  }

  #blob(name: string): ReturnType<ReturnType<BlobServiceClient["getContainerClient"]>["getBlockBlobClient"]> {
    return this.#service.getContainerClient(container).getBlockBlobClient(name);
  }
}

function startAzurite(folder: string): ChildProcess {
  const entry = path.join(import.meta.dirname, `azurite-process${path.extname(import.meta.filename)}`);
  return fork(entry, [folder], {
    execArgv: ["--disable-warning=ExperimentalWarning"],
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
}

async function addressOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = "";
    const listen = (chunk: Buffer): void => {
      said = (said + chunk.toString("utf8")).slice(-10_000);
      const address = /listens on (http:\/\/[\d.]+:\d+)/.exec(said)?.[1];
      if (address !== undefined) resolve(address);
    };
    child.stdout?.on("data", listen);
    child.stderr?.on("data", listen);
    child.once("exit", () => {
      reject(
        new DmfpipeError(
          "DMFP-SANDBOX-START",
          `The sandbox's blob store (Azurite) ended at once: ${said.trim()}`,
        ),
      );
    });
    child.once("error", (cause) => {
      reject(
        new DmfpipeError("DMFP-SANDBOX-START", "The sandbox's blob store (Azurite) did not start.", {
          cause,
        }),
      );
    });
  });
}
