import { onTestFinished } from "vitest";
import { Environment, type EnvironmentOptions } from "../../src/environment/environment.ts";
import { Secret } from "../../src/errors/redaction.ts";
import type { EnvironmentConnection } from "../../src/project/environment-definition.ts";
import type { Sandbox } from "../../src/sandbox/start-sandbox.ts";
import { quickRetry } from "./quick-retry.ts";

/** A connection to a server that is authority and environment in one. */
export function connectionTo(
  url: string,
  changes: Partial<EnvironmentConnection> = {},
): EnvironmentConnection {
  return {
    name: "uat",
    url,
    tenant: "contoso.onmicrosoft.com",
    authorityHost: url,
    auth: { kind: "client-secret", clientId: "the-client", clientSecret: new Secret("the secret") },
    resource: url,
    blobHosts: [],
    ...changes,
  };
}

export function connectionToSandbox(
  sandbox: Sandbox,
  changes: Partial<EnvironmentConnection> = {},
): EnvironmentConnection {
  return connectionTo(sandbox.url, {
    tenant: sandbox.tenant,
    auth: {
      kind: "client-secret",
      clientId: sandbox.clientId,
      clientSecret: new Secret(sandbox.clientSecret),
    },
    blobHosts: [sandbox.blobHost],
    ...changes,
  });
}

/** An environment that retries quickly and is closed with the test. */
export function environmentFor(
  connection: EnvironmentConnection,
  options: Partial<EnvironmentOptions> = {},
): Environment {
  const environment = new Environment({ connection, retry: quickRetry, ...options });
  onTestFinished(() => environment.close());
  return environment;
}
