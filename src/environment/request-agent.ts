import { createRequire } from "node:module";
import type { Dispatcher, EnvHttpProxyAgent } from "undici";

/**
 * The part of undici that sends requests, through a proxy where the usual variables name one. Its start also loads fetch,
 * WebSocket, caches and mocks, which take 16 MB of every load (measured with undici 7.30 and Node 24, and by
 * bench/attribution.ts), so what is wanted is loaded from its files, and joined as the start does it. Should another
 * version have other files, all of it is loaded.
 */
export async function requestAgent(): Promise<typeof EnvHttpProxyAgent> {
  const require = createRequire(import.meta.url);
  try {
    const dispatcher = require("undici/lib/dispatcher/dispatcher.js") as { readonly prototype: Dispatcher };
    Object.assign(dispatcher.prototype, require("undici/lib/api/index.js"));
    return require("undici/lib/dispatcher/env-http-proxy-agent.js") as typeof EnvHttpProxyAgent;
  } catch {
    return (await import("undici")).EnvHttpProxyAgent;
  }
}
