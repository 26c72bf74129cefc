import { queryRefused } from "./odata-set.ts";

export interface Token {
  /** `member` is an enum literal, `end` stands after the last token. */
  readonly kind: "mark" | "string" | "member" | "word" | "end";
  /** Marks and words as they are, strings without quotes, the member of an enum literal. */
  readonly text: string;
  /** The type in front of an enum literal, with its namespace. */
  readonly type?: string;
  readonly at: number;
}

const tokenPattern =
  /\s*(?:([(),=;])|'((?:[^']|'')*)'|([A-Za-z_][\w.]*\.\w+)'((?:[^']|'')*)'|([^\s()',=;]+))/y;

/**
 * Cuts an OData expression into tokens, the last of which is `end`. A quote inside a string is doubled.
 * Throws ActionRefused where a string has no end.
 */
export function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = [];
  const end = text.trimEnd().length;
  let at = 0;
  while (at < end) {
    tokenPattern.lastIndex = at;
    const match = tokenPattern.exec(text);
    if (match === null) throw queryRefused(`Syntax error at position ${at} in '${text}'.`);
    const [, mark, string, type, member, word] = match;
    if (mark !== undefined) tokens.push({ kind: "mark", text: mark, at });
    else if (string !== undefined) tokens.push({ kind: "string", text: unquote(string), at });
    else if (member !== undefined) {
      tokens.push({ kind: "member", text: unquote(member), type: type ?? "", at });
    } else tokens.push({ kind: "word", text: word ?? "", at });
    at = tokenPattern.lastIndex;
  }
  tokens.push({ kind: "end", text: "", at });
  return tokens;
}

function unquote(text: string): string {
  return text.replaceAll("''", "'");
}
