import { createServer, request as forward, type IncomingMessage, type OutgoingHttpHeaders } from "node:http";
import { connect, createServer as createTcpServer, type AddressInfo, type Server } from "node:net";
import { onTestFinished } from "vitest";

/** An answer that the relay gives itself. */
export interface OwnAnswer {
  readonly status: number;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string;
}

/** What becomes of a request on its way: the body it goes on with, or the answer it gets here. */
export type OnItsWay = (request: IncomingMessage, body: Buffer) => Buffer | OwnAnswer;

/** Stands between a client and an HTTP server (`host:port`) until the test ends; its own `host:port`. */
export async function relayTo(
  target: string,
  onItsWay: OnItsWay,
  /** Whether the answer to a request that took effect is lost. */
  loses: (request: IncomingMessage) => boolean = () => false,
): Promise<string> {
  const [hostname, port] = target.split(":");
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("error", () => undefined);
    request.on("end", () => {
      const next = onItsWay(request, Buffer.concat(chunks));
      if (!Buffer.isBuffer(next)) {
        response.writeHead(next.status, next.headers).end(next.body);
        return;
      }
      const { method, url, headers } = request;
      const onward = forward({ hostname, port, method, path: url, headers }, (answer) => {
        if (loses(request)) {
          answer.resume().on("end", () => response.destroy());
          return;
        }
        response.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(response);
      });
      onward.end(next);
    });
  });
  const host = await listening(server);
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return host;
}

/** A TCP proxy that breaks connections. */
export interface CuttingProxy {
  readonly host: string;
  /** Bytes the clients have sent through it so far. */
  readonly passedBytes: () => number;
  readonly cuts: () => number;
}

/**
 * Passes bytes between clients and a server (`host:port`) until the test ends. As soon as the clients have sent so
 * many bytes in all, the connection that carries the next one is cut; each number of the list once.
 */
export async function cuttingProxy(target: string, cutAfterBytes: readonly number[]): Promise<CuttingProxy> {
  const [host = "", port = ""] = target.split(":");
  const left = [...cutAfterBytes].sort((a, b) => a - b);
  let passed = 0;
  let cuts = 0;
  const server = createTcpServer((client) => {
    const upstream = connect(Number(port), host);
    for (const socket of [client, upstream]) socket.on("error", () => undefined);
    client.on("close", () => upstream.destroy());
    upstream.on("close", () => client.destroy());
    upstream.pipe(client);
    client.on("data", (chunk: Buffer) => {
      const [next] = left;
      if (next === undefined || passed + chunk.length <= next) {
        passed += chunk.length;
        upstream.write(chunk);
        return;
      }
      left.shift();
      cuts++;
      const rest = chunk.subarray(0, Math.max(0, next - passed));
      passed += rest.length;
      client.pause();
      // What came before the cut arrives; nothing after it does.
      upstream.write(rest, () => {
        client.resetAndDestroy();
        upstream.destroy();
      });
    });
  });
  const own = await listening(server);
  onTestFinished(() => {
    server.close();
  });
  return { host: own, passedBytes: () => passed, cuts: () => cuts };
}

async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** The address as it leads through a relay. */
export function through(host: string, address: string): string {
  const url = new URL(address);
  url.host = host;
  return url.href;
}
