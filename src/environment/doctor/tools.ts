import type { Clock } from "../../errors/clock.ts";
import type { EnvironmentConnection } from "../../project/environment-definition.ts";
import { HttpPolicy, type RetrySettings } from "../http-policy.ts";
import { ODataClient } from "../odata-client.ts";
import { PackageApi } from "../package-api.ts";
import { TokenSource } from "../token-source.ts";

/** What the steps ask the environment with. */
export interface Tools {
  readonly connection: EnvironmentConnection;
  readonly http: HttpPolicy;
  readonly tokens: TokenSource;
  readonly odata: ODataClient;
  readonly api: PackageApi;
}

/** A person waits for the answer: a failure that passes is tried once more, not for minutes. */
const briefRetry: RetrySettings = { attempts: 2, firstPauseMs: 500, longestPauseMs: 2_000 };

/** Tools for one environment; `http` has to be closed. */
export function openTools(
  connection: EnvironmentConnection,
  { clock, signal }: { readonly clock: Clock; readonly signal?: AbortSignal },
): Tools {
  const http = new HttpPolicy({
    environment: connection.name,
    clock,
    retry: briefRetry,
    ...(signal === undefined ? {} : { signal }),
  });
  const tokens = new TokenSource(connection, http, clock);
  const odata = new ODataClient(connection, http, tokens);
  return { connection, http, tokens, odata, api: new PackageApi(odata, connection.name) };
}
