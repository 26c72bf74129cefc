import { SaxesParser, type SaxesAttributeNS } from "saxes";
import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import { instanceNamespace } from "./contract-members.ts";

/** An element of Manifest.xml or PackageHeader.xml as it stands there. */
export interface ContractElement {
  readonly name: string;
  readonly namespace: string;
  /** `i:nil` is true. */
  readonly nil: boolean;
  /** Of the element itself, without that of its children. */
  readonly text: string;
  readonly children: readonly ContractElement[];
  /** 1-based, of the end of the start tag. */
  readonly line: number;
  readonly column: number;
}

type OpenElement = Omit<ContractElement, "text" | "children"> & { text: string; children: ContractElement[] };

/** Deeper than a conversion's values in a manifest no document of a package goes. */
const greatestDepth = 32;

/**
 * Reads a document of a package into its elements, in any encoding XML allows a reader to know: UTF-8 or UTF-16, by
 * byte order mark or by the zeros. What the XML declaration says of the encoding is not looked at. Strict about
 * well-formedness and nothing else: namespaces, names and order are for the caller to judge.
 *
 * `name` is the file's, for the message. Throws DMFP-PACKAGE-UNREADABLE, with line and column where XML is broken; a
 * document type is refused too, so there are no entities that could grow.
 */
export function readContract(bytes: Buffer, name: string): ContractElement {
  const parser = new SaxesParser({ xmlns: true, fileName: name });
  const open: OpenElement[] = [];
  let root: ContractElement | undefined;
  parser.on("error", () => {
    // Its own message begins with the position, which the error has apart.
    throw broken(name, parser, "it is not well-formed XML");
  });
  parser.on("doctype", () => {
    throw broken(name, parser, "it has a document type, which no package needs");
  });
  parser.on("opentag", (tag) => {
    if (open.length >= greatestDepth) throw broken(name, parser, "its elements are nested too deeply");
    open.push({
      name: tag.local,
      namespace: tag.uri,
      nil: Object.values(tag.attributes).some(isNil),
      text: "",
      children: [],
      line: parser.line,
      column: parser.column,
    });
  });
  const addText = (text: string): void => {
    const element = open.at(-1);
    if (element !== undefined) element.text += text;
  };
  parser.on("text", addText);
  parser.on("cdata", addText);
  parser.on("closetag", () => {
    const element = open.pop();
    if (element === undefined) return;
    // Between elements there is nothing but indentation.
    if (element.children.length > 0 && element.text.trim() === "") element.text = "";
    const parent = open.at(-1);
    if (parent === undefined) root = element;
    else parent.children.push(element);
  });
  parser.write(decode(bytes, name)).close();
  if (root === undefined) throw broken(name, parser, "it is empty");
  return root;
}

function isNil(attribute: SaxesAttributeNS): boolean {
  const { uri, local, value } = attribute;
  return uri === instanceNamespace && local === "nil" && (value === "true" || value === "1");
}

function decode(bytes: Buffer, name: string): string {
  const utf16le = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0x3c && bytes[1] === 0);
  const utf16be = (bytes[0] === 0xfe && bytes[1] === 0xff) || (bytes[0] === 0 && bytes[1] === 0x3c);
  const encoding = utf16le ? "utf-16le" : utf16be ? "utf-16be" : "utf-8";
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch (thrown) {
    throw new DmfpipeError("DMFP-PACKAGE-UNREADABLE", `${name} is not text in ${encoding.toUpperCase()}.`, {
      at: { file: name },
      cause: thrown,
    });
  }
}

function broken(
  name: string,
  parser: { readonly line: number; readonly column: number },
  why: string,
): DmfpipeError {
  return new DmfpipeError("DMFP-PACKAGE-UNREADABLE", `${name} cannot be read: ${why}.`, {
    at: { file: name, line: parser.line, column: parser.column },
  });
}
