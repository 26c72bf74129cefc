import type { MessageCode } from "../../project/message-rules.ts";
import { reasonRegistry } from "../../errors/registry.ts";
import type { ResolvedParts } from "./reference-target.ts";

/** What to do about a kind of problem where the message says what it is about; else the registry's words hold. */
const advice: Readonly<Partial<Record<MessageCode, string>>> = {
  "DMFP-FNO-REFERENCE": 'Create "{value}" in {table}, or correct the value.',
  "DMFP-FNO-MANDATORY": "Fill in {field}.",
  "DMFP-FNO-TOO-LONG": "Shorten {field}, or map it so that it is cut on purpose.",
  "DMFP-FNO-UPDATE":
    "Leave {field} out for records that exist already, or correct the record in F&O by hand.",
  "DMFP-FNO-VALUE-LIST":
    "Use one of the values F&O allows for {field}; a lookup in the mapping can translate it.",
};

/**
 * The advice for a message: that of its rule, or of its kind, with what the message is about filled in. Words that
 * speak of something the message does not say are not used.
 */
export function adviceFor(code: MessageCode, ruleFix: string | undefined, parts: ResolvedParts): string {
  const { field, value, refersTo: table } = parts;
  return (
    filled(ruleFix, { field, value, table }) ??
    filled(advice[code], { field, value, table }) ??
    reasonRegistry[code].next
  );
}

function filled(
  text: string | undefined,
  parts: Readonly<Record<string, string | undefined>>,
): string | undefined {
  if (text === undefined) return undefined;
  const places = [...text.matchAll(/\{(field|value|table)\}/g)].map(([, name = ""]) => name);
  if (places.some((name) => parts[name] === undefined)) return undefined;
  return text.replaceAll(/\{(field|value|table)\}/g, (_whole, name: string) => parts[name] ?? "");
}
