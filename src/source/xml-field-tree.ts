import { fieldPath } from "./xml-path.ts";

/** What the wanted paths say about one element of the record: which columns it fills, and which children matter. */
export interface FieldPlace {
  /** Columns that take the text of the element. */
  readonly text: readonly number[];
  /** Whether there are any. */
  readonly takesText: boolean;
  /** For each path that leads here: columns that take an attribute, by local name. */
  readonly attributes: readonly ReadonlyMap<string, readonly number[]>[];
  /** Children that matter, by local name. */
  readonly children: ReadonlyMap<string, ChildStep>;
}

/** One path's share of a place. */
interface FieldNode {
  readonly text: number[];
  readonly attributes: Map<string, number[]>;
  /** Children by local name: one node for all siblings, and nodes for single ones by their number. */
  readonly children: Map<string, ChildNodes>;
}

interface ChildNodes {
  /** For a path that does not say which sibling it means. */
  any?: FieldNode;
  readonly byNumber: Map<number, FieldNode>;
}

/** The step to the children of one name. */
export class ChildStep {
  readonly #nodes: readonly ChildNodes[];
  readonly #any: FieldPlace | undefined;
  readonly #byNumber = new Map<number, FieldPlace>();
  /** Whether it matters which of several siblings a child is. */
  readonly isNumbered: boolean;

  constructor(nodes: readonly ChildNodes[]) {
    this.#nodes = nodes;
    this.isNumbered = nodes.some((node) => node.byNumber.size > 0);
    const any = nodes.flatMap((node) => (node.any === undefined ? [] : [node.any]));
    this.#any = any.length === 0 ? undefined : placeOf(any);
  }

  /** The place of a child; `number`: how many siblings of its name there are so far, itself included. */
  to(number: number): FieldPlace | undefined {
    if (!this.isNumbered || !this.#nodes.some(({ byNumber }) => byNumber.has(number))) return this.#any;
    let place = this.#byNumber.get(number);
    if (place === undefined) {
      const nodes = this.#nodes.flatMap(({ any, byNumber }) => {
        const single = byNumber.get(number);
        return [...(any === undefined ? [] : [any]), ...(single === undefined ? [] : [single])];
      });
      this.#byNumber.set(number, (place = placeOf(nodes)));
    }
    return place;
  }
}

/** The wanted paths of a record as a tree to walk along while its elements open and close. */
export interface FieldTree {
  readonly root: FieldPlace;
  /** By column: whether it takes the values of all elements its path answers to, a line each. */
  readonly takesAll: readonly boolean[];
}

/** Who reads rejected records again does so with the same paths for each. */
const known = new WeakMap<readonly string[], FieldTree>();

/** Makes the tree of the wanted paths. Throws DMFP-MAPPING-COLUMN when one of the paths is no path. */
export function fieldTree(paths: readonly string[]): FieldTree {
  let tree = known.get(paths);
  if (tree === undefined) known.set(paths, (tree = newTree(paths)));
  return tree;
}

function newTree(paths: readonly string[]): FieldTree {
  const root = emptyNode();
  const takesAll = paths.map((path, column) => addPath(root, path, column));
  return { root: placeOf([root]), takesAll };
}

/** Returns whether the path takes all of several elements. */
function addPath(root: FieldNode, path: string, column: number): boolean {
  const { elements, attribute } = fieldPath(path);
  let node = root;
  for (const step of elements) {
    const child = entry(node.children, step.name, (): ChildNodes => ({ byNumber: new Map() }));
    if (step.index === undefined || step.index === "all") node = child.any ??= emptyNode();
    else node = entry(child.byNumber, step.index, emptyNode);
  }
  if (attribute === undefined) node.text.push(column);
  else entry(node.attributes, attribute, (): number[] => []).push(column);
  return elements.some((step) => step.index === "all");
}

function placeOf(nodes: readonly FieldNode[]): FieldPlace {
  const children = new Map<string, ChildNodes[]>();
  for (const node of nodes) {
    for (const [name, child] of node.children) entry(children, name, (): ChildNodes[] => []).push(child);
  }
  const text = nodes.flatMap((node) => node.text);
  return {
    text,
    takesText: text.length > 0,
    attributes: nodes.flatMap(({ attributes }) => (attributes.size === 0 ? [] : [attributes])),
    children: new Map([...children].map(([name, steps]) => [name, new ChildStep(steps)])),
  };
}

function emptyNode(): FieldNode {
  return { text: [], attributes: new Map(), children: new Map() };
}

function entry<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const there = map.get(key);
  if (there !== undefined) return there;
  const made = make();
  map.set(key, made);
  return made;
}
