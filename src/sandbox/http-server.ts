import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { randomUUID } from "node:crypto";
import type { Handler, SandboxAnswer } from "./http-exchange.ts";
import { odataErrorAnswer } from "./odata-answer.ts";
import { refuseUnreadable } from "./unreadable-request.ts";

/** Larger request bodies are refused with 413: no documented request to F&O comes near it. */
const bodyLimitBytes = 4 * 1024 * 1024;

/** Recurring integrations send files and packages in the request itself, and a batch has up to 5000 operations. */
const messageLimitBytes = 64 * 1024 * 1024;
const messagePath = /^(\/namespaces\/AXSF)?\/(?:api\/connector\/enqueue\/|data\/\$batch$)/i;

/** A handler throws this to close the connection without an answer (a planned fault). */
export class ConnectionDropped extends Error {
  override readonly name = "ConnectionDropped";
}

/** A loopback HTTP server around one handler. It outlives whatever a client sends. */
export class HttpServer {
  readonly #server: Server;
  readonly port: number;

  private constructor(server: Server) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
  }

  /**
   * Listens on 127.0.0.1; port 0 takes any free one. The handler is chosen once the port is known. With a
   * certificate and its key (PEM) the server speaks HTTPS only.
   */
  static async listen(
    port: number,
    handlerFor: (port: number) => Handler,
    tls?: { readonly certificate: string; readonly privateKey: string },
  ): Promise<HttpServer> {
    const holder: { handler?: Handler } = {};
    const listener = (request: IncomingMessage, response: ServerResponse): void => {
      const { handler } = holder;
      if (handler === undefined) response.writeHead(503).end();
      else void serve(request, response, handler);
    };
    const server =
      tls === undefined
        ? createServer(listener)
        : createTlsServer({ cert: tls.certificate, key: tls.privateKey, minVersion: "TLSv1.2" }, listener);
    server.keepAliveTimeout = 65_000;
    // ImportFromPackage may hold its answer for long; only the arrival of a request is limited.
    server.timeout = 0;
    server.on("clientError", refuseUnreadable);
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, "127.0.0.1", () => {
        server.off("error", reject);
        resolve();
      });
    });
    const listening = new HttpServer(server);
    holder.handler = handlerFor(listening.port);
    return listening;
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) =>
      this.#server.close(() => {
        resolve();
      }),
    );
    this.#server.closeAllConnections();
    await closed;
  }
}

async function serve(request: IncomingMessage, response: ServerResponse, handler: Handler): Promise<void> {
  try {
    const body = await readBody(request);
    const answer =
      body === undefined
        ? odataErrorAnswer(413, "The request is too large.")
        : await handle(request, body, handler);
    write(response, answer);
  } catch {
    // The client went away, or a fault wants the connection gone: there is nobody to tell.
    request.destroy();
    response.destroy();
  }
}

async function handle(request: IncomingMessage, body: Buffer, handler: Handler): Promise<SandboxAnswer> {
  const target = request.url ?? "/";
  const cut = target.indexOf("?");
  let path: string;
  try {
    path = decodeURIComponent(cut === -1 ? target : target.slice(0, cut));
  } catch {
    return odataErrorAnswer(400, "The request URI is not valid.");
  }
  const query = new URLSearchParams(cut === -1 ? "" : target.slice(cut + 1));
  const headers: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    headers[name] = Array.isArray(value) ? value.join(", ") : value;
  }
  try {
    return await handler({ method: request.method ?? "GET", path, query, headers, body });
  } catch (error) {
    if (error instanceof ConnectionDropped) throw error;
    return odataErrorAnswer(500, error instanceof Error ? error.message : String(error));
  }
}

async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const limitBytes = messagePath.test(request.url ?? "") ? messageLimitBytes : bodyLimitBytes;
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes <= limitBytes) chunks.push(chunk);
    // The rest of a body that is too large is read for a while, so that the client sees the answer.
    else if (sizeBytes > limitBytes + 15 * bodyLimitBytes) throw new ConnectionDropped();
  }
  return sizeBytes > limitBytes ? undefined : Buffer.concat(chunks);
}

function write(response: ServerResponse, answer: SandboxAnswer): void {
  const body = typeof answer.body === "string" ? Buffer.from(answer.body, "utf8") : answer.body;
  const lengths = answer.status === 204 ? {} : { "content-length": String(body.length) };
  response.writeHead(answer.status, { "ms-dyn-aid": randomUUID(), ...answer.headers, ...lengths });
  if (answer.cutAfterBytes === undefined) response.end(answer.status === 204 ? undefined : body);
  // The header has promised the whole body: the client must notice that the rest is missing.
  else response.write(body.subarray(0, answer.cutAfterBytes), () => response.destroy());
}
