import type { Readable } from "node:stream";
import type { BlockBlobClient, ContainerClient, StorageSharedKeyCredential } from "@azure/storage-blob";
import type { Clock } from "../errors/clock.ts";
import type { Azurite } from "./azurite.ts";

/** The account and key every Azurite has; they protect nothing and are documented by Microsoft. */
const account = "devstoreaccount1";
const accountKey = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

type StorageBlob = typeof import("@azure/storage-blob");

export interface BlobUrlOptions {
  /** `rw` as F&O gives for uploads, `r` for files to be fetched. */
  readonly permissions: "rw" | "r";
  readonly startsSecondsAgo: number;
  readonly lifetimeSeconds: number;
}

/** The environment's blob container, in a real Azurite. */
export class BlobStore {
  readonly #storage: StorageBlob;
  readonly #credential: StorageSharedKeyCredential;
  readonly #container: ContainerClient;
  /** Of every blob's address. */
  readonly #path: string;
  readonly #clock: Clock;
  /** `127.0.0.1:port`. */
  readonly host: string;

  private constructor(azurite: Azurite, container: string, storage: StorageBlob, clock: Clock) {
    this.#storage = storage;
    this.#clock = clock;
    this.host = new URL(azurite.address).host;
    this.#path = `/${account}/${container}/`;
    this.#credential = new storage.StorageSharedKeyCredential(account, accountKey);
    const service = new storage.BlobServiceClient(`${azurite.address}/${account}`, this.#credential);
    this.#container = service.getContainerClient(container);
  }

  /** The container of this name in an Azurite, which may still be starting; made if absent. Throws what starting does. */
  static async open(
    starting: Azurite | Promise<Azurite>,
    container: string,
    clock: Clock,
  ): Promise<BlobStore> {
    // Azurite needs some 400 ms to load, the SDK 200: side by side.
    const [azurite, storage] = await Promise.all([starting, import("@azure/storage-blob")]);
    const store = new BlobStore(azurite, container, storage, clock);
    await store.#container.createIfNotExists();
    return store;
  }

  /** An address of one blob with a shared access signature that holds for this blob only. */
  urlFor(blobName: string, options: BlobUrlOptions): string {
    const nowMs = this.#clock.now();
    const signature = this.#storage.generateBlobSASQueryParameters(
      {
        containerName: this.#container.containerName,
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
      return protocol === "http:" && host === this.host && pathname.startsWith(this.#path);
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
    for await (const { name, properties } of this.#container.listBlobsFlat()) {
      if (properties.lastModified.getTime() < timeMs) await this.#container.deleteBlob(name);
    }
  }

  #blob(name: string): BlockBlobClient {
    return this.#container.getBlockBlobClient(name);
  }
}
