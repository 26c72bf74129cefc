import { z } from "zod";
import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import { adfsKinds, fillCredentials, signInShape, type Credentials } from "./sign-in-definition.ts";

/** Whether a doubt about an import is resolved by asking F&O, or stops the run for a person to look. */
const onInDoubt = z.enum(["ask", "stop"]).default("ask");

/** An address; one with a ${VARIABLE} in it is judged when that is filled in (see `connect`). */
const address = (what: string) =>
  z.string().refine((text) => text.includes("${") || URL.canParse(text), `has to be ${what}, https://…`);

const companyCode = z.string().regex(/^[A-Za-z0-9]{1,4}$/, "a legal entity has 1 to 4 letters or digits");

/** How much of a load the environment takes at a time. */
const parallelism = {
  enhancedParallelImport: z
    .boolean()
    .default(false)
    .describe(
      "Whether the framework parameter Enhanced parallel package import is set to Yes in the environment.",
    ),
  parallelImports: z
    .number()
    .int()
    .min(1)
    .max(64)
    .optional()
    .describe("How many packages F&O may work on at a time. Default: 1, or 4 with enhancedParallelImport."),
};

/** `kind: sandbox`: the F&O sandbox that comes with dmfpipe, started for the length of the command. */
const sandboxEnvironment = z.strictObject({
  kind: z.literal("sandbox"),
  /** JSON file with reference data, field sizes and rules of the sandbox, relative to the root. */
  setup: z.string().optional(),
  writes: z.array(companyCode).optional(),
  onInDoubt,
  ...parallelism,
});

/** Where Microsoft Entra of the public cloud signs in. */
export const publicAuthority = "https://login.microsoftonline.com";

const liveEnvironment = z
  .strictObject({
    kind: z.literal("live").default("live"),
    url: address("the address of the environment"),
    tenant: z.string().min(1).describe("Domain or id of the Microsoft Entra tenant; adfs for AD FS."),
    auth: signInShape,
    writes: z.array(companyCode).min(1),
    production: z
      .boolean()
      .optional()
      .describe("Whether loads into it have to say its name: --confirm NAME. Default: false."),
    authorityHost: address("the address of the sign-in service").default(publicAuthority),
    resource: z
      .string()
      .min(1)
      .optional()
      .describe("What tokens are asked for. Default: the address, on premises without its path."),
    blobHosts: z.array(z.string().min(1)).default([]),
    onInDoubt,
    ...parallelism,
  })
  .superRefine(({ tenant, authorityHost, auth }, context) => {
    if (tenant !== "adfs") return;
    if (authorityHost === publicAuthority) {
      context.addIssue({
        code: "custom",
        path: ["tenant"],
        message: "with adfs, authorityHost has to name the AD FS server, https://adfs.…",
      });
    }
    if (!adfsKinds.includes(auth.kind)) {
      context.addIssue({
        code: "custom",
        path: ["auth", "kind"],
        message: `with AD FS has to be ${adfsKinds.join(" or ")}`,
      });
    }
  });

/** The `environments.<name>` part of project.yaml. */
export const environmentShape = z.discriminatedUnion("kind", [sandboxEnvironment, liveEnvironment]);

/** How many packages F&O may work on at a time. */
export function packagesAtATime({
  enhancedParallelImport,
  parallelImports,
}: Pick<EnvironmentDefinition, "enhancedParallelImport" | "parallelImports">): number {
  // Microsoft's documentation names 8 batch threads as the default of a server; other jobs need some, too.
  return parallelImports ?? (enhancedParallelImport ? 4 : 1);
}

/** One environment as project.yaml describes it; `${VARIABLES}` are not filled in yet. */
export type EnvironmentDefinition = z.infer<typeof environmentShape>;

export type SandboxDefinition = z.infer<typeof sandboxEnvironment>;

/** Everything needed to talk to one F&O environment; secrets are filled in. */
export interface EnvironmentConnection {
  readonly name: string;
  /** Base URL without trailing slash. */
  readonly url: string;
  readonly tenant: string;
  readonly authorityHost: string;
  readonly auth: Credentials;
  /** What tokens are asked for: what F&O wants to see as their audience. */
  readonly resource: string;
  /** Hosts packages may be uploaded to, beside the Azure clouds; `host` or `host:port`. */
  readonly blobHosts: readonly string[];
}

export interface ConnectOptions {
  /** Name of the environment in project.yaml. */
  readonly name: string;
  /** The project's folder, absolute. */
  readonly root: string;
  readonly variables: Readonly<Record<string, string | undefined>>;
}

/**
 * Fills in `${VARIABLES}` of a live environment from the process environment. They are looked up only for the
 * environment that is used, so that a laptop need not know the secrets of production.
 *
 * Throws DMFP-SECRET-MISSING for one that is not set, DMFP-PROJECT-INVALID for plain http beyond loopback.
 */
export function connect(
  definition: Extract<EnvironmentDefinition, { kind: "live" }>,
  { name, root, variables }: ConnectOptions,
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
  const url = secureAddress(name, fill(definition.url));
  const { resource } = definition;
  return {
    name,
    url,
    tenant: fill(definition.tenant),
    authorityHost: secureAddress(name, fill(definition.authorityHost)),
    auth: fillCredentials(definition.auth, fill, root),
    resource: resource === undefined ? tokenResource(url) : fill(resource),
    blobHosts: definition.blobHosts.map(fill),
  };
}

/**
 * What a token has to be for, from the address of an environment. On premises calls go to a path below the AOS
 * address, tokens are for the address without it (observed in clients of on-premises environments).
 */
export function tokenResource(url: string): string {
  return url.replace(/\/namespaces\/AXSF$/i, "");
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
