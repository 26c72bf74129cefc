import { z } from "zod";
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

const wellFormed = z.array(
  z.object({
    RecordId: z.union([z.string(), z.number()]).transform(String),
    Field: z.string().nullish(),
    ErrorMessage: z.string().nullish(),
  }),
);

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
  for await (const chunk of text) for (const piece of cutter.add(chunk)) yield* messagesOf(piece);
  for (const piece of cutter.end()) yield* messagesOf(piece);
}

function messagesOf(piece: string): ExecutionMessage[] {
  const parsed = wellFormed.safeParse(parseJson(`[${piece}]`));
  if (!parsed.success) return [takenApart(piece)];
  return parsed.data.map((row) => ({
    recordId: row.RecordId.trim(),
    field: (row.Field ?? "").trim(),
    message: row.ErrorMessage ?? "",
  }));
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
