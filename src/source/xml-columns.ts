import type { OutlineElement } from "./xml-outline.ts";

/** What can be read from the records of an XML source. */
export interface XmlColumns {
  /** Paths from the record element, in the order of the document: `@id`, `Name`, `Phone[1]`, `Address/City`. */
  readonly paths: readonly string[];
  /** Elements with children of their own that a record has several of: only the first of each is among the paths. */
  readonly repeated: readonly { readonly path: string; readonly most: number }[];
  /** Elements that hardly any record has several of: a mistake of the source, and those records are rejected. */
  readonly oddlyRepeated: readonly { readonly path: string; readonly records: number }[];
}

/** An element that fewer of its parents hold several of is meant to be there once. */
const repeatedShare = 0.05;

/** Of an element that is repeated, as many are columns of their own. */
const numberedSiblings = 3;
/** A record with more values than this is no record. */
const mostPaths = 2_000;

/** The paths of all values of a record element: texts and attributes, its own and those of what is in it. */
export function xmlColumns(record: OutlineElement): XmlColumns {
  const paths: string[] = [];
  const repeated: { path: string; most: number }[] = [];
  const oddlyRepeated: { path: string; records: number }[] = [];
  const visit = (element: OutlineElement, path: string): void => {
    const below = (step: string): string => (path === "" ? step : `${path}/${step}`);
    paths.push(...element.attributes.map((attribute) => below(`@${attribute}`)));
    if (element.hasText || isBare(element)) paths.push(path === "" ? "." : path);
    for (const child of element.children) {
      const several = child.parentsWithSeveral > element.count * repeatedShare;
      if (!several && child.parentsWithSeveral > 0) {
        oddlyRepeated.push({ path: below(child.name), records: child.parentsWithSeveral });
      }
      const hasParts = child.children.length > 0;
      if (several && hasParts) repeated.push({ path: below(child.name), most: child.mostInParent });
      const numbers = several ? Math.min(child.mostInParent, hasParts ? 1 : numberedSiblings) : 0;
      if (numbers === 0) visit(child, below(child.name));
      for (let number = 1; number <= numbers; number++) visit(child, below(`${child.name}[${number}]`));
    }
  };
  visit(record, "");
  return { paths: paths.slice(0, mostPaths), repeated, oddlyRepeated };
}

/** An element that never holds anything: it might. */
function isBare(element: OutlineElement): boolean {
  return element.children.length === 0 && element.attributes.length === 0;
}
