import { DmfpipeError } from "../errors/dmfpipe-error.ts";

export type Variables = Readonly<Record<string, string | undefined>>;

/** What undici takes as a proxy (ProxyAgent of 7.30). */
const proxySchemes: ReadonlySet<string> = new Set(["http:", "https:", "socks:", "socks5:"]);

/** A variable in either case of its name, the lower one first, as undici reads them; undefined where it is empty. */
export function variable(variables: Variables, name: string): string | undefined {
  const value = variables[name.toLowerCase()] ?? variables[name];
  return value === "" ? undefined : value;
}

/** Throws DMFP-USAGE where a variable that names a proxy holds no address of one; it may hold a password, and is not shown. */
export function demandProxies(variables: Variables): void {
  for (const name of ["HTTPS_PROXY", "HTTP_PROXY"]) {
    const value = variable(variables, name);
    if (value === undefined || isProxy(value)) continue;
    throw new DmfpipeError("DMFP-USAGE", `The proxy that ${name} names is no address.`, {
      next: `Correct the variable ${name} (http://proxy.example.com:8080), or unset it.`,
    });
  }
}

/** `proxy.example.com:8080` is an address, too, as far as URL knows, of the scheme `proxy.example.com`. */
function isProxy(value: string): boolean {
  return URL.canParse(value) && proxySchemes.has(new URL(value).protocol);
}

/**
 * The proxy that requests to this address go through, by HTTPS_PROXY, HTTP_PROXY and NO_PROXY as undici understands
 * them; undefined where they go straight.
 */
export function proxyFor(address: URL, variables: Variables): URL | undefined {
  const plain = variable(variables, "HTTP_PROXY");
  const named = address.protocol === "https:" ? (variable(variables, "HTTPS_PROXY") ?? plain) : plain;
  if (named === undefined) return undefined;
  return isExcepted(address, variable(variables, "NO_PROXY") ?? "") ? undefined : new URL(named);
}

function isExcepted(address: URL, exceptions: string): boolean {
  const port = address.port === "" ? (address.protocol === "https:" ? "443" : "80") : address.port;
  return exceptions
    .split(/[,\s]+/)
    .filter((entry) => entry !== "")
    .some((entry) => {
      if (entry === "*") return true;
      const [, host = entry, onlyPort] = /^(.+):(\d+)$/.exec(entry) ?? [];
      if (onlyPort !== undefined && onlyPort !== port) return false;
      const suffix = host.replace(/^\*?\.?/, "").toLowerCase();
      const name = address.hostname.toLowerCase();
      return name === suffix || name.endsWith(`.${suffix}`);
    });
}
