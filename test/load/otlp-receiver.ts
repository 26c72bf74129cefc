import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import { onTestFinished } from "vitest";

/** A message of protobuf as it lies on the wire: the values of each field, by its number. */
type Message = ReadonlyMap<number, readonly (Buffer | bigint)[]>;

export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentId: string;
  readonly name: string;
  readonly kind: number;
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** 2: an error. */
  readonly status: number;
}

export interface ReceivedMetric {
  readonly name: string;
  readonly unit: string;
  /** Sum of a counter or a histogram, and the attributes it is for. */
  readonly points: readonly {
    readonly attributes: Readonly<Record<string, unknown>>;
    readonly value: number;
  }[];
}

export interface OtlpReceiver {
  readonly url: string;
  readonly spans: readonly ReceivedSpan[];
  /** What was received last of each metric. */
  readonly metrics: ReadonlyMap<string, ReceivedMetric>;
  readonly resource: Readonly<Record<string, unknown>>;
  /** All bytes that came in, for what must not be among them. */
  readonly bytes: () => Buffer;
}

/**
 * A small receiver of OTLP over HTTP with protobuf. It reads the wire with its own code, by the numbers of the fields in
 * opentelemetry-proto (trace.proto, metrics.proto, common.proto), so that a mistake of ours cannot cancel itself out.
 */
export async function otlpReceiver(status = 200): Promise<OtlpReceiver> {
  const spans: ReceivedSpan[] = [];
  const metrics = new Map<string, ReceivedMetric>();
  const resource: Record<string, unknown> = {};
  const bodies: Buffer[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const whole = Buffer.concat(chunks);
      const body = request.headers["content-encoding"] === "gzip" ? gunzipSync(whole) : whole;
      bodies.push(body);
      for (const part of messages(fields(body), 1)) {
        Object.assign(resource, attributesOf(only(part, 1), 1));
        for (const scope of messages(part, 2)) {
          for (const item of messages(scope, 2)) {
            if (request.url === "/v1/traces") spans.push(spanOf(item));
            if (request.url === "/v1/metrics") {
              const metric = metricOf(item);
              metrics.set(metric.name, metric);
            }
          }
        }
      }
      response.writeHead(status, { "content-type": "application/x-protobuf" }).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, spans, metrics, resource, bytes: () => Buffer.concat(bodies) };
}

function spanOf(span: Message): ReceivedSpan {
  return {
    traceId: bytes(span, 1).toString("hex"),
    spanId: bytes(span, 2).toString("hex"),
    parentId: bytes(span, 4).toString("hex"),
    name: bytes(span, 5).toString("utf8"),
    kind: Number(number(span, 6)),
    startNs: number(span, 7),
    endNs: number(span, 8),
    attributes: attributesOf(span, 9),
    status: Number(number(only(span, 15), 3)),
  };
}

function metricOf(metric: Message): ReceivedMetric {
  const sums = messages(only(metric, 7), 1).map((point) => ({
    attributes: attributesOf(point, 7),
    // as_int is a fixed 64 bit number, as_double the bits of one.
    value: point.has(6) ? Number(number(point, 6)) : double(point, 4),
  }));
  const histograms = messages(only(metric, 9), 1).map((point) => ({
    attributes: attributesOf(point, 9),
    value: double(point, 5),
  }));
  return {
    name: bytes(metric, 1).toString("utf8"),
    unit: bytes(metric, 3).toString("utf8"),
    points: [...sums, ...histograms],
  };
}

function attributesOf(message: Message, field: number): Record<string, unknown> {
  return Object.fromEntries(
    messages(message, field).map((pair) => {
      const value = only(pair, 2);
      const known = value.has(1)
        ? bytes(value, 1).toString("utf8")
        : value.has(4)
          ? double(value, 4)
          : Number(number(value, 3));
      return [bytes(pair, 1).toString("utf8"), known];
    }),
  );
}

function messages(message: Message, field: number): Message[] {
  return (message.get(field) ?? []).filter((value) => Buffer.isBuffer(value)).map(fields);
}

function only(message: Message, field: number): Message {
  return messages(message, field)[0] ?? new Map();
}

function bytes(message: Message, field: number): Buffer {
  const [value] = message.get(field) ?? [];
  return Buffer.isBuffer(value) ? value : Buffer.alloc(0);
}

function number(message: Message, field: number): bigint {
  const [value] = message.get(field) ?? [];
  return typeof value === "bigint" ? value : 0n;
}

function double(message: Message, field: number): number {
  const bits = Buffer.alloc(8);
  bits.writeBigUInt64LE(number(message, field));
  return bits.readDoubleLE();
}

/** Splits a message into its fields: wire types 0 (varint), 1 (64 bit), 2 (bytes) and 5 (32 bit). */
function fields(buffer: Buffer): Message {
  const found = new Map<number, (Buffer | bigint)[]>();
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = buffer.readUInt8(at++);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < buffer.length) {
    const tag = Number(varint());
    let value: Buffer | bigint;
    switch (tag & 7) {
      case 0:
        value = varint();
        break;
      case 1:
        value = buffer.readBigUInt64LE(at);
        at += 8;
        break;
      case 2: {
        const length = Number(varint());
        value = buffer.subarray(at, at + length);
        at += length;
        break;
      }
      case 5:
        value = BigInt(buffer.readUInt32LE(at));
        at += 4;
        break;
      default:
        throw new Error(`wire type ${tag & 7}`);
    }
    const known = found.get(tag >> 3);
    if (known === undefined) found.set(tag >> 3, [value]);
    else known.push(value);
  }
  return found;
}
