/** What became of a request that got no answer. */
export interface ConnectionFailure {
  readonly failure: string;
  /** Code of Node or undici; "" where there is none. */
  readonly code: string;
}

/** Failures of a connection that happened before a request can have been read by the server. */
const neverSent = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
]);

/** What a proxy answers when it does not make the tunnel (words of undici): the server has not seen the request. */
const noTunnel = /^Proxy response \((\d+)\) ?!== ?200 when HTTP Tunneling$/;

/** A handshake that the server broke off; the request would have come after it. */
const handshake = /HANDSHAKE/;

/** Any thrown value of undici or Node in words. */
export function connectionFailure(thrown: unknown): ConnectionFailure {
  const code = typeof thrown === "object" && thrown !== null && "code" in thrown ? String(thrown.code) : "";
  const words = thrown instanceof Error ? thrown.message : String(thrown);
  const refused = noTunnel.exec(words)?.[1];
  if (refused !== undefined) return { failure: `the proxy answered HTTP ${refused}`, code: "PROXY" };
  return { failure: words === "" ? code : words, code };
}

/** Whether the server cannot have seen the request. */
export function cannotHaveArrived({ code }: ConnectionFailure): boolean {
  return neverSent.has(code) || code === "PROXY" || handshake.test(code);
}

/** What to do about it, where that is not the address or the network; undefined where it may pass by itself. */
export function lastingCause({ code, failure }: ConnectionFailure): string | undefined {
  if (code === "PROXY" && failure.endsWith("407")) {
    return "Put user name and password of the proxy into HTTPS_PROXY, as http://user:password@proxy:port.";
  }
  return undefined;
}
