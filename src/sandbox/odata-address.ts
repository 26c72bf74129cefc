import type { SQLInputValue } from "node:sqlite";
import { literal, parameterFor, type Literal } from "./odata-literal.ts";
import { property, queryRefused, type ODataSet, type SqlFragment } from "./odata-set.ts";
import { tokenize } from "./odata-tokens.ts";
import { comparable } from "./odata-value.ts";

/** What a path below `/data/` names. */
export interface ODataAddress {
  readonly set: string;
  /** Key values by name; '' names the value of a key that was given without a name. */
  readonly key?: ReadonlyMap<string, Literal>;
  /** What follows: `$count`, or nothing. */
  readonly rest: string;
}

/** Reads `Set`, `Set(key)` and what follows them; undefined when the path is nothing of the kind. */
export function readAddress(path: string): ODataAddress | undefined {
  const match = /^(\w+)(\(.*\))?(?:\/([$\w]+))?$/s.exec(path);
  if (match === null) return undefined;
  const [, set = "", key, rest = ""] = match;
  return { set, rest, ...(key === undefined ? {} : { key: readKey(key) }) };
}

/** `(dataAreaId='usmf',VendorAccountNumber='1')` or `('1')`. */
function readKey(text: string): ReadonlyMap<string, Literal> {
  const tokens = tokenize(text);
  const key = new Map<string, Literal>();
  let at = 1;
  for (;;) {
    const named = tokens[at + 1]?.kind === "mark" && tokens[at + 1]?.text === "=";
    const name = named ? (tokens[at]?.text ?? "") : "";
    if (named) at += 2;
    const token = tokens[at];
    const constant = token === undefined ? undefined : literal(token);
    if (constant === undefined || key.has(name)) throw queryRefused("Bad Request - Error in query syntax.");
    key.set(name, constant);
    const mark = tokens[at + 1]?.text;
    at += 2;
    if (mark === "," && key.size <= 20) continue;
    if (mark === ")" && tokens[at]?.kind === "end") return key;
    throw queryRefused("Bad Request - Error in query syntax.");
  }
}

/**
 * The values of all key properties, in key order, as they compare with `comparable`. All of them must be given
 * (Microsoft's documentation of OData in F&O); a single one may come without its name (OData's own rule).
 * Throws ActionRefused.
 */
export function keyValues(set: ODataSet, key: ReadonlyMap<string, Literal>): readonly SQLInputValue[] {
  const [only] = set.keys;
  const named = key.has("") && only !== undefined ? new Map([[only, key.get("")]]) : key;
  if (key.size !== set.keys.length || key.size !== named.size) {
    throw queryRefused(
      `The number of keys specified in the URI does not match number of key properties for the resource '${set.name}'.`,
    );
  }
  return set.keys.map((name) => {
    const constant = named.get(name);
    if (constant === undefined) {
      throw queryRefused(`The key in the URI does not name the key property '${name}' of '${set.name}'.`);
    }
    return parameterFor(property(set, name).type, constant);
  });
}

/** The condition that a row has these key values. */
export function keyCondition(set: ODataSet, values: readonly SQLInputValue[]): SqlFragment {
  if (set.lookup !== undefined) return set.lookup(values);
  const parts = set.keys.map((name) => comparable(property(set, name)));
  return {
    text: parts.map(({ text }) => `${text} = ?`).join(" AND "),
    parameters: parts.flatMap(({ parameters }, index) => [...parameters, values[index] ?? ""]),
  };
}
