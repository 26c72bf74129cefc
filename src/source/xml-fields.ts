import { fieldTree, type FieldPlace, type FieldTree } from "./xml-field-tree.ts";

/** The attributes of an element that was opened, without those that declare namespaces. */
export interface XmlAttributes {
  readonly count: number;
  /** Name without its prefix. */
  localName(index: number): string;
  value(index: number): string;
}

/** The values of one record, aligned with the wanted paths. */
export interface CollectedFields {
  readonly values: readonly string[];
  /** Index of the first path that several elements of the record answer to. */
  readonly repeated?: number;
}

/**
 * Collects the values of wanted paths while the elements of a record open and close. Below an element no wanted path
 * leads through only the depth is counted, so that the rest of a record costs next to nothing.
 */
export class XmlFields {
  readonly #tree: FieldTree;
  readonly #width: number;
  #values: string[] = [];
  /** By column: the number of the last record that had it; 0 for none so far. */
  readonly #seenIn: Uint32Array;
  #record = 0;
  #repeated: number | undefined;
  /** Open elements some wanted path leads through, the record first, with what they hold so far. */
  readonly #places: FieldPlace[] = [];
  readonly #texts: string[] = [];
  /** How many children of each name that is numbered were opened so far. */
  readonly #counts: (Map<string, number> | undefined)[] = [];
  /** Open elements below the last of those. */
  #ignored = 0;
  /** The leaf that was told last, where it is a value. */
  #leaf: FieldPlace | undefined;
  /** Whether the text that comes next, if any does, belongs to a value. */
  wantsText = false;

  /** Throws DMFP-MAPPING-COLUMN when one of the paths is no path. */
  constructor(paths: readonly string[]) {
    this.#tree = fieldTree(paths);
    this.#width = paths.length;
    this.#seenIn = new Uint32Array(paths.length);
  }

  /** The record element itself was opened. */
  begin(attributes: XmlAttributes): void {
    this.#values = new Array<string>(this.#width).fill("");
    this.#record++;
    this.#repeated = undefined;
    this.#places.length = 0;
    this.#ignored = 0;
    this.#enter(this.#tree.root, attributes);
  }

  /** An element inside the record was opened; `name` without its prefix. */
  open(name: string, attributes: XmlAttributes): void {
    const place = this.#ignored > 0 ? undefined : this.#childPlace(name);
    if (place !== undefined) {
      this.#enter(place, attributes);
      return;
    }
    this.#ignored++;
    this.wantsText = false;
  }

  /** A text, or a part of one, in the innermost element. */
  text(text: string): void {
    if (!this.wantsText) return;
    const depth = this.#places.length - 1;
    const before = this.#texts[depth] as string;
    this.#texts[depth] = before === "" ? text : before + text;
  }

  /** The innermost element was closed. */
  close(): void {
    if (this.#ignored > 0) this.#ignored--;
    else {
      const place = this.#places.pop();
      if (place?.takesText === true) {
        this.#set(place.text, trimmed(this.#texts[this.#places.length] as string));
      }
    }
    this.wantsText = this.#ignored === 0 && this.#places.at(-1)?.takesText === true;
  }

  /**
   * An element without attributes that holds nothing but text was opened and closed: the same as `open`, `text` and
   * `close`, in one. Returns whether `fill` wants its text.
   */
  leaf(name: string): boolean {
    const place = this.#ignored > 0 ? undefined : this.#childPlace(name);
    this.#leaf = place?.takesText === true ? place : undefined;
    return this.#leaf !== undefined;
  }

  /** The text of the leaf that was told last. */
  fill(text: string): void {
    if (this.#leaf !== undefined) this.#set(this.#leaf.text, trimmed(text));
  }

  /** What the record holds, once its own element was closed. */
  collected(): CollectedFields {
    return this.#repeated === undefined
      ? { values: this.#values }
      : { values: this.#values, repeated: this.#repeated };
  }

  /** Columns that no record so far had. */
  neverSeen(): number[] {
    return [...this.#seenIn.keys()].filter((column) => this.#seenIn[column] === 0);
  }

  #childPlace(name: string): FieldPlace | undefined {
    const depth = this.#places.length - 1;
    const step = this.#places[depth]?.children.get(name);
    if (step?.isNumbered !== true) return step?.to(1);
    const counts = (this.#counts[depth] ??= new Map<string, number>());
    const number = (counts.get(name) ?? 0) + 1;
    counts.set(name, number);
    return step.to(number);
  }

  #enter(place: FieldPlace, attributes: XmlAttributes): void {
    const depth = this.#places.push(place) - 1;
    this.#texts[depth] = "";
    this.#counts[depth] = undefined;
    this.wantsText = place.takesText;
    if (attributes.count === 0) return;
    for (const wanted of place.attributes) {
      for (let index = 0; index < attributes.count; index++) {
        const columns = wanted.get(attributes.localName(index));
        if (columns !== undefined) this.#set(columns, attributes.value(index));
      }
    }
  }

  #set(columns: readonly number[], value: string): void {
    for (const column of columns) {
      const isSeen = this.#seenIn[column] === this.#record;
      if (this.#tree.takesAll[column] === true) this.#addLine(column, value, isSeen);
      else if (isSeen) this.#repeated ??= column;
      else this.#values[column] = value;
      this.#seenIn[column] = this.#record;
    }
  }

  #addLine(column: number, value: string, isSeen: boolean): void {
    const line = value.replace(/\s*[\r\n]\s*/g, " ");
    this.#values[column] = isSeen ? `${this.#values[column] ?? ""}\n${line}` : line;
  }
}

/** `text.trim()`, for texts that hardly ever need it. */
function trimmed(text: string): string {
  const first = text.charCodeAt(0);
  const last = text.charCodeAt(text.length - 1);
  return first > 0x20 && first < 0x7f && last > 0x20 && last < 0x7f ? text : text.trim();
}
