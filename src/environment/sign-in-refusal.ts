import { z } from "zod";
import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import type { EnvironmentConnection } from "../project/environment-definition.ts";
import { excerpt } from "./http-policy.ts";
import { parseJson } from "./json-text.ts";
import type { SignInTransport } from "./sign-in-transport.ts";

const refusal = z.object({
  error: z.string(),
  error_description: z.string().default(""),
  error_codes: z.array(z.number()).default([]),
});

/**
 * What the numbers of Microsoft Entra mean for the person who set the environment up. Source: Microsoft's list of
 * AADSTS codes, and its documentation of certificate and federated credentials.
 */
export const entraHints: Readonly<Record<number, string>> = {
  7000215: "The client secret is wrong. Use the secret's value, not its id.",
  7000222:
    "The client secret has expired. Make a new one in the app registration, and set the variable to it.",
  7000218: "No credential was sent. Set the variable that auth names.",
  7000112: "The application is switched off in the tenant. Have it enabled under Enterprise applications.",
  700016: "The tenant has no application with this client id. Check clientId and tenant.",
  7000229:
    "The tenant knows the application, but has no service principal of it. Have an administrator consent.",
  700027:
    "The certificate is not one of the app registration's. Upload its public part under Certificates & secrets.",
  700030: "The certificate's subject or issuer is not one the app registration trusts.",
  700021: "The signed statement names another application. Check clientId.",
  700023: "The signed statement is for another sign-in service. Check tenant and authorityHost.",
  700024:
    "The signed statement is not valid at this time. Set the clock of this machine; on Kubernetes, look whether the token file is renewed.",
  700211:
    "No federated credential of the app registration has this issuer. Add one for the cluster's issuer.",
  700212: "No federated credential of the app registration has this audience: api://AzureADTokenExchange.",
  700213:
    "No federated credential of the app registration has this subject. Add one for the service account: system:serviceaccount:<namespace>:<name>.",
  70021:
    "No federated credential of the app registration fits the token. Check issuer, subject and audience.",
  90002: "There is no such tenant. Check tenant, and authorityHost where it is in a sovereign cloud.",
  900023: "There is no such tenant: tenant is its domain (contoso.onmicrosoft.com) or its id.",
  900382: "The tenant is in another cloud. Set authorityHost to the sign-in service of that cloud.",
  50049: "authorityHost is no sign-in service Microsoft Entra knows.",
  500011:
    "The url of the environment is not known to the tenant. Check it for typing errors, or set resource.",
  500014: "The environment's service principal is switched off in the tenant. Ask its administrator.",
  1002012: "What the token is asked for is not valid. Check url and resource for typing errors.",
  70011: "What the token is asked for is not valid. Check url and resource for typing errors.",
  65001: "The application lacks consent. Have an administrator of the tenant consent to it.",
  53003: "A rule of conditional access forbids it. Ask the tenant's administrator to allow this machine.",
  50076: "This user has to prove more than a password. Sign in anew with: az login",
  50078: "The sign-in of this user has ended. Sign in anew with: az login",
  700082: "The sign-in of this user has ended. Sign in anew with: az login",
  70043: "The sign-in of this user has ended. Sign in anew with: az login",
};

/**
 * What a sign-in ended with, in coded words. What the sign-in service said goes before what the library made of it.
 * DMFP-AUTH-REFUSED where the service said no, DMFP-HTTP-ANSWER where it answered with something else,
 * DMFP-CREDENTIAL where nobody was asked because of what is missing on this machine, or what HttpPolicy threw.
 */
export function signInError(
  thrown: unknown,
  transport: SignInTransport,
  connection: EnvironmentConnection,
): DmfpipeError {
  const at = { environment: connection.name };
  if (thrown instanceof DmfpipeError) return thrown;
  if (transport.failure !== undefined) return unreachable(transport.failure, connection);
  const { answer } = transport;
  if (answer === undefined) return localError(thrown, connection);
  const parsed = refusal.safeParse(parseJson(answer.text));
  if (parsed.success) {
    const { error, error_description: description, error_codes: codes } = parsed.data;
    const words = description === "" ? error : description;
    return refused(connection, `Signing in was refused: ${excerpt(words)}`, [...codes, ...numbersIn(words)]);
  }
  if (answer.status === 200) {
    return new DmfpipeError("DMFP-HTTP-ANSWER", "Signing in: the answer holds no token.", {
      at,
      cause: thrown,
    });
  }
  const said = `Signing in: HTTP ${answer.status}. ${excerpt(answer.text)}`.trim();
  return refused(connection, said, []);
}

function refused(connection: EnvironmentConnection, message: string, codes: readonly number[]): DmfpipeError {
  const hint = codes.map((code) => entraHints[code]).find((found) => found !== undefined);
  const adfs = connection.tenant === "adfs" ? adfsHint : undefined;
  const next = hint ?? adfs;
  return new DmfpipeError("DMFP-AUTH-REFUSED", message, {
    at: { environment: connection.name },
    ...(next === undefined ? {} : { next }),
  });
}

const adfsHint =
  "AD FS gave no token: look for the event of this time under AD FS/Admin, and check that clientId is a server application in the group Microsoft Dynamics 365 for Operations On-premises, allowed to reach the AOS address (resource).";

/** The library never got as far as asking: something on this machine is missing. */
function localError(thrown: unknown, connection: EnvironmentConnection): DmfpipeError {
  const at = { environment: connection.name };
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const words = excerpt(
    message.replace(/^\w*Credential: (is unavailable\. )?/, "").replace(/To troubleshoot,.*$/s, ""),
  );
  const codes = numbersIn(message);
  if (codes.length > 0) return refused(connection, `Signing in was refused: ${words}`, codes);
  return new DmfpipeError("DMFP-CREDENTIAL", `Signing in as ${connection.auth.kind}: ${words}`, {
    at,
    next: localAdvice[connection.auth.kind],
    cause: thrown,
  });
}

const localAdvice: Readonly<Record<EnvironmentConnection["auth"]["kind"], string>> = {
  "client-secret": "Check tenant and clientId of the environment in project.yaml.",
  "client-certificate": "Check tenant, clientId and certificateFile of the environment in project.yaml.",
  "managed-identity": "Assign a managed identity to this machine, or use another kind of auth.",
  "workload-identity":
    'Label the pod azure.workload.identity/use: "true" and its service account with the client id, or set clientId and tokenFile.',
  "azure-cli": "Install the Azure CLI and sign in with: az login --tenant <tenant>",
};

/** A managed identity is asked for at an address that exists on machines of Azure only. */
function unreachable(failure: DmfpipeError, connection: EnvironmentConnection): DmfpipeError {
  const nobodyThere = failure.code === "DMFP-HOST-UNREACHABLE" && connection.auth.kind === "managed-identity";
  if (!nobodyThere) return failure;
  return new DmfpipeError(
    "DMFP-CREDENTIAL",
    `No managed identity answers on this machine. ${failure.message}`,
    {
      at: { environment: connection.name },
      next: localAdvice["managed-identity"],
      cause: failure,
    },
  );
}

function numbersIn(words: string): number[] {
  return [...words.matchAll(/AADSTS(\d+)/g)].map(([, number]) => Number(number));
}
