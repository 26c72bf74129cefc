import type { SQLInputValue } from "node:sqlite";
import { readDate } from "./field-value.ts";
import { namespace, queryRefused, type ODataType } from "./odata-set.ts";
import type { Token } from "./odata-tokens.ts";
import { comparableText } from "./odata-value.ts";

/** A constant of an expression. */
export type Literal =
  | { readonly kind: "null" }
  | { readonly kind: "boolean"; readonly value: boolean }
  | { readonly kind: "string"; readonly text: string }
  | { readonly kind: "number"; readonly text: string; readonly value: number | bigint }
  | { readonly kind: "datetime" | "guid"; readonly text: string }
  | { readonly kind: "enum"; readonly type: string; readonly text: string };

/** The constant a token stands for, or undefined when it is a name. */
export function literal(token: Token): Literal | undefined {
  if (token.kind === "string") return { kind: "string", text: token.text };
  if (token.kind === "member") return { kind: "enum", type: token.type ?? "", text: token.text };
  if (token.kind !== "word") return undefined;
  const { text } = token;
  if (text === "null") return { kind: "null" };
  if (text === "true" || text === "false") return { kind: "boolean", value: text === "true" };
  if (/^[+-]?\d{1,30}$/.test(text)) return { kind: "number", text, value: whole(text) };
  if (/^[+-]?\d{1,30}\.\d{1,30}$/.test(text)) return { kind: "number", text, value: Number(text) };
  if (/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(text)) return { kind: "guid", text };
  const date = utcDate(text);
  return date === undefined ? undefined : { kind: "datetime", text: date };
}

/** A date literal as `yyyy-MM-ddTHH:mm:ssZ` in UTC; undefined when the text is none or out of F&O's range. */
export function utcDate(text: string): string | undefined {
  const match = /^(\d{4}-\d{2}-\d{2})(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,12})?)?(?:Z|[+-]\d{2}:\d{2}))?$/.exec(
    text,
  );
  if (match === null) return undefined;
  const offset = /[+-]\d{2}:\d{2}$/.exec(text.slice(10));
  if (offset === null) return readDate(text.replace(/(\.\d{1,7})\d*/, "$1"));
  const moment = new Date(text.replace(/\.\d+/, ""));
  return Number.isNaN(moment.getTime()) ? undefined : readDate(`${moment.toISOString().slice(0, 19)}Z`);
}

/** A constant as a parameter that compares with `comparable` of a property of this type; refuses what cannot be. */
export function parameterFor(type: ODataType, constant: Literal): SQLInputValue {
  switch (type.kind) {
    case "string":
      if (constant.kind === "string") {
        return type.indexed === true ? constant.text.trim() : comparableText(constant.text);
      }
      break;
    case "guid":
      if (constant.kind === "guid") return comparableText(constant.text);
      break;
    case "decimal":
    case "int32":
    case "int64":
      if (constant.kind === "number") return constant.value;
      break;
    case "datetime":
      if (constant.kind === "datetime") return constant.text;
      break;
    case "enum":
      if (constant.kind === "enum") return member(type, constant);
  }
  throw queryRefused(`The value does not fit the type of the property.`);
}

function member(
  type: ODataType & { readonly kind: "enum" },
  constant: Literal & { readonly kind: "enum" },
): string {
  const known = type.members.length === 0 || type.members.includes(constant.text);
  if (known && constant.type === `${namespace}.${type.name}`) return constant.text;
  throw queryRefused(
    `The string '${constant.type}'${constant.text}'' is not a valid enumeration type constant.`,
  );
}

function whole(text: string): number | bigint {
  const value = Number(text);
  if (Number.isSafeInteger(value)) return value;
  const exact = BigInt(text.replace("+", ""));
  // SQLite's integers have 64 bits.
  return exact >= -(2n ** 63n) && exact < 2n ** 63n ? exact : value;
}
