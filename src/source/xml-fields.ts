import { fieldPath, localName } from "./xml-path.ts";

/** What the wanted paths say about one element: which columns it fills, and which children matter. */
interface FieldNode {
  /** Columns that take the text of the element. */
  readonly text: number[];
  /** Columns that take an attribute, by local name. */
  readonly attributes: Map<string, number[]>;
  /** Children by local name: one node for all siblings, and nodes for single ones by their index. */
  readonly children: Map<string, ChildNodes>;
}

interface ChildNodes {
  /** For a path that does not say which sibling it means. */
  any?: FieldNode;
  readonly byIndex: Map<number, FieldNode>;
}

/** An open element inside the record that some wanted path leads through. */
interface OpenElement {
  readonly nodes: readonly FieldNode[];
  /** How many children of each wanted name were opened so far. */
  readonly counts: Map<string, number>;
  text: string;
}

/** The values of one record, aligned with the wanted paths. */
export interface CollectedFields {
  readonly values: readonly string[];
  /** Index of the first path that several elements of the record answer to. */
  readonly repeated?: number;
}

/**
 * Collects the values of wanted paths while the elements of a record open and close. Only elements a wanted
 * path leads through are kept, so that the rest of a record costs no memory.
 */
export class XmlFields {
  readonly #root: FieldNode = emptyNode();
  readonly #width: number;
  /** By column: whether it takes the values of all elements its path answers to, a line each. */
  readonly #takesAll: boolean[] = [];
  #values: string[] = [];
  #seen: boolean[] = [];
  /** By column: whether any record so far had it. */
  readonly #everSeen: boolean[];
  #repeated: number | undefined;
  #open: (OpenElement | undefined)[] = [];

  /** Throws DMFP-MAPPING-COLUMN when one of the paths is no path. */
  constructor(paths: readonly string[]) {
    this.#width = paths.length;
    this.#everSeen = new Array<boolean>(paths.length).fill(false);
    for (const [column, path] of paths.entries()) this.#add(column, path);
  }

  /** The record element itself was opened. */
  begin(attributes: Readonly<Record<string, string>>): void {
    this.#values = new Array<string>(this.#width).fill("");
    this.#seen = new Array<boolean>(this.#width).fill(false);
    this.#repeated = undefined;
    this.#open = [this.#element([this.#root], attributes)];
  }

  /** An element inside the record was opened. */
  open(name: string, attributes: Readonly<Record<string, string>>): void {
    const parent = this.#open.at(-1);
    const nodes = parent === undefined ? [] : this.#nodesOf(parent, localName(name));
    this.#open.push(nodes.length === 0 ? undefined : this.#element(nodes, attributes));
  }

  text(text: string): void {
    const element = this.#open.at(-1);
    if (element?.nodes.some((node) => node.text.length > 0) === true) element.text += text;
  }

  /** The innermost element was closed. */
  close(): void {
    const element = this.#open.pop();
    if (element === undefined) return;
    for (const node of element.nodes) {
      if (node.text.length > 0) this.#set(node.text, element.text.trim());
    }
  }

  /** What the record holds, once its own element was closed. */
  collected(): CollectedFields {
    return this.#repeated === undefined
      ? { values: this.#values }
      : { values: this.#values, repeated: this.#repeated };
  }

  /** Columns that no record so far had. */
  neverSeen(): number[] {
    return [...this.#everSeen.keys()].filter((column) => this.#everSeen[column] !== true);
  }

  #add(column: number, path: string): void {
    const { elements, attribute } = fieldPath(path);
    this.#takesAll[column] = elements.some((step) => step.index === "all");
    let node = this.#root;
    for (const step of elements) {
      const child = entry(node.children, step.name, (): ChildNodes => ({ byIndex: new Map() }));
      if (step.index === undefined || step.index === "all") node = child.any ??= emptyNode();
      else node = entry(child.byIndex, step.index, emptyNode);
    }
    if (attribute === undefined) node.text.push(column);
    else entry(node.attributes, attribute, (): number[] => []).push(column);
  }

  #nodesOf(parent: OpenElement, name: string): FieldNode[] {
    const found: FieldNode[] = [];
    let index: number | undefined;
    for (const node of parent.nodes) {
      const child = node.children.get(name);
      if (child === undefined) continue;
      index ??= (parent.counts.get(name) ?? 0) + 1;
      if (child.any !== undefined) found.push(child.any);
      const single = child.byIndex.get(index);
      if (single !== undefined) found.push(single);
    }
    if (index !== undefined) parent.counts.set(name, index);
    return found;
  }

  #element(nodes: readonly FieldNode[], attributes: Readonly<Record<string, string>>): OpenElement {
    for (const node of nodes) {
      if (node.attributes.size === 0) continue;
      for (const [name, value] of Object.entries(attributes)) {
        const columns = node.attributes.get(localName(name));
        if (columns !== undefined && !isNamespace(name)) this.#set(columns, value);
      }
    }
    return { nodes, counts: new Map(), text: "" };
  }

  #set(columns: readonly number[], value: string): void {
    for (const column of columns) {
      if (this.#takesAll[column] === true) this.#addLine(column, value);
      else if (this.#seen[column] === true) this.#repeated ??= column;
      else this.#values[column] = value;
      this.#seen[column] = true;
      this.#everSeen[column] = true;
    }
  }

  #addLine(column: number, value: string): void {
    const line = value.replace(/\s*[\r\n]\s*/g, " ");
    const before = this.#values[column] ?? "";
    this.#values[column] = this.#seen[column] === true ? `${before}\n${line}` : line;
  }
}

function emptyNode(): FieldNode {
  return { text: [], attributes: new Map(), children: new Map() };
}

function isNamespace(attribute: string): boolean {
  return attribute === "xmlns" || attribute.startsWith("xmlns:");
}

function entry<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
