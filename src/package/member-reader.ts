import { contractNamespace } from "./contract-members.ts";
import type { ContractElement } from "./contract-reader.ts";

/** Something about a document that F&O's serializer would take otherwise than it was meant. */
export interface ContractRemark {
  /**
   * `unknown`: no such member; the serializer skips it. `late`: it comes after its slot; the serializer drops it.
   * `repeated`: it was there before. `missing`: it is not there and counts as null, 0 or false. `value`: its text is
   * not of its type; the serializer throws. `namespace`: it is in another one and so unknown. `root`: the document has
   * another root element.
   */
  readonly kind: "unknown" | "late" | "repeated" | "missing" | "value" | "namespace" | "root";
  /** Names of the elements down to the one meant, with numbers in lists: `PackageEntityList/2/EntityMapList`. */
  readonly path: string;
  /** 1-based; those of the object around it for what is missing. */
  readonly line: number;
  readonly column: number;
  /** In plain words. */
  readonly text: string;
}

/**
 * Reads the members of one object without insisting on anything: members are found wherever they stand, and whatever
 * is odd becomes a remark, in the order of the document.
 */
export class MemberReader {
  readonly #object: ContractElement;
  readonly #path: string;
  readonly #remarks: ContractRemark[];
  readonly #members = new Map<string, ContractElement>();

  /** `known` are the members in the serializer's order; `optional` those that real documents may lack. */
  constructor(
    object: ContractElement,
    options: {
      readonly path: string;
      readonly known: readonly string[];
      readonly optional?: readonly string[];
      readonly remarks: ContractRemark[];
    },
  ) {
    this.#object = object;
    this.#path = options.path;
    this.#remarks = options.remarks;
    this.#collect(options.known);
    for (const name of options.known) {
      if (this.#members.has(name) || options.optional?.includes(name) === true) continue;
      this.#remark("missing", object, name, `${name} is missing`);
    }
  }

  has(name: string): boolean {
    return this.#members.has(name);
  }

  /** undefined: absent; null: nil. */
  text(name: string): string | null | undefined {
    const element = this.#members.get(name);
    return element?.nil === true ? null : element?.text;
  }

  /** A whole number; 0 where it is absent, as for the serializer. */
  number(name: string): number {
    const text = this.text(name)?.trim() ?? "0";
    if (/^[+-]?\d{1,10}$/.test(text)) return Number(text);
    this.#wrong(name, `${name} is no whole number: "${text}"`);
    return 0;
  }

  /** false where it is absent, as for the serializer; Yes and No are read too, with a remark. */
  flag(name: string): boolean {
    const text = this.text(name)?.trim() ?? "false";
    if (text === "true" || text === "1") return true;
    if (text === "false" || text === "0") return false;
    this.#wrong(name, `${name} is neither true nor false: "${text}"`);
    return /^(true|yes)$/i.test(text);
  }

  /** The members of an object; undefined where it is absent or nil. */
  object(name: string, known: readonly string[]): MemberReader | undefined {
    const element = this.#members.get(name);
    if (element === undefined || element.nil) return undefined;
    return new MemberReader(element, { path: this.#at(name), known, remarks: this.#remarks });
  }

  /** The objects of a list; undefined: absent, null: nil. Elements of another name are left out, with a remark. */
  list(
    name: string,
    item: { readonly name: string; readonly known: readonly string[]; readonly optional?: readonly string[] },
  ): MemberReader[] | null | undefined {
    const element = this.#members.get(name);
    if (element === undefined) return undefined;
    if (element.nil) return null;
    const path = this.#at(name);
    return element.children.flatMap((child, index) => {
      if (child.name !== item.name) {
        this.#remark("unknown", child, `${name}/${child.name}`, `${name} has an element ${child.name}`);
        return [];
      }
      const { known, optional = [] } = item;
      return [
        new MemberReader(child, { path: `${path}/${index + 1}`, known, optional, remarks: this.#remarks }),
      ];
    });
  }

  #collect(known: readonly string[]): void {
    let slot = -1;
    let latest = "";
    for (const child of this.#object.children) {
      const { name } = child;
      const own = known.indexOf(name);
      if (child.namespace !== contractNamespace) {
        this.#remark("namespace", child, name, `${name} is in the namespace "${child.namespace}"`);
      }
      if (own < 0) {
        this.#remark("unknown", child, name, `there is no member ${name}`);
      } else if (this.#members.has(name)) {
        this.#remark("repeated", child, name, `${name} comes a second time`);
      } else {
        this.#members.set(name, child);
        if (own < slot) this.#remark("late", child, name, `${name} comes after ${latest} and is dropped`);
        else {
          slot = own;
          latest = name;
        }
      }
    }
  }

  #wrong(name: string, text: string): void {
    this.#remark("value", this.#members.get(name) ?? this.#object, name, text);
  }

  #remark(kind: ContractRemark["kind"], at: ContractElement, name: string, text: string): void {
    this.#remarks.push({ kind, path: this.#at(name), line: at.line, column: at.column, text });
  }

  #at(name: string): string {
    return this.#path === "" ? name : `${this.#path}/${name}`;
  }
}
