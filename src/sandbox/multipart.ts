import { queryRefused } from "./odata-set.ts";

/** A part of a multipart message, or a request inside one: header names in lower case. */
export interface MessagePart {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface InnerRequest extends MessagePart {
  readonly method: string;
  readonly target: string;
}

const lineEnd = "\r\n";

/** The boundary of a `multipart/mixed` content type; undefined when it is something else. */
export function boundaryOf(contentType: string | undefined): string | undefined {
  if (contentType === undefined || !/^\s*multipart\/mixed\s*;/i.test(contentType)) return undefined;
  const match = /;\s*boundary=(?:"([^"\r\n]{1,70})"|([^\s;"]{1,70}))/i.exec(contentType);
  return match?.[1] ?? match?.[2];
}

/**
 * The parts of a multipart message whose lines end with CRLF. A message without any delimiter is refused, and so is
 * one whose lines end with LF alone; a missing last delimiter is forgiven, as in requests that were observed to work.
 */
export function splitParts(text: string, boundary: string): readonly string[] {
  const delimiter = `--${boundary}`;
  const parts: string[] = [];
  let lines: string[] | undefined;
  for (const line of text.split(lineEnd)) {
    const end = line.trimEnd();
    const closes = end === `${delimiter}--`;
    if (end === delimiter || closes) {
      if (lines !== undefined) parts.push(lines.join(lineEnd));
      lines = [];
      if (closes) return parts;
    } else lines?.push(line);
  }
  if (lines === undefined) {
    throw queryRefused("Unexpected end of MIME multipart stream. MIME multipart message is not complete.");
  }
  if (lines.some((line) => line.trim() !== "")) parts.push(lines.join(lineEnd));
  return parts;
}

/** Header lines up to the first empty one, and the rest. Throws ActionRefused for a line that is no header. */
export function readPart(text: string): MessagePart {
  const lines = text.split(lineEnd);
  const headers: Record<string, string> = {};
  let at = 0;
  for (; at < lines.length && lines[at] !== ""; at++) {
    const [, name, value = ""] = /^([\w-]+):[ \t]*([^\r\n]*)$/.exec(lines[at] ?? "") ?? [];
    if (name === undefined) throw queryRefused("A header of a part of the batch cannot be read.");
    headers[name.toLowerCase()] = value.trim();
  }
  return { headers, body: lines.slice(at + 1).join(lineEnd) };
}

/** The request inside a part of type `application/http`. Throws ActionRefused. */
export function readInnerRequest(part: MessagePart): InnerRequest {
  const text = part.body.replace(/^(?:\r\n)+/, "");
  const cut = text.indexOf(lineEnd);
  const line = cut === -1 ? text : text.slice(0, cut);
  const match = /^([A-Z]+) (\S+) HTTP\/1\.[01]$/.exec(line.trimEnd());
  const [, method, target] = match ?? [];
  if (method === undefined || target === undefined) {
    throw queryRefused(`The request line of a part of the batch cannot be read: '${line.slice(0, 200)}'.`);
  }
  return { method, target, ...readPart(cut === -1 ? "" : text.slice(cut + lineEnd.length)) };
}

/** Parts as one message. */
export function joinParts(boundary: string, parts: readonly string[]): string {
  return [...parts.map((part) => `--${boundary}${lineEnd}${part}`), `--${boundary}--${lineEnd}`].join(
    lineEnd,
  );
}
