import path from "node:path";
import { z } from "zod";
import { Secret } from "../errors/redaction.ts";

/** A secret stands in a variable: project.yaml goes into version control. */
const secret = z
  .string()
  .min(1)
  .refine(
    (text) => text === "" || /\$\{[A-Za-z_][A-Za-z0-9_]*\}/.test(text),
    "has to name a variable, such as ${FNO_CLIENT_SECRET}: a secret does not belong in a file",
  );

const clientId = z.string().min(1).describe("Application (client) id of the app registration.");

const clientSecret = z.strictObject({
  kind: z.literal("client-secret"),
  clientId,
  clientSecret: secret,
});

const clientCertificate = z.strictObject({
  kind: z.literal("client-certificate"),
  clientId,
  certificateFile: z
    .string()
    .min(1)
    .describe("PEM file with the certificate and its private key; absolute, or relative to the project."),
  certificatePassword: secret.optional(),
  sendCertificateChain: z
    .boolean()
    .default(false)
    .describe("Where the app registration trusts the certificate's subject and issuer, not the certificate."),
});

const managedIdentity = z.strictObject({
  kind: z.literal("managed-identity"),
  clientId: z.string().min(1).optional().describe("Of a user-assigned identity; without: the machine's own."),
});

const workloadIdentity = z.strictObject({
  kind: z.literal("workload-identity"),
  clientId: z.string().min(1).optional().describe("Default: the variable AZURE_CLIENT_ID."),
  tokenFile: z.string().min(1).optional().describe("Default: the variable AZURE_FEDERATED_TOKEN_FILE."),
});

const azureCli = z.strictObject({ kind: z.literal("azure-cli") });

/** `auth` of a live environment. */
export const signInShape = z.discriminatedUnion("kind", [
  clientSecret,
  clientCertificate,
  managedIdentity,
  workloadIdentity,
  azureCli,
]);

export type SignInDefinition = z.infer<typeof signInShape>;

/** How dmfpipe proves to Microsoft Entra or AD FS who it is; variables filled in, paths absolute. */
export type Credentials =
  | { readonly kind: "client-secret"; readonly clientId: string; readonly clientSecret: Secret }
  | {
      readonly kind: "client-certificate";
      readonly clientId: string;
      readonly certificateFile: string;
      readonly certificatePassword?: Secret;
      readonly sendCertificateChain: boolean;
    }
  | { readonly kind: "managed-identity"; readonly clientId?: string }
  | { readonly kind: "workload-identity"; readonly clientId?: string; readonly tokenFile?: string }
  | { readonly kind: "azure-cli" };

/** Credentials of AD FS: the others are things of Azure, which an on-premises environment does not have. */
export const adfsKinds: readonly SignInDefinition["kind"][] = ["client-secret", "client-certificate"];

/**
 * The credentials with their variables filled in by `fill`, which throws for one that is not set. Files are taken
 * from `root`, the project's folder, unless their path is absolute: keys need not lie in the project.
 */
export function fillCredentials(
  definition: SignInDefinition,
  fill: (text: string) => string,
  root: string,
): Credentials {
  const file = (text: string): string => path.resolve(root, fill(text));
  const { kind } = definition;
  switch (kind) {
    case "client-secret":
      return {
        kind,
        clientId: fill(definition.clientId),
        clientSecret: new Secret(fill(definition.clientSecret)),
      };
    case "client-certificate": {
      const { certificatePassword: password, sendCertificateChain } = definition;
      return {
        kind,
        clientId: fill(definition.clientId),
        certificateFile: file(definition.certificateFile),
        ...(password === undefined ? {} : { certificatePassword: new Secret(fill(password)) }),
        sendCertificateChain,
      };
    }
    case "managed-identity":
      return {
        kind,
        ...(definition.clientId === undefined ? {} : { clientId: fill(definition.clientId) }),
      };
    case "workload-identity": {
      const { clientId: id, tokenFile } = definition;
      return {
        kind,
        ...(id === undefined ? {} : { clientId: fill(id) }),
        ...(tokenFile === undefined ? {} : { tokenFile: file(tokenFile) }),
      };
    }
    case "azure-cli":
      return { kind };
  }
}
