/** Where F&O keeps its blobs: the public cloud and the sovereign ones. */
const azureClouds = [
  ".blob.core.windows.net",
  ".blob.core.usgovcloudapi.net",
  ".blob.core.chinacloudapi.cn",
  ".blob.core.cloudapi.de",
];

/**
 * Whether packages may be uploaded to this address: over https to a blob store of Azure, or to one of the project's
 * own hosts (`host` or `host:port`), which on this machine may speak plain http.
 */
export function isAllowedBlobHost(url: URL, blobHosts: readonly string[]): boolean {
  const host = url.hostname;
  const configured = blobHosts.some((allowed) => allowed === host || allowed === url.host);
  const azure = url.protocol === "https:" && azureClouds.some((suffix) => host.endsWith(suffix));
  const loopback = ["127.0.0.1", "[::1]", "localhost"].includes(host);
  return azure || (configured && (url.protocol === "https:" || loopback));
}
