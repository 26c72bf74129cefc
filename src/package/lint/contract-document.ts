import { SaxesParser } from "saxes";
import { instanceNamespace } from "../contract-members.ts";
import { BareAmpersand, bareAmpersandText } from "./bare-ampersand.ts";
import { TextPosition, type TextPlace } from "./text-position.ts";

/** One element of Manifest.xml or PackageHeader.xml, with everything a judge wants to know of it. */
export interface ContractElement {
  readonly name: string;
  readonly namespace: string;
  /** Whether it says i:nil="true". */
  readonly nil: boolean;
  readonly children: readonly ContractElement[];
  /** Its own text, without that of the children. */
  readonly text: string;
  /** Where its tag begins. */
  readonly at: TextPlace;
}

export interface DocumentTrouble {
  readonly message: string;
  readonly at: TextPlace;
}

export type ParsedDocument =
  | { readonly root: ContractElement; readonly trouble?: undefined }
  | { readonly root?: undefined; readonly trouble: DocumentTrouble };

/** Deeper than any contract (conversions are at depth 8); stops a file that is made to exhaust the stack. */
const maxDepth = 64;

interface OpenElement {
  readonly name: string;
  readonly namespace: string;
  readonly nil: boolean;
  readonly children: ContractElement[];
  text: string;
  readonly at: TextPlace;
}

/**
 * Parses the text of a document strictly, up to its first mistake. A document type is a mistake: .NET's serializer
 * refuses it, and its entities could be made to fill the memory.
 */
export function parseContract(text: string): ParsedDocument {
  const parser = new SaxesParser({ xmlns: true, position: true });
  const position = new TextPosition(text);
  const open: OpenElement[] = [];
  let root: ContractElement | undefined;
  let trouble: DocumentTrouble | undefined;
  let tagAt: TextPlace = { line: 1, column: 1 };
  const stop = (message: string): void => {
    trouble ??= { message, at: position.at(Math.max(0, parser.position - 1)) };
  };
  parser.on("error", (error) => {
    stop(`${error.message.replace(/^\d+:\d+: /, "").replace(/\.$/, "")}.`);
  });
  parser.on("doctype", () => {
    stop("a document type declaration is not allowed here.");
  });
  parser.on("opentagstart", (tag) => {
    // The parser has read `<`, the name, and one character behind it.
    if (trouble === undefined) tagAt = position.at(Math.max(0, parser.position - tag.name.length - 2));
  });
  parser.on("opentag", (tag) => {
    if (trouble !== undefined) return;
    if (open.length >= maxDepth) stop("the elements are nested too deeply.");
    const nil = Object.values(tag.attributes).some(
      ({ local, uri, value }) =>
        local === "nil" && uri === instanceNamespace && /^(true|1)$/.test(value.trim()),
    );
    open.push({ name: tag.local, namespace: tag.uri, nil, children: [], text: "", at: tagAt });
  });
  const addText = (part: string): void => {
    const current = open.at(-1);
    if (current !== undefined && trouble === undefined) current.text += part;
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
  if (trouble !== undefined) {
    const ampersand = new BareAmpersand().find(text, true);
    if (ampersand === undefined) return { trouble };
    return { trouble: { message: bareAmpersandText, at: new TextPosition(text).at(ampersand) } };
  }
  return root === undefined
    ? { trouble: { message: "there is no element at all.", at: { line: 1, column: 1 } } }
    : { root };
}
