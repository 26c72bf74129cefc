import { connect } from "node:net";
import { text } from "node:stream/consumers";

export interface RawAnswer {
  /** 0 when the connection was closed without an answer. */
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

/** Sends bytes as they are, which no HTTP library would, and reads until the server closes. */
export async function sendRaw(address: string, ...parts: readonly (string | Buffer)[]): Promise<RawAnswer> {
  const { hostname, port } = new URL(address);
  const socket = connect(Number(port), hostname);
  // A server that refuses may close before everything is sent.
  socket.on("error", () => undefined);
  for (const part of parts) socket.write(part);
  const answer = await text(socket).catch(() => "");
  const [head = "", ...rest] = answer.split("\r\n\r\n");
  return { status: Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? 0), head, body: rest.join("\r\n\r\n") };
}

export interface OddRequest {
  readonly method: string;
  readonly target: string;
  readonly headers?: readonly string[];
  readonly body?: Buffer;
}

/** A request that is complete, whatever stands in it; the server is asked to close after its answer. */
export async function sendOdd(address: string, request: OddRequest): Promise<RawAnswer> {
  const { method, target, headers = [], body = Buffer.alloc(0) } = request;
  const lines = [
    `${method} ${target} HTTP/1.1`,
    `host: ${new URL(address).host}`,
    "connection: close",
    `content-length: ${body.length}`,
    ...headers,
  ];
  return sendRaw(address, Buffer.concat([Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1"), body]));
}
