import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import { contractNamespace, instanceNamespace } from "./contract-members.ts";

/**
 * A member's value. `null` is written as `i:nil="true"`, an empty text as `<X />`; an array is a list of items,
 * anything else an object of its own.
 */
export type ContractValue = string | number | boolean | null | readonly ContractItem[] | ContractMembers;

/** The members of one object; one that is `undefined` is not written at all. */
export interface ContractMembers {
  readonly [member: string]: ContractValue | undefined;
}

/** One object with the name of its element. */
export interface ContractItem {
  readonly name: string;
  readonly members: ContractMembers;
}

const xmlns = `xmlns:i="${instanceNamespace}" xmlns="${contractNamespace}"`;

/**
 * A document as F&O's own serializer (DataContractSerializer over XmlTextWriter) writes it: UTF-16 LE with
 * byte order mark, no XML declaration, no indentation, `<X />` for empty.
 *
 * Members are put into ordinal alphabetical order here, so that no caller can get it wrong: observed with
 * Microsoft's serializer assembly, a member that comes later than its slot is ignored without any error.
 * Written by hand, not by an XML library, because the result is compared byte for byte with real exports, and
 * the libraries at hand write empty elements and null in their own way.
 *
 * Throws DMFP-PROJECT-INVALID when a text holds a character XML 1.0 cannot carry.
 */
export function contractDocument(root: ContractItem): Buffer {
  return Buffer.from(`\uFEFF${element(root.name, xmlns, inner(root.members))}`, "utf16le");
}

function inner(members: ContractMembers): string {
  // The default sort compares UTF-16 code units: the "ordinal" order of .NET.
  return Object.keys(members)
    .sort()
    .map((name) => member(name, members[name]))
    .join("");
}

function member(name: string, value: ContractValue | undefined): string {
  if (value === undefined) return "";
  if (value === null) return `<${name} i:nil="true" />`;
  if (isList(value)) {
    return element(name, "", value.map((item) => element(item.name, "", inner(item.members))).join(""));
  }
  if (typeof value === "object") return element(name, "", inner(value));
  return element(name, "", typeof value === "string" ? escaped(name, value) : String(value));
}

function isList(value: ContractValue): value is readonly ContractItem[] {
  return Array.isArray(value);
}

function element(name: string, attributes: string, content: string): string {
  const start = attributes === "" ? name : `${name} ${attributes}`;
  return content === "" ? `<${start} />` : `<${start}>${content}</${name}>`;
}

const notXml = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/;

function escaped(name: string, text: string): string {
  if (notXml.test(text) || !text.isWellFormed()) {
    throw new DmfpipeError(
      "DMFP-PROJECT-INVALID",
      `The package's ${name} has a character that XML cannot carry: ${JSON.stringify(text)}.`,
      { next: `Remove the character from the text that becomes ${name}.` },
    );
  }
  // A bare carriage return would be read back as a line feed.
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll("\r", "&#xD;");
}
