import { ActionRefused } from "./action-refused.ts";
import { utcDate } from "./odata-literal.ts";
import { namespace, queryRefused, typeText, type ODataProperty, type ODataSet } from "./odata-set.ts";

/** A number of a JSON document, with all the digits it came with. */
class JsonNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** Values of a written entity by property; `null` has become the empty text. */
export type WrittenValues = ReadonlyMap<ODataProperty, string>;

/**
 * The properties in the body of a POST or PATCH, each as text of its type: numbers without exponent, dates in UTC.
 * Annotations (`@odata.type`) are left aside. Throws ActionRefused for a body that is no JSON object, a property
 * the type does not have, and a value that is not of the property's type.
 */
export function readEntity(set: ODataSet, body: Buffer, contentType = ""): WrittenValues {
  const numbersAsText = /ieee754compatible\s*=\s*true/i.test(contentType);
  const values = new Map<ODataProperty, string>();
  for (const [name, value] of Object.entries(readObject(body))) {
    if (name.includes("@")) continue;
    const found = set.properties.get(name);
    if (found === undefined) {
      throw queryRefused(
        `The property '${name}' does not exist on type '${namespace}.${set.typeName}'. Make sure to only use property names that are defined by the type.`,
      );
    }
    values.set(found, valueOf(found, value, numbersAsText));
  }
  return values;
}

function readObject(body: Buffer): object {
  let data: unknown;
  try {
    data = parseExactly(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch {
    throw queryRefused("The request body is not valid JSON.");
  }
  if (typeof data === "object" && data !== null && !Array.isArray(data) && !(data instanceof JsonNumber)) {
    return data;
  }
  throw queryRefused("The request body is not a JSON object.");
}

type Reviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown;

/** JSON.parse that keeps the digits of numbers, for a reviver is given the source of every primitive. */
function parseExactly(text: string): unknown {
  const keepNumbers: Reviver = (_key, value, { source }) =>
    typeof value === "number" ? new JsonNumber(source ?? String(value)) : value;
  return JSON.parse(text, keepNumbers as (key: string, value: unknown) => unknown);
}

function valueOf(property: ODataProperty, value: unknown, numbersAsText: boolean): string {
  if (value === null) return "";
  switch (property.type.kind) {
    case "string":
    case "guid":
      if (typeof value === "string") return value;
      break;
    case "enum":
      if (typeof value === "string") return member(property.type, value);
      break;
    case "datetime": {
      const date = typeof value === "string" ? utcDate(value) : undefined;
      if (date !== undefined) return date;
      break;
    }
    case "decimal":
    case "int32":
    case "int64":
      if (value instanceof JsonNumber) return plainNumber(value.text);
      if (numbersAsText && property.type.kind !== "int32" && typeof value === "string") return value;
      break;
  }
  throw queryRefused(
    `Cannot convert the value of the property '${property.name}' to the expected type '${typeText(property.type)}'.`,
  );
}

function member(type: ODataProperty["type"] & { readonly kind: "enum" }, value: string): string {
  if (type.members.length === 0 || type.members.includes(value)) return value;
  throw new ActionRefused(`Requested value '${value}' was not found.`, { type: "System.ArgumentException" });
}

/** `1.5e3` → `1500`. Exponents beyond what a number of F&O holds stay as they are and are refused as too large. */
function plainNumber(text: string): string {
  const match = /^(-?)(\d+)(?:\.(\d+))?[eE]([+-]?\d{1,3})$/.exec(text);
  if (match === null) return text;
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = match;
  const power = Number(exponent);
  if (Math.abs(power) > 40) return text;
  const digits = `${"0".repeat(Math.max(0, -power))}${whole}${fraction}${"0".repeat(Math.max(0, power))}`;
  const point = whole.length + Math.max(0, -power) + power;
  const tail = digits.slice(point).replace(/0+$/, "");
  return `${sign}${digits.slice(0, point).replace(/^0+(?=\d)/, "")}${tail === "" ? "" : `.${tail}`}`;
}
