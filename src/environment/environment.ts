import type { EntitySchema } from "../entity/entity-schema.ts";
import { systemClock, type Clock } from "../errors/clock.ts";
import type { EnvironmentConnection } from "../project/environment-definition.ts";
import { BlobStore } from "./blob-store.ts";
import type { CallListener } from "./call-record.ts";
import { DataProjects } from "./data-projects.ts";
import { entityKeys, type EntityKey } from "./entity-keys.ts";
import { EntityMetadata } from "./entity-metadata.ts";
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
  /** Told about every request that was made, to F&O and to the blob store. */
  readonly onCall?: CallListener;
}

/** One F&O environment: everything a load does with it. */
export class Environment {
  readonly name: string;
  readonly api: PackageApi;
  readonly blobs: BlobStore;
  /** Its data projects, through OData. */
  readonly dataProjects: DataProjects;
  /** What it says about its entities. */
  readonly metadata: EntityMetadata;
  readonly #http: HttpPolicy;
  readonly #odata: ODataClient;
  readonly #tokens: TokenSource;
  readonly #base: string;

  constructor(options: EnvironmentOptions) {
    const { connection, clock = systemClock, signal, retry, onRetry, onCall } = options;
    this.name = connection.name;
    this.#base = connection.url;
    this.#http = new HttpPolicy({
      environment: connection.name,
      clock,
      ...(retry === undefined ? {} : { retry }),
      ...(signal === undefined ? {} : { signal }),
      ...(onRetry === undefined ? {} : { onRetry }),
      ...(onCall === undefined ? {} : { onCall }),
    });
    this.#tokens = new TokenSource(connection, this.#http, clock);
    this.#odata = new ODataClient(connection, this.#http, this.#tokens);
    this.api = new PackageApi(this.#odata, connection.name);
    this.dataProjects = new DataProjects(this.#odata, connection.name);
    this.metadata = new EntityMetadata(this.#odata, { base: connection.url, environment: connection.name });
    this.blobs = new BlobStore({
      environment: connection.name,
      blobHosts: connection.blobHosts,
      clock,
      ...(retry === undefined ? {} : { retry }),
      ...(signal === undefined ? {} : { signal }),
      ...(onCall === undefined ? {} : { onCall }),
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
