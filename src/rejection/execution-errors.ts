import { parseJson } from "../environment/json-text.ts";
import { MessageCutter } from "./message-cutter.ts";

/** One message of GetExecutionErrors. It names no entity. */
export interface ExecutionMessage {
  /** Identifies the record, mostly its key; "" where the text could not be taken apart. */
  readonly recordId: string;
  /** Empty in every sample ever seen. */
  readonly field: string;
  readonly message: string;
}

/** Reads the value of GetExecutionErrors where it is small and in memory already; see readExecutionErrors. */
export function parseExecutionErrors(text: string): ExecutionMessage[] {
  const cutter = new MessageCutter();
  return [...cutter.add(text), ...cutter.end()].flatMap(messagesOf);
}

/**
 * Reads the value of GetExecutionErrors as it comes, whatever its size. It is meant to be a JSON array, but F&O leaves
 * quotes and line breaks inside messages unescaped, so a JSON parser gives up part-way. Users measured that cutting the
 * text before every `{"RecordId"` and taking the three members by their names reads all of it. Each piece is taken
 * for JSON first, so what is escaped properly is read as such.
 *
 * Never drops: a piece that cannot be taken apart becomes a message without a record id. Throws only what `text` throws.
 */
export async function* readExecutionErrors(text: AsyncIterable<string>): AsyncGenerator<ExecutionMessage> {
  const cutter = new MessageCutter();
  for await (const chunk of text) {
    for (const piece of cutter.add(chunk)) for (const message of messagesOf(piece)) yield message;
  }
  for (const piece of cutter.end()) for (const message of messagesOf(piece)) yield message;
}

function messagesOf(piece: string): ExecutionMessage[] {
  const parsed = parseJson(`[${piece}]`);
  if (!Array.isArray(parsed)) return [takenApart(piece)];
  const messages = parsed.map(wellFormed);
  return messages.every((message) => message !== undefined) ? messages : [takenApart(piece)];
}

/** By hand, and not by a schema: there may be a million of them. undefined: it is no message as F&O writes them. */
function wellFormed(row: unknown): ExecutionMessage | undefined {
  if (typeof row !== "object" || row === null) return undefined;
  const { RecordId: id, Field: field = null, ErrorMessage: message = null } = row as Record<string, unknown>;
  if (typeof id !== "string" && typeof id !== "number") return undefined;
  if (field !== null && typeof field !== "string") return undefined;
  if (message !== null && typeof message !== "string") return undefined;
  return { recordId: String(id).trim(), field: (field ?? "").trim(), message: message ?? "" };
}

const beginning = /^\s*\{\s*"RecordId"\s*:/;

/** Found by their names and not by one pattern: a pattern that may try again takes forever on a long broken text. */
function takenApart(piece: string): ExecutionMessage {
  const start = beginning.exec(piece)?.[0].length;
  const field = start === undefined ? -1 : piece.indexOf('"Field"', start);
  const message = field === -1 ? -1 : piece.indexOf('"ErrorMessage"', field);
  if (start === undefined || message === -1) return { recordId: "", field: "", message: piece.trim() };
  return {
    recordId: bare(piece.slice(start, field)).trim(),
    field: bare(piece.slice(field + '"Field"'.length, message)).trim(),
    message: bare(
      piece
        .slice(message + '"ErrorMessage"'.length)
        .trimEnd()
        .replace(/\}$/, ""),
    ),
  };
}

/** A member's value without what stands around it: colon, quotes, comma. */
function bare(text: string): string {
  const value = text.trim().replace(/^:/, "").replace(/,$/, "").trim();
  return value === "null" ? "" : unescape(value.replace(/^"/, "").replace(/"$/, ""));
}

const escapes: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", b: "\b", f: "\f" };

/** Undoes the JSON escapes that are there; what was not escaped stays as it is. */
function unescape(text: string): string {
  return text.replace(/\\(?:u([0-9a-fA-F]{4})|([nrtbf"\\/]))/g, (_whole, hex?: string, letter?: string) =>
    hex === undefined
      ? (escapes[letter ?? ""] ?? letter ?? "")
      : String.fromCharCode(Number.parseInt(hex, 16)),
  );
}
