import { constants, createHash, verify, X509Certificate } from "node:crypto";
import { z } from "zod";
import { entraRefusals, type EntraRefusal } from "./entra-refusal.ts";

/** The only type of client assertion there is. */
export const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/** Entra allows clocks to differ by five minutes. */
const clockSkewSeconds = 300;

const header = z.object({
  alg: z.string(),
  x5t: z.string().optional(),
  "x5t#S256": z.string().optional(),
  kid: z.string().optional(),
});

const claims = z.object({
  aud: z.string(),
  iss: z.string(),
  sub: z.string(),
  exp: z.number(),
  nbf: z.number().optional(),
});

export interface AssertionCheck {
  readonly clientId: string;
  /** PEM certificates registered for the application. */
  readonly certificates: readonly string[];
  /** Addresses the assertion may be meant for. */
  readonly audiences: readonly string[];
  readonly nowSeconds: number;
}

/**
 * Checks the signed statement by which an application proves itself with a certificate: signed by PS256 or RS256 with
 * a registered certificate that `x5t#S256` or `x5t` names, issuer and subject the client id, audience the token
 * endpoint, still valid. Source: Microsoft's documentation of certificate credentials. Undefined when all is well.
 */
export function assertionProblem(assertion: string, check: AssertionCheck): EntraRefusal | undefined {
  const parts = assertion.split(".");
  const [head = "", payload = "", signature = ""] = parts;
  const parsedHeader = header.safeParse(decode(head));
  const parsedClaims = claims.safeParse(decode(payload));
  if (parts.length !== 3 || !parsedHeader.success || !parsedClaims.success) {
    return entraRefusals.assertionMalformed();
  }
  const { data } = parsedClaims;
  if (data.iss !== check.clientId || data.sub !== check.clientId) return entraRefusals.assertionIssuer();
  const signatureProblem = badSignature(parsedHeader.data, check.certificates, {
    signed: Buffer.from(`${head}.${payload}`),
    signature: Buffer.from(signature, "base64url"),
  });
  if (signatureProblem !== undefined) return entraRefusals.assertionSignature(signatureProblem);
  if (!check.audiences.includes(data.aud)) return entraRefusals.assertionAudience();
  const early = data.nbf !== undefined && data.nbf > check.nowSeconds + clockSkewSeconds;
  if (early || data.exp < check.nowSeconds - clockSkewSeconds) return entraRefusals.assertionTime();
  return undefined;
}

function badSignature(
  head: z.infer<typeof header>,
  certificates: readonly string[],
  { signed, signature }: { readonly signed: Buffer; readonly signature: Buffer },
): string | undefined {
  const certificate = certificates.map((pem) => new X509Certificate(pem)).find((known) => names(head, known));
  if (certificate === undefined) return "The key was not found.";
  if (head.alg !== "PS256" && head.alg !== "RS256") return `The algorithm '${head.alg}' is not supported.`;
  const padding =
    head.alg === "PS256"
      ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
      : { padding: constants.RSA_PKCS1_PADDING };
  const good = verify("sha256", signed, { key: certificate.publicKey, ...padding }, signature);
  return good ? undefined : "The key was found, but use of the key to verify the signature failed.";
}

/** Thumbprints are compared as base64url; older clients send the hexadecimal one as the key's id. */
function names(head: z.infer<typeof header>, certificate: X509Certificate): boolean {
  const sha256 = createHash("sha256").update(certificate.raw).digest("base64url");
  const sha1 = createHash("sha1").update(certificate.raw);
  if (head["x5t#S256"] !== undefined) return head["x5t#S256"] === sha256;
  const digest = sha1.digest();
  if (head.x5t !== undefined) return head.x5t === digest.toString("base64url");
  return head.kid?.toUpperCase() === digest.toString("hex").toUpperCase();
}

function decode(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
  } catch {
    return undefined;
  }
}
