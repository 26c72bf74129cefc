import { SaxesParser } from "saxes";
import { ActionRefused } from "./action-refused.ts";

/**
 * Reads XML as .NET's DataContractSerializer does, as it was observed with Microsoft's own assembly: members are
 * expected in ordinal alphabetical order, one that comes late or is unknown is skipped without a word, names and
 * namespace are compared exactly, booleans are those of XML Schema.
 */

export const contractNamespace = "http://schemas.microsoft.com/dynamics/2015/01/DataManagement";
const instanceNamespace = "http://www.w3.org/2001/XMLSchema-instance";
const depthLimit = 32;

export interface ContractElement {
  readonly name: string;
  readonly namespace: string;
  readonly nil: boolean;
  readonly children: readonly ContractElement[];
  readonly text: string;
}

/** Members of an element that were read, by name; a skipped one is absent. */
export type Members = ReadonlyMap<string, ContractElement>;

/**
 * The root element of a document, which must have the given name in the contract's namespace.
 * Throws ActionRefused with the serializer's words.
 */
export function readContract(bytes: Buffer, rootName: string): ContractElement {
  const root = parse(decode(bytes));
  if (root.name !== rootName || root.namespace !== contractNamespace) {
    throw refused(
      `Expecting element '${rootName}' from namespace '${contractNamespace}'.. Encountered 'Element'  with name '${root.name}', namespace '${root.namespace}'.`,
    );
  }
  return root;
}

/** The members of an element. `names` is sorted here: no member of these contracts has an order of its own. */
export function readMembers(element: ContractElement, names: readonly string[]): Members {
  const order = [...names].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const members = new Map<string, ContractElement>();
  let next = 0;
  for (const child of element.children) {
    if (child.namespace !== contractNamespace) continue;
    const slot = order.indexOf(child.name);
    // Once a later member was read, the serializer no longer looks for an earlier one.
    if (slot < next) continue;
    next = slot + 1;
    members.set(child.name, child);
  }
  return members;
}

/** A string member: null when absent or nil. */
export function stringMember(members: Members, name: string): string | null {
  const element = members.get(name);
  if (element === undefined || element.nil) return null;
  if (element.children.length > 0) throw unexpected(element, "String");
  return element.text;
}

/** An integer member: 0 when absent. */
export function intMember(members: Members, name: string): number {
  const element = members.get(name);
  if (element === undefined) return 0;
  const text = element.text.trim();
  if (element.nil || element.children.length > 0 || !/^[+-]?\d{1,10}$/.test(text))
    throw unexpected(element, "Int32");
  return Number(text);
}

/** A boolean member: false when absent. `true`, `false`, `1` and `0` are read; `Yes` and `True` are refused. */
export function booleanMember(members: Members, name: string): boolean {
  const element = members.get(name);
  if (element === undefined) return false;
  const text = element.text.trim();
  if (!element.nil && element.children.length === 0) {
    if (text === "true" || text === "1") return true;
    if (text === "false" || text === "0") return false;
  }
  throw unexpected(element, "Boolean");
}

/** The items of a list member: null when absent or nil; elements of another name are skipped. */
export function listMember(members: Members, name: string, item: string): readonly ContractElement[] | null {
  const element = members.get(name);
  if (element === undefined || element.nil) return null;
  return element.children.filter((child) => child.name === item && child.namespace === contractNamespace);
}

function unexpected(element: ContractElement, type: string): ActionRefused {
  return refused(
    `There was an error deserializing the object. The value '${element.text.trim()}' of element '${element.name}' cannot be parsed as the type '${type}'.`,
  );
}

function refused(text: string): ActionRefused {
  return new ActionRefused(text, { type: "System.Runtime.Serialization.SerializationException" });
}

/** UTF-16 needs its byte order mark, UTF-8 may have one; a declaration must not contradict the bytes. */
function decode(bytes: Buffer): string {
  const utf16 =
    bytes[0] === 0xff && bytes[1] === 0xfe
      ? "utf-16le"
      : bytes[0] === 0xfe && bytes[1] === 0xff
        ? "utf-16be"
        : undefined;
  let text: string;
  try {
    text = new TextDecoder(utf16 ?? "utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw refused("There was an error deserializing the object. '' contains invalid UTF8 bytes.");
  }
  const declared = /^<\?xml[^>]*encoding\s*=\s*["']([^"']+)["']/.exec(text)?.[1]?.toLowerCase();
  if (declared === undefined) return text;
  if (utf16 === undefined && declared.startsWith("utf-16")) {
    throw refused("There is no Unicode byte order mark. Cannot switch to Unicode.");
  }
  if (declared !== (utf16 === undefined ? "utf-8" : "utf-16") && declared !== utf16) {
    throw refused(
      `There was an error deserializing the object. The encoding in the declaration '${declared}' does not match the encoding of the document '${utf16 ?? "utf-8"}'.`,
    );
  }
  return text;
}

interface OpenElement {
  readonly name: string;
  readonly namespace: string;
  readonly nil: boolean;
  readonly children: ContractElement[];
  text: string;
}

function parse(text: string): ContractElement {
  const parser = new SaxesParser({ xmlns: true });
  const open: OpenElement[] = [];
  let root: ContractElement | undefined;
  parser.on("error", (error) => {
    throw refused(`There was an error deserializing the object. ${error.message}`);
  });
  parser.on("doctype", () => {
    throw refused("There was an error deserializing the object. DTD is not supported.");
  });
  parser.on("opentag", (tag) => {
    if (open.length >= depthLimit) throw refused("The maximum read depth has been exceeded.");
    const nil = Object.values(tag.attributes).some(
      (attribute) =>
        attribute.local === "nil" &&
        attribute.uri === instanceNamespace &&
        /^(true|1)$/.test(attribute.value.trim()),
    );
    open.push({ name: tag.local, namespace: tag.uri, nil, children: [], text: "" });
  });
  const addText = (part: string): void => {
    const current = open.at(-1);
    if (current !== undefined) current.text += part;
  };
  parser.on("text", addText);
  parser.on("cdata", addText);
  parser.on("closetag", () => {
    const closed = open.pop();
    if (closed === undefined) return;
    const parent = open.at(-1);
    if (parent === undefined) root = closed;
    else parent.children.push(closed);
  });
  parser.write(text).close();
  if (root === undefined)
    throw refused("There was an error deserializing the object. Root element is missing.");
  return root;
}
