import { retryAfterMs } from "./retry-after.ts";
import { isStoreError } from "./store-error.ts";

/** What the blob store, or the way to it, said no with. */
export interface StoreRefusal {
  /**
   * `passing`: the same request may succeed later. `address`: the address gives no permission, or no more; a new one
   * may. `request`: the store does not take requests of this kind. `blocks`: the blocks it was told of are gone.
   */
  readonly kind: "passing" | "address" | "request" | "blocks";
  readonly status: number | undefined;
  /** How long the store asks to wait. */
  readonly retryAfterMs?: number;
}

/**
 * The store's code for a block or body whose checksum is another one on arrival than it was when sent; Azurite has
 * only words for it.
 */
const damagedOnTheWay = /Md5Mismatch|contentMD5 doesn't match/;
/** Its codes for a list that names blocks it does not have, and for blocks it has under ids of another shape. */
const blocksGone = new Set(["InvalidBlockList", "InvalidBlobOrBlock"]);
/** Permissions the address never had: another one would be no better, another kind of request might. */
const neverPermitted = new Set([
  "AuthorizationPermissionMismatch",
  "AuthorizationResourceTypeMismatch",
  "AuthorizationServiceMismatch",
  "FeatureVersionMismatch",
]);

/**
 * Understands what the Azure SDK threw. Statuses and codes are those of Microsoft's documentation of the blob service;
 * F&O on-premises gives out addresses of a store of its own, so an unknown refusal is taken for "not this kind of
 * request".
 *
 * @param now milliseconds since 1970, for a Retry-After that is a date
 */
export function storeRefusal(thrown: unknown, now: number): StoreRefusal {
  if (!isStoreError(thrown)) return { kind: "passing", status: undefined };
  const { statusCode: status, code = "", response } = thrown;
  if (status === undefined) return { kind: "passing", status };
  if (status === 408 || status === 429 || (status >= 500 && status !== 501 && status !== 505)) {
    const askedMs = retryAfterMs({ "retry-after": response?.headers.get("retry-after") }, now);
    return { kind: "passing", status, ...(askedMs === undefined ? {} : { retryAfterMs: askedMs }) };
  }
  if (damagedOnTheWay.test(code + thrown.message)) return { kind: "passing", status };
  if (blocksGone.has(code)) return { kind: "blocks", status };
  const denied = (status === 401 || status === 403) && !neverPermitted.has(code);
  return { kind: denied ? "address" : "request", status };
}
