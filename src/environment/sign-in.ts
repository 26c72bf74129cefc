import { AsyncLocalStorage } from "node:async_hooks";
import type { HttpClient } from "@azure/core-rest-pipeline";
import type { TokenCredential } from "@azure/identity";
import { systemClock, type Clock } from "../errors/clock.ts";
import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import { Secret } from "../errors/redaction.ts";
import { publicAuthority, type EnvironmentConnection } from "../project/environment-definition.ts";
import type { HttpPolicy } from "./http-policy.ts";
import { readClientCertificate } from "./sign-in-certificate.ts";
import { signInError } from "./sign-in-refusal.ts";
import { libraryAddress, SignInTransport } from "./sign-in-transport.ts";

/** A token as it came, with the time it has left. */
export interface FetchedToken {
  readonly token: Secret;
  readonly lifetimeMs: number;
}

export interface SignInOptions {
  readonly connection: EnvironmentConnection;
  readonly http: HttpPolicy;
  readonly clock: Clock;
}

/** How long the Azure CLI may take: it starts a Python program, which asks the network. */
const azureCliTimeoutMs = 60_000;

/**
 * The sign-in that is under way. The library's managed identity keeps the first HTTP client it was ever given for the
 * whole process; so it is given one that finds out whose request it is sending.
 */
const underWay = new AsyncLocalStorage<SignInTransport>();
const azureTransport: HttpClient = {
  sendRequest: async (request) => {
    const transport = underWay.getStore();
    if (transport === undefined) throw new TypeError("A request of no sign-in.");
    return await transport.sendRequest(request);
  },
};

/**
 * Asks for a new access token, by the kind of credential the environment names, through Microsoft's @azure/identity.
 * Every call signs in anew: what the library would remember, TokenSource remembers, and a token the environment
 * refused must not come back. (Managed identities are remembered by Azure itself.)
 *
 * Throws DMFP-AUTH-REFUSED, DMFP-CREDENTIAL, DMFP-HTTP-ANSWER and what HttpPolicy throws.
 */
export async function signIn(options: SignInOptions): Promise<FetchedToken> {
  const { connection, http } = options;
  // Loaded here: a command that never signs in need not wait for it.
  const { createHttpHeaders } = await import("@azure/core-rest-pipeline");
  const transport = new SignInTransport({ http, connection, makeHeaders: createHttpHeaders });
  // Twice: the clock may have been set, or the machine have slept, between the token and the look at its end.
  for (let attempt = 1; attempt <= 2; attempt++) {
    try {
      const credential = await credentialFor(options, transport);
      const given = await underWay.run(transport, () =>
        credential.getToken(`${connection.resource}/.default`),
      );
      // The library reckons the end of a token by the clock of the machine, in whole seconds.
      const lifetimeMs = (given?.expiresOnTimestamp ?? 0) - systemClock.now();
      if (given !== null && lifetimeMs >= 500) return { token: new Secret(given.token), lifetimeMs };
    } catch (thrown) {
      throw signInError(thrown, transport, connection);
    }
  }
  throw new DmfpipeError("DMFP-HTTP-ANSWER", "Signing in: the token that came has ended already.", {
    at: { environment: connection.name },
    next: "Set the clock of this machine, then give the command again.",
  });
}

async function credentialFor(
  { connection, clock }: SignInOptions,
  transport: SignInTransport,
): Promise<TokenCredential> {
  const identity = await import("@azure/identity");
  const { auth, tenant, authorityHost, name: environment } = connection;
  const options = {
    authorityHost: libraryAddress(authorityHost),
    // Whatever the authority, the library would ask the public cloud whether it is one. Networks of sovereign clouds
    // and of AD FS need not reach that, and the address is the project's own word, not one that came over the wire.
    disableInstanceDiscovery: authorityHost !== publicAuthority,
    httpClient: transport,
    // A sign-in service that redirects is somebody else.
    redirectOptions: { maxRetries: 0 },
  };
  switch (auth.kind) {
    case "client-secret":
      return new identity.ClientSecretCredential(tenant, auth.clientId, auth.clientSecret.reveal(), options);
    case "client-certificate": {
      const { pem: certificate } = await readClientCertificate(auth, { environment, clock });
      return new identity.ClientCertificateCredential(
        tenant,
        auth.clientId,
        { certificate },
        { ...options, sendCertificateChain: auth.sendCertificateChain },
      );
    }
    case "managed-identity": {
      const { clientId } = auth;
      return new identity.ManagedIdentityCredential({
        httpClient: azureTransport,
        ...(clientId === undefined ? {} : { clientId }),
      });
    }
    case "workload-identity": {
      const { clientId, tokenFile: tokenFilePath } = auth;
      return new identity.WorkloadIdentityCredential({
        ...options,
        tenantId: tenant,
        ...(clientId === undefined ? {} : { clientId }),
        ...(tokenFilePath === undefined ? {} : { tokenFilePath }),
      });
    }
    case "azure-cli":
      return new identity.AzureCliCredential({ tenantId: tenant, processTimeoutInMs: azureCliTimeoutMs });
  }
}
