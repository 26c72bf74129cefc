import { z } from "zod";
import type { Secret } from "../errors/redaction.ts";
import { parseJson } from "./json-text.ts";

/** What a token says of itself that is no secret. */
export interface TokenClaims {
  /** Application it was given to. */
  readonly clientId?: string;
  /** Id of the tenant it comes from. */
  readonly tenantId?: string;
  /** What it is for: F&O wants its own address here. */
  readonly audience?: string;
}

const payload = z.object({
  appid: z.string().optional(),
  azp: z.string().optional(),
  tid: z.string().optional(),
  aud: z.string().optional(),
});

/**
 * Reads the claims of a token. Microsoft asks clients not to rely on what is in it: here it only serves to tell a
 * person which application signed in. Empty where the token cannot be read. `appid` is the claim of version 1, `azp`
 * that of version 2 (Microsoft's documentation of access tokens).
 */
export function tokenClaims(token: Secret): TokenClaims {
  const part = token.reveal().split(".")[1] ?? "";
  const parsed = payload.safeParse(parseJson(Buffer.from(part, "base64url").toString("utf8")));
  if (!parsed.success) return {};
  const { appid, azp, tid, aud } = parsed.data;
  const clientId = appid ?? azp;
  return {
    ...(clientId === undefined ? {} : { clientId }),
    ...(tid === undefined ? {} : { tenantId: tid }),
    ...(aud === undefined ? {} : { audience: aud }),
  };
}
