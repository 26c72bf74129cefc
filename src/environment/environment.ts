import type { EntitySchema } from "../entity/entity-schema.ts";
import { systemClock, type Clock } from "../errors/clock.ts";
import type { EnvironmentConnection } from "../project/environment-definition.ts";
import { BlobStore } from "./blob-store.ts";
import { entityKeys, type EntityKey } from "./entity-keys.ts";
import { HttpPolicy, type RetrySettings } from "./http-policy.ts";
import { jobDetails, type JobDetail } from "./job-details.ts";
import { ODataClient } from "./odata-client.ts";
import { PackageApi } from "./package-api.ts";
import { TokenSource } from "./token-source.ts";

export interface EnvironmentOptions {
  readonly connection: EnvironmentConnection;
  readonly clock?: Clock;
  readonly retry?: RetrySettings;
  readonly signal?: AbortSignal;
  readonly onRetry?: (what: string) => void;
}

/** One F&O environment: everything a load does with it. */
export class Environment {
  readonly name: string;
  readonly api: PackageApi;
  readonly blobs: BlobStore;
  readonly #http: HttpPolicy;
  readonly #odata: ODataClient;
  readonly #tokens: TokenSource;
  readonly #base: string;

  constructor(options: EnvironmentOptions) {
    const { connection, clock = systemClock, signal, retry, onRetry } = options;
    this.name = connection.name;
    this.#base = connection.url;
    this.#http = new HttpPolicy({
      environment: connection.name,
      clock,
      ...(retry === undefined ? {} : { retry }),
      ...(signal === undefined ? {} : { signal }),
      ...(onRetry === undefined ? {} : { onRetry }),
    });
    this.#tokens = new TokenSource(connection, this.#http, clock);
    this.#odata = new ODataClient(connection, this.#http, this.#tokens);
    this.api = new PackageApi(this.#odata, connection.name);
    this.blobs = new BlobStore({
      environment: connection.name,
      blobHosts: connection.blobHosts,
      ...(signal === undefined ? {} : { signal }),
    });
  }

  /** Gets a token, to find wrong credentials before any work is done. Throws DMFP-AUTH-REFUSED and the like. */
  async signIn(): Promise<void> {
    await this.#tokens.token();
  }

  /** F&O's counts per entity of an execution. */
  async jobDetails(executionId: string): Promise<readonly JobDetail[]> {
    return await jobDetails(this.#odata, this.name, executionId);
  }

  /** The keys of all records of an entity in all companies, page by page. See entity-keys.ts. */
  entityKeys(schema: EntitySchema): AsyncGenerator<readonly EntityKey[]> {
    return entityKeys(this.#odata, { base: this.#base, environment: this.name, schema });
  }

  async close(): Promise<void> {
    await this.#http.close();
  }
}
