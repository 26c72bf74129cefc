import { SaxesParser } from "saxes";
import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import type { SourceEncoding } from "../project/source-format.ts";
import type { SourceFile } from "./source-file.ts";
import { TextPieces } from "./text-encoding.ts";
import { localName } from "./xml-path.ts";

/** One element of a document's structure: all the elements of this name at this place. */
export interface OutlineElement {
  readonly name: string;
  /** How often it occurs, all in all, and at most inside one parent. */
  readonly count: number;
  readonly mostInParent: number;
  /** How many parents hold several of it. */
  readonly parentsWithSeveral: number;
  readonly attributes: readonly string[];
  /** Whether any has a text of its own that is more than blanks. */
  readonly hasText: boolean;
  readonly children: readonly OutlineElement[];
}

interface MutableElement {
  readonly name: string;
  count: number;
  mostInParent: number;
  parentsWithSeveral: number;
  hasText: boolean;
  readonly attributes: Set<string>;
  readonly children: Map<string, MutableElement>;
}

/** As far as a file is looked at. */
const lookedAtBytes = 64 * 1024 * 1024;
/** A document with more different elements is no list of records. */
const mostElements = 20_000;

/**
 * The structure of an XML file: which elements there are, how often, with which attributes. Names without their
 * namespace prefixes. Looks at the first 64 MiB, and at all of a smaller file. Throws DMFP-SOURCE-INVALID for what
 * is no well-formed XML.
 */
export async function xmlOutline(
  file: SourceFile,
  options: { readonly encoding: SourceEncoding; readonly startByte: number },
): Promise<OutlineElement> {
  const top = newElement("");
  const open: { readonly element: MutableElement; readonly seen: Map<string, number> }[] = [
    { element: top, seen: new Map() },
  ];
  let elements = 0;
  const parser = new SaxesParser({ xmlns: false });
  parser.on("error", (error) => {
    throw invalid(file.name, `is no well-formed XML: ${error.message.replace(/\.$/, "")}`);
  });
  parser.on("opentag", (tag) => {
    const parent = open.at(-1);
    if (parent === undefined) return;
    const name = localName(tag.name);
    let element = parent.element.children.get(name);
    if (element === undefined) {
      if (++elements > mostElements)
        throw invalid(file.name, `has more than ${mostElements} different elements`);
      parent.element.children.set(name, (element = newElement(name)));
    }
    const inParent = (parent.seen.get(name) ?? 0) + 1;
    parent.seen.set(name, inParent);
    element.count++;
    element.mostInParent = Math.max(element.mostInParent, inParent);
    if (inParent === 2) element.parentsWithSeveral++;
    for (const attribute of Object.keys(tag.attributes)) {
      if (!/^xmlns(:|$)/.test(attribute)) element.attributes.add(localName(attribute));
    }
    open.push({ element, seen: new Map() });
  });
  const noteText = (text: string): void => {
    const current = open.at(-1);
    if (current !== undefined && !current.element.hasText && text.trim() !== "")
      current.element.hasText = true;
  };
  parser.on("text", noteText);
  parser.on("cdata", noteText);
  parser.on("closetag", () => {
    open.pop();
  });

  const pieces = new TextPieces(options.encoding);
  let lookedAt = 0;
  for await (const chunk of file.chunks(options.startByte)) {
    parser.write(pieces.next(chunk).text);
    lookedAt += chunk.length;
    if (lookedAt >= lookedAtBytes) break;
  }
  const [root] = frozen(top).children;
  if (root === undefined) throw invalid(file.name, "has no element");
  return root;
}

/**
 * The path of the element that most likely is the record: of the elements that are repeated inside something that
 * is not, the most frequent. Undefined where nothing is repeated.
 */
export function likelyRecord(root: OutlineElement): string | undefined {
  let best: { readonly path: string; readonly count: number } | undefined;
  const visit = (element: OutlineElement, path: string): void => {
    if (element.mostInParent > 1) {
      if (best === undefined || element.count > best.count) best = { path, count: element.count };
      return;
    }
    for (const child of element.children) visit(child, `${path}/${child.name}`);
  };
  visit(root, `/${root.name}`);
  return best?.path;
}

/** The element at a path from the root: `/Export/Customers/Customer`; `*` is any name, and takes the first. */
export function elementAt(root: OutlineElement, path: string): OutlineElement | undefined {
  const [first, ...steps] = path
    .split("/")
    .filter((step) => step !== "")
    .map(localName);
  if (first !== "*" && first !== root.name) return undefined;
  return steps.reduce<OutlineElement | undefined>(
    (element, step) => element?.children.find(({ name }) => step === "*" || name === step),
    root,
  );
}

function newElement(name: string): MutableElement {
  const counts = { count: 0, mostInParent: 0, parentsWithSeveral: 0 };
  return { name, ...counts, hasText: false, attributes: new Set(), children: new Map() };
}

function frozen(element: MutableElement): OutlineElement {
  const { attributes, children, ...facts } = element;
  return { ...facts, attributes: [...attributes], children: [...children.values()].map(frozen) };
}

function invalid(file: string, why: string): DmfpipeError {
  return new DmfpipeError("DMFP-SOURCE-INVALID", `${file} ${why}.`, { at: { file } });
}
