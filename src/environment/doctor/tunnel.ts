import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import type { Socket } from "node:net";

export interface TunnelOptions {
  readonly proxy: URL;
  readonly host: string;
  readonly port: number;
  readonly timeoutMs: number;
}

/**
 * A connection to the host through the proxy (CONNECT). Rejects with what the proxy said; a status other than 200 is
 * an Error with `code` PROXY and the status in its message.
 */
export async function tunnel({ proxy, host, port, timeoutMs }: TunnelOptions): Promise<Socket> {
  const credentials =
    proxy.username === ""
      ? undefined
      : Buffer.from(`${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`).toString(
          "base64",
        );
  const send = proxy.protocol === "https:" ? httpsRequest : httpRequest;
  return await new Promise((resolve, reject) => {
    const asked = send({
      host: proxy.hostname,
      port: proxy.port === "" ? (proxy.protocol === "https:" ? 443 : 80) : Number(proxy.port),
      method: "CONNECT",
      path: `${host}:${port}`,
      headers: {
        host: `${host}:${port}`,
        ...(credentials === undefined ? {} : { "proxy-authorization": `Basic ${credentials}` }),
      },
      timeout: timeoutMs,
    });
    asked.once("connect", (answer, socket: Socket) => {
      if (answer.statusCode === 200) {
        resolve(socket);
        return;
      }
      socket.destroy();
      reject(proxyError(`the proxy answers HTTP ${answer.statusCode ?? 0}`));
    });
    asked.once("timeout", () => {
      asked.destroy(proxyError(`the proxy gave no answer for ${timeoutMs / 1000} seconds`));
    });
    asked.once("error", reject);
    asked.end();
  });
}

function proxyError(message: string): NodeJS.ErrnoException {
  return Object.assign(new TypeError(message), { code: "PROXY" });
}
