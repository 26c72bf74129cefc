import { createHmac, timingSafeEqual } from "node:crypto";

export interface TokenClaims {
  readonly aud: string;
  readonly tid: string;
  readonly appid: string;
  readonly oid: string;
  /** Seconds since 1970. */
  readonly iat: number;
  readonly nbf: number;
  readonly exp: number;
}

/** A token of the shape of a JWT, signed with the sandbox's own key. */
export function issueToken(claims: TokenClaims, key: Buffer): string {
  const head = encode({ typ: "JWT", alg: "HS256" });
  const unsigned = `${head}.${encode(claims)}`;
  return `${unsigned}.${signature(unsigned, key).toString("base64url")}`;
}

/**
 * The claims of a token that this sandbox issued for `audience` and that has not expired; otherwise undefined.
 * Source: Microsoft's documentation of service authentication (audience, tenant and object id are checked).
 */
export function readToken(
  token: string,
  check: {
    readonly key: Buffer;
    readonly audience: string;
    readonly tenant: string;
    readonly nowSeconds: number;
  },
): TokenClaims | undefined {
  const [head, payload, sign, ...more] = token.split(".");
  if (head === undefined || payload === undefined || sign === undefined || more.length > 0) return undefined;
  const expected = signature(`${head}.${payload}`, check.key);
  const given = Buffer.from(sign, "base64url");
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
  // Only this module signs with the key, so a payload with a good signature has the claims' shape.
  const claims = JSON.parse(Buffer.from(payload, "base64url").toString("utf8")) as TokenClaims;
  const current = claims.nbf <= check.nowSeconds && check.nowSeconds < claims.exp;
  return current && claims.aud === check.audience && claims.tid === check.tenant ? claims : undefined;
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value), "utf8").toString("base64url");
}

function signature(text: string, key: Buffer): Buffer {
  return createHmac("sha256", key).update(text).digest();
}
