import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

/** A request as it arrived, its body complete. */
export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** What the server does with one request. */
export type Reply = (response: ServerResponse, request: Received) => void;

export interface ScriptedServer {
  readonly url: string;
  readonly port: number;
  /** Everything that arrived, in order. */
  readonly received: readonly Received[];
  close(): Promise<void>;
}

/** Answers with this status, body and headers. */
export function reply(status: number, body: unknown = "", headers: Record<string, string> = {}): Reply {
  return (response) => {
    response.writeHead(status, headers);
    response.end(typeof body === "string" ? body : JSON.stringify(body));
  };
}

/** Reads the request and closes the connection without a word. */
export const hangUp: Reply = (response) => {
  response.destroy();
};

/** Reads the request and never answers. */
export const silence: Reply = () => undefined;

/** What the sign-in library asks for before it asks for a token. */
function openIdConfiguration(base: string, tenant: string): string {
  const oauth = tenant === "adfs" ? `${base}/adfs/oauth2` : `${base}/${tenant}/oauth2/v2.0`;
  return JSON.stringify({
    issuer: tenant === "adfs" ? `${base}/adfs` : `${base}/${tenant}/v2.0`,
    authorization_endpoint: `${oauth}/authorize`,
    token_endpoint: `${oauth}/token`,
    jwks_uri: `${base}/${tenant}/discovery/v2.0/keys`,
  });
}

/**
 * A server that answers the first request with the first reply, and so on; the last one is for all that follow. It
 * does what the sandbox does not do: wrong, odd and hostile answers. The metadata of a sign-in service it gives by
 * itself: they count as no request.
 */
export async function scriptedServer(...replies: readonly Reply[]): Promise<ScriptedServer> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { method = "", url: path = "", headers } = request;
      const arrived = { method, path, headers, body: Buffer.concat(chunks).toString("utf8") };
      if (path.endsWith("/.well-known/openid-configuration")) {
        response.end(openIdConfiguration(`http://${headers.host ?? ""}`, path.split("/")[1] ?? ""));
        return;
      }
      const next = replies[Math.min(received.length, replies.length - 1)];
      received.push(arrived);
      next?.(response, arrived);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  const close = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => {
      server.close(() => {
        resolve();
      });
    });
    server.closeAllConnections();
    await closed;
  };
  onTestFinished(close);
  return { url: `http://127.0.0.1:${port}`, port, received, close };
}
