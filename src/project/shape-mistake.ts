import type { z } from "zod";
import { didYouMean } from "../errors/suggestion.ts";

export type SettingPath = readonly (string | number)[];

/** What is wrong with a configuration file, in words for the person who wrote it. */
export interface ShapeMistake {
  readonly path: SettingPath;
  /** Whether the name at `path` is what is wrong, rather than its value. */
  readonly atKey: boolean;
  /** Ends without a full stop, unless it is two sentences. */
  readonly words: string;
}

/** Kinds of values as people call them; zod names them as programmers do. */
const kinds: Readonly<Record<string, string>> = {
  array: "a list",
  object: "a group of settings, one `name: value` a line",
  record: "a group of settings, one `name: value` a line",
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
};

/**
 * The mistake to show of all that were found: a misspelt name first, because it is the cause of the name that is
 * missing.
 *
 * @param valueAt what the file has at a path, undefined where it has nothing
 * @param settingNames every name there is, to suggest one
 */
export function firstMistake(
  issues: readonly z.core.$ZodIssue[],
  valueAt: (path: SettingPath) => unknown,
  settingNames: () => readonly string[],
): ShapeMistake {
  const issue = issues.find(({ code }) => code === "unrecognized_keys") ?? issues[0];
  const path = (issue?.path ?? []).map((part) => (typeof part === "symbol" ? String(part) : part));
  if (issue === undefined) return { path, atKey: false, words: "the file is not understood" };
  if (issue.code === "unrecognized_keys") {
    const key = issue.keys[0] ?? "";
    const unknown = `${shown([...path, key])} is not a setting dmfpipe knows`;
    return { path: [...path, key], atKey: true, words: withHint(unknown, didYouMean(key, settingNames())) };
  }
  if (issue.code === "invalid_key") {
    const name = String(path.at(-1) ?? "");
    const wrong = `${shown(path)}: ${issue.issues[0]?.message ?? issue.message}`;
    const upper = name.toUpperCase();
    return { path, atKey: true, words: withHint(wrong, name === upper ? "" : ` Did you mean ${upper}?`) };
  }
  return { path, atKey: false, words: valueWords(issue, path, valueAt(path)) };
}

function valueWords(issue: z.core.$ZodIssue, path: SettingPath, value: unknown): string {
  const name = shown(path);
  const own = /^(Invalid|Too|Unrecognized)\b/.test(issue.message) ? undefined : issue.message;
  if (value === undefined || value === null) {
    if (path.length === 0) return "the file is empty";
    return own === undefined ? `${name} is missing` : `${name} is missing: ${own}`;
  }
  if (own !== undefined) return `${name}: ${own}`;
  switch (issue.code) {
    case "invalid_type": {
      const wrong = `${name} has to be ${kinds[issue.expected] ?? issue.expected}`;
      const unquoted =
        issue.expected === "string" && (typeof value === "number" || typeof value === "boolean");
      return withHint(wrong, unquoted ? ` Put ${String(value)} between quotes.` : "");
    }
    case "invalid_value":
      return choiceWords(name, value, issue.values);
    case "invalid_union":
      if (!("options" in issue) || !Array.isArray(issue.options)) break;
      return choiceWords(name, value, issue.options);
    case "too_small":
      if (issue.origin === "array") return `${name} needs at least one entry`;
      if (issue.origin === "string") return `${name} must not be empty`;
      return `${name} has to be ${issue.inclusive === true ? "at least" : "greater than"} ${String(issue.minimum)}`;
    case "too_big":
      if (issue.origin === "string") return `${name} has more than ${String(issue.maximum)} characters`;
      if (issue.origin === "array") return `${name} has more than ${String(issue.maximum)} entries`;
      return `${name} has to be ${issue.inclusive === true ? "at most" : "less than"} ${String(issue.maximum)}`;
    default:
  }
  return `${name}: ${issue.message}`;
}

function choiceWords(name: string, value: unknown, choices: readonly unknown[]): string {
  const names = choices.filter((choice) => choice !== undefined).map(String);
  const wrong = `${name} has to be ${names.length === 1 ? "" : "one of "}${names.join(", ")}`;
  return withHint(wrong, typeof value === "string" ? didYouMean(value, names) : "");
}

function withHint(words: string, hint: string): string {
  return hint === "" ? words : `${words}.${hint}`;
}

/** `limits.recordBytes`, `entities (entry 2)`. */
function shown(path: SettingPath): string {
  if (path.length === 0) return "the file";
  return path
    .map((part) => (typeof part === "number" ? ` (entry ${part + 1})` : `.${part}`))
    .join("")
    .replace(/^\./, "")
    .replaceAll(/\)\./g, ") ");
}
