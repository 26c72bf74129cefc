import { isMap, isNode, isScalar, LineCounter, parseDocument, type Document } from "yaml";
import { z } from "zod";
import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import type { ErrorCode } from "../errors/registry.ts";
import { didYouMean } from "../errors/suggestion.ts";
import type { Located } from "./mapping-definition.ts";

/** Where something stands in a YAML file, 1-based. */
export interface YamlPosition {
  readonly line: number;
  readonly column: number;
}

type YamlPath = readonly (string | number)[];

/** A YAML file that has the expected shape, with the position of everything in it. */
export class YamlFile<T> {
  readonly name: string;
  readonly data: T;
  readonly #document: Document;
  readonly #lines: LineCounter;

  private constructor(name: string, data: T, document: Document, lines: LineCounter) {
    this.name = name;
    this.data = data;
    this.#document = document;
    this.#lines = lines;
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
      throw new DmfpipeError(code, `${name} is no valid YAML: ${syntax.message}`, {
        at: { file: name, line: at.line, column: at.col },
      });
    }
    const result = shape.safeParse(document.toJS({ maxAliasCount: 100 }));
    if (!result.success) throw shapeError(result.error, shape, document, lines, name, code);
    return new YamlFile(name, result.data, document, lines);
  }

  /** The value at `path` (known to be there) as text, exactly as written, with its position. */
  text(...path: (string | number)[]): Located<string> {
    const node = this.#document.getIn(path, true);
    const value = isScalar(node) ? String(node.source ?? node.value) : "";
    const at = nodePosition(this.#document, this.#lines, path);
    // The text of a quoted scalar begins behind its quote.
    const quoted = isScalar(node) && (node.type === "QUOTE_DOUBLE" || node.type === "QUOTE_SINGLE");
    return { value, line: at.line, column: at.column + (quoted ? 1 : 0) };
  }

  /** The key that ends `path`, with its own position rather than its value's. */
  key(...path: string[]): Located<string> {
    const parent = this.#document.getIn(path.slice(0, -1), true);
    const name = path.at(-1) ?? "";
    const pair = isMap(parent)
      ? parent.items.find((item) => isScalar(item.key) && String(item.key.value) === name)
      : undefined;
    const offset = isNode(pair?.key) ? (pair.key.range?.[0] ?? 0) : 0;
    const at = this.#lines.linePos(offset);
    return { value: name, line: at.line, column: at.col };
  }

  /** Where the value at `path` stands. */
  position(...path: (string | number)[]): YamlPosition {
    return nodePosition(this.#document, this.#lines, path);
  }
}

/** The position of the node at `path`, or of the closest one above it that exists. */
function nodePosition(document: Document, lines: LineCounter, path: YamlPath): YamlPosition {
  for (let length = path.length; length >= 0; length--) {
    const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) {
      const at = lines.linePos(node.range[0]);
      return { line: at.line, column: at.col };
    }
  }
  return { line: 1, column: 1 };
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

function shapeError(
  error: z.ZodError,
  shape: z.ZodType,
  document: Document,
  lines: LineCounter,
  name: string,
  code: ErrorCode,
): DmfpipeError {
  const issue = error.issues[0];
  const path = (issue?.path ?? []).map((part) => (typeof part === "symbol" ? String(part) : part));
  let place: YamlPath = path;
  let hint = "";
  let what = `${path.length === 0 ? "the file" : path.join(".")}: ${issue?.message ?? "is not understood"}`;
  if (issue?.code === "unrecognized_keys") {
    const key = issue.keys[0] ?? "";
    place = [...path, key];
    what = `${place.join(".")} is not a setting dmfpipe knows`;
    hint = didYouMean(key, settingNames(shape));
  }
  const at = nodePosition(document, lines, place);
  return new DmfpipeError(code, `${name}: ${what}.${hint}`, {
    at: { file: name, line: at.line, column: at.column },
  });
}
