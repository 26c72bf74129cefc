import { sign, verify } from "node:crypto";
import type { TokenSigning } from "./token-signing.ts";

export interface TokenClaims {
  readonly aud: string;
  readonly iss: string;
  /** Id of the tenant. */
  readonly tid: string;
  readonly appid: string;
  /** How the application proved itself: "1" by a secret, "2" by a certificate. */
  readonly appidacr: "1" | "2";
  readonly oid: string;
  readonly sub: string;
  readonly ver: "1.0";
  /** Unique id: two tokens of the same second differ, as those of Entra do. */
  readonly uti: string;
  /** Seconds since 1970. */
  readonly iat: number;
  readonly nbf: number;
  readonly exp: number;
}

/** A JSON web token, signed with RS256 by the sandbox's published key. */
export function issueToken(claims: TokenClaims, signing: TokenSigning): string {
  const head = encode({ typ: "JWT", alg: "RS256", x5t: signing.keyId, kid: signing.keyId });
  const unsigned = `${head}.${encode(claims)}`;
  return `${unsigned}.${sign("sha256", Buffer.from(unsigned), signing.privateKey).toString("base64url")}`;
}

/**
 * The claims of a token that this sandbox issued for `audience` and that has not expired; otherwise undefined.
 * Source: Microsoft's documentation of service authentication (audience, tenant and object id are checked).
 */
export function readToken(
  token: string,
  check: {
    readonly signing: TokenSigning;
    readonly audience: string;
    readonly tenantId: string;
    readonly nowSeconds: number;
  },
): TokenClaims | undefined {
  const [head, payload, signature, ...more] = token.split(".");
  if (head === undefined || payload === undefined || signature === undefined || more.length > 0)
    return undefined;
  const signed = Buffer.from(`${head}.${payload}`);
  if (!verify("sha256", signed, check.signing.publicKey, Buffer.from(signature, "base64url")))
    return undefined;
  // Only this module signs with the key, so a payload with a good signature has the claims' shape.
  const claims = JSON.parse(Buffer.from(payload, "base64url").toString("utf8")) as TokenClaims;
  const current = claims.nbf <= check.nowSeconds && check.nowSeconds < claims.exp;
  return current && claims.aud === check.audience && claims.tid === check.tenantId ? claims : undefined;
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value), "utf8").toString("base64url");
}
