import {
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
  type Alias,
  type Document,
  type Node,
  type Pair,
  type Scalar,
} from "yaml";
import { z } from "zod";
import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import type { ErrorCode } from "../errors/registry.ts";
import type { Located } from "./located.ts";
import { firstMistake, type SettingPath } from "./shape-mistake.ts";

/** Where something stands in a YAML file, 1-based. */
export interface YamlPosition {
  readonly line: number;
  readonly column: number;
}

/** A YAML file that has the expected shape, with the position of everything in it. */
export class YamlFile<T> {
  readonly name: string;
  readonly data: T;
  readonly #text: string;
  readonly #document: Document;
  readonly #lines: LineCounter;

  private constructor(
    name: string,
    data: T,
    parsed: { text: string; document: Document; lines: LineCounter },
  ) {
    this.name = name;
    this.data = data;
    this.#text = parsed.text;
    this.#document = parsed.document;
    this.#lines = parsed.lines;
  }

  /**
   * Parses `text` and checks it against `shape`. The first problem is thrown as a DmfpipeError of `code`
   * that names file, line and column; `name` is the file's name as people know it.
   */
  static parse<T>(text: string, name: string, shape: z.ZodType<T>, code: ErrorCode): YamlFile<T> {
    const lines = new LineCounter();
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
    const syntax = document.errors[0];
    if (syntax !== undefined) {
      const at = lines.linePos(syntax.pos[0]);
      throw new DmfpipeError(code, `${name} is no valid YAML: ${syntax.message}.`, {
        at: { file: name, line: at.line, column: at.col },
      });
    }
    const content = contentOf(document, lines, name, code);
    const result = shape.safeParse(content);
    if (result.success) return new YamlFile(name, result.data, { text, document, lines });
    const { path, atKey, words } = firstMistake(
      result.error.issues,
      (at) => at.reduce(childOf, content),
      () => settingNames(shape),
    );
    const at = atKey ? keyPosition(document, lines, path) : nodePosition(document, lines, path);
    throw new DmfpipeError(code, `${name}: ${words}${/[.?]$/.test(words) ? "" : "."}`, {
      at: { file: name, line: at.line, column: at.column },
    });
  }

  /** The value at `path` (known to be there) as text, exactly as written, with its position. */
  text(...path: (string | number)[]): Located<string> {
    const node = nodeAt(this.#document, path);
    if (!isScalar(node)) return { value: "", ...nodePosition(this.#document, this.#lines, path) };
    const value = String(node.source ?? node.value);
    return { value, ...positionOf(this.#lines, this.#textStart(node)) };
  }

  /** Offset of the first character of a scalar's text: behind its quote, or on the line after the `|` or `>`. */
  #textStart(node: Scalar): number {
    const start = node.range?.[0] ?? 0;
    if (node.type === "QUOTE_DOUBLE" || node.type === "QUOTE_SINGLE") return start + 1;
    if (node.type !== "BLOCK_LITERAL" && node.type !== "BLOCK_FOLDED") return start;
    const line = this.#text.indexOf("\n", start) + 1;
    return line + (/^ */.exec(this.#text.slice(line))?.[0].length ?? 0);
  }

  /** The key that ends `path`, with its own position rather than its value's. */
  key(...path: (string | number)[]): Located<string> {
    return { value: String(path.at(-1) ?? ""), ...keyPosition(this.#document, this.#lines, path) };
  }

  /** Where the value at `path` stands. */
  position(...path: (string | number)[]): YamlPosition {
    return nodePosition(this.#document, this.#lines, path);
  }
}

/** The file as plain values. Aliases that lead nowhere, or that multiply beyond reason, come out only here. */
function contentOf(document: Document, lines: LineCounter, name: string, code: ErrorCode): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (cause) {
    const words = cause instanceof Error ? cause.message : String(cause);
    const at = positionOf(lines, aliasToBlame(document)?.range?.[0] ?? 0);
    throw new DmfpipeError(code, `${name} is no valid YAML: ${words}.`, { at: { file: name, ...at }, cause });
  }
}

/** The first alias that leads nowhere, or else the last of those that are too many. */
function aliasToBlame(document: Document): Alias | undefined {
  let found: Alias | undefined;
  visit(document, {
    Alias(_key, alias) {
      found = alias;
      return alias.resolve(document) === undefined ? visit.BREAK : undefined;
    },
  });
  return found;
}

function childOf(value: unknown, part: string | number): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  return Object.hasOwn(value, part) ? (value as Record<string | number, unknown>)[part] : undefined;
}

/** The pair of a map whose key is written so; 2026 is a number in YAML, and a name here. */
function pairAt(node: unknown, name: string | number | undefined): Pair | undefined {
  if (!isMap(node)) return undefined;
  return node.items.find(({ key }) => isScalar(key) && String(key.value) === String(name));
}

/** The node at `path`, behind the alias where one stands there. */
function nodeAt(document: Document, path: SettingPath): Node | undefined {
  let node: unknown = document.contents;
  for (const part of path) {
    if (isAlias(node)) node = node.resolve(document);
    node = isSeq(node) ? node.items[Number(part)] : pairAt(node, part)?.value;
  }
  if (isAlias(node)) node = node.resolve(document);
  return isNode(node) ? node : undefined;
}

/** The position of the node at `path`, or of the closest one above it that exists. */
function nodePosition(document: Document, lines: LineCounter, path: SettingPath): YamlPosition {
  for (let length = path.length; length >= 0; length--) {
    const range = nodeAt(document, path.slice(0, length))?.range;
    if (range) return positionOf(lines, range[0]);
  }
  return { line: 1, column: 1 };
}

function keyPosition(document: Document, lines: LineCounter, path: SettingPath): YamlPosition {
  const key = pairAt(nodeAt(document, path.slice(0, -1)), path.at(-1))?.key;
  if (isNode(key) && key.range) return positionOf(lines, key.range[0]);
  return nodePosition(document, lines, path);
}

function positionOf(lines: LineCounter, offset: number): YamlPosition {
  const { line, col } = lines.linePos(offset);
  return { line, column: col };
}

/** Every name of a setting anywhere in the shape, to suggest one for a misspelt key. */
function settingNames(shape: z.ZodType): string[] {
  const names = new Set<string>();
  const visit = (part: unknown): void => {
    if (typeof part !== "object" || part === null) return;
    if ("properties" in part && typeof part.properties === "object" && part.properties !== null) {
      for (const name of Object.keys(part.properties)) names.add(name);
    }
    for (const inner of Object.values(part)) visit(inner);
  };
  visit(z.toJSONSchema(shape, { io: "input" }));
  return [...names];
}
