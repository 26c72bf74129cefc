import { z } from "zod";
import { parseJson } from "../environment/json-text.ts";

/** One message of GetExecutionErrors. It names no entity. */
export interface ExecutionMessage {
  /** Identifies the record, mostly its key; "" where the text could not be taken apart. */
  readonly recordId: string;
  /** Empty in every sample ever seen. */
  readonly field: string;
  readonly message: string;
}

const messages = z.array(
  z.object({
    RecordId: z.union([z.string(), z.number()]).transform(String),
    Field: z.string().nullish(),
    ErrorMessage: z.string().nullish(),
  }),
);

/**
 * Reads the value of GetExecutionErrors. It is meant to be a JSON array, but F&O leaves quotes and line breaks
 * inside messages unescaped, so a JSON parser gives up part-way. Users measured that cutting the text
 * before every `{"RecordId"` and taking the three members by their names reads all of it.
 *
 * Never throws and never drops: a piece that cannot be taken apart becomes a message without a record id.
 */
export function parseExecutionErrors(text: string): ExecutionMessage[] {
  const trimmed = text.trim();
  if (trimmed === "" || trimmed === "[]" || trimmed === "null") return [];
  const parsed = messages.safeParse(parseJson(trimmed));
  if (parsed.success) {
    return parsed.data.map((row) => ({
      recordId: row.RecordId.trim(),
      field: (row.Field ?? "").trim(),
      message: row.ErrorMessage ?? "",
    }));
  }
  const body = trimmed.replace(/^\[/, "").replace(/\]$/, "");
  return body.split(/,\s*(?=\{\s*"RecordId"\s*:)/).map(parseChunk);
}

function parseChunk(chunk: string): ExecutionMessage {
  const match =
    /^\s*\{\s*"RecordId"\s*:\s*"?(?<id>.*?)"?\s*,\s*"Field"\s*:\s*(?:null|"(?<field>.*?)")\s*,\s*"ErrorMessage"\s*:\s*(?:null|"(?<message>.*)")\s*\}\s*$/s.exec(
      chunk,
    );
  if (match?.groups === undefined) return { recordId: "", field: "", message: chunk.trim() };
  return {
    recordId: unescape(match.groups["id"] ?? "").trim(),
    field: unescape(match.groups["field"] ?? "").trim(),
    message: unescape(match.groups["message"] ?? ""),
  };
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
