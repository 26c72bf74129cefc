import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { odataErrorAnswer } from "./odata-answer.ts";

const refusals: Readonly<Record<string, readonly [number, string]>> = {
  HPE_HEADER_OVERFLOW: [431, "The request headers are too large."],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, "The request is too large."],
  ERR_HTTP_REQUEST_TIMEOUT: [408, "The request did not arrive in time."],
};

/** How long what a client still sends is thrown away, so that it can read the answer. */
const lingerMs = 1_000;

const answered = new WeakSet<Duplex>();

/**
 * Answers what is no HTTP request: headers that are too large, half a request that never ends, bytes of another
 * protocol. The shape is that of every other refusal; what the gateway before a real F&O answers is not documented
 * (assumption). For the `clientError` event of a server.
 */
export function refuseUnreadable(error: NodeJS.ErrnoException, socket: Duplex): void {
  // The parser reports every further chunk of the same request.
  if (answered.has(socket)) return;
  answered.add(socket);
  if (!socket.writable || error.code === "ECONNRESET") {
    socket.destroy();
    return;
  }
  const [status, text] = refusals[error.code ?? ""] ?? [400, "The request is not valid HTTP."];
  const { headers = {}, body } = odataErrorAnswer(status, text);
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    `content-length: ${Buffer.byteLength(body)}`,
    "connection: close",
    "",
    "",
  ];
  socket.end(lines.join("\r\n") + String(body));
  setTimeout(() => socket.destroy(), lingerMs).unref();
}
