import { z } from "zod";
import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import { Secret } from "../errors/redaction.ts";

/** Whether a doubt about an import is resolved by asking F&O, or stops the run for a person to look. */
const onInDoubt = z.enum(["ask", "stop"]).default("ask");

/** An address; one with a ${VARIABLE} in it is judged when that is filled in (see `connect`). */
const address = (what: string) =>
  z.string().refine((text) => text.includes("${") || URL.canParse(text), `has to be ${what}, https://…`);

const companyCode = z.string().regex(/^[A-Za-z0-9]{1,4}$/, "a legal entity has 1 to 4 letters or digits");

/** `kind: sandbox`: the F&O sandbox that comes with dmfpipe, started for the length of the command. */
const sandboxEnvironment = z.strictObject({
  kind: z.literal("sandbox"),
  /** JSON file with reference data, field sizes and rules of the sandbox, relative to the root. */
  setup: z.string().optional(),
  writes: z.array(companyCode).optional(),
  onInDoubt,
});

const liveEnvironment = z.strictObject({
  kind: z.literal("live").default("live"),
  url: address("the address of the environment"),
  tenant: z.string().min(1),
  auth: z.strictObject({
    kind: z.literal("client-secret"),
    clientId: z.string().min(1),
    clientSecret: z.string().min(1),
  }),
  writes: z.array(companyCode).min(1),
  authorityHost: address("the address of the sign-in service").default("https://login.microsoftonline.com"),
  blobHosts: z.array(z.string().min(1)).default([]),
  onInDoubt,
});

/** The `environments.<name>` part of project.yaml. */
export const environmentShape = z.discriminatedUnion("kind", [sandboxEnvironment, liveEnvironment]);

/** One environment as project.yaml describes it; `${VARIABLES}` are not filled in yet. */
export type EnvironmentDefinition = z.infer<typeof environmentShape>;

export type SandboxDefinition = z.infer<typeof sandboxEnvironment>;

/** Everything needed to talk to one F&O environment; the secret is filled in. */
export interface EnvironmentConnection {
  readonly name: string;
  /** Base URL without trailing slash. */
  readonly url: string;
  readonly tenant: string;
  readonly authorityHost: string;
  readonly clientId: string;
  readonly clientSecret: Secret;
  /** Hosts packages may be uploaded to, beside the Azure clouds; `host` or `host:port`. */
  readonly blobHosts: readonly string[];
}

/**
 * Fills in `${VARIABLES}` of a live environment from the process environment. They are looked up only for the
 * environment that is used, so that a laptop need not know the secrets of production.
 *
 * Throws DMFP-SECRET-MISSING for one that is not set, DMFP-PROJECT-INVALID for plain http beyond loopback.
 */
export function connect(
  name: string,
  definition: Extract<EnvironmentDefinition, { kind: "live" }>,
  variables: Readonly<Record<string, string | undefined>>,
): EnvironmentConnection {
  const fill = (text: string): string =>
    text.replace(/\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (_whole, variable: string) => {
      const value = variables[variable];
      if (value === undefined || value === "") {
        throw new DmfpipeError("DMFP-SECRET-MISSING", `The environment variable ${variable} is not set.`, {
          at: { environment: name },
          next: `Set ${variable} and give the command again.`,
        });
      }
      return value;
    });
  return {
    name,
    url: secureAddress(name, fill(definition.url)),
    tenant: fill(definition.tenant),
    authorityHost: secureAddress(name, fill(definition.authorityHost)),
    clientId: fill(definition.auth.clientId),
    clientSecret: new Secret(fill(definition.auth.clientSecret)),
    blobHosts: definition.blobHosts.map(fill),
  };
}

/** Without trailing slash. A token over plain http could be read by anybody on the way. */
function secureAddress(environment: string, address: string): string {
  if (!URL.canParse(address)) {
    throw new DmfpipeError("DMFP-PROJECT-INVALID", `${address} is no address.`, { at: { environment } });
  }
  const url = new URL(address);
  const loopback = ["127.0.0.1", "[::1]", "localhost"].includes(url.hostname);
  if (url.protocol !== "https:" && !(url.protocol === "http:" && loopback)) {
    throw new DmfpipeError(
      "DMFP-PROJECT-INVALID",
      `${address} is not https. Plain http is allowed on this machine only.`,
      {
        at: { environment },
      },
    );
  }
  return address.replace(/\/+$/, "");
}
