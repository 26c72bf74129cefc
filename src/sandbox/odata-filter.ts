import type { SQLInputValue } from "node:sqlite";
import { literal, parameterFor, type Literal } from "./odata-literal.ts";
import {
  property,
  queryRefused,
  typeText,
  type ODataSet,
  type ODataType,
  type SqlFragment,
} from "./odata-set.ts";
import { tokenize, type Token } from "./odata-tokens.ts";
import { comparable, comparableText } from "./odata-value.ts";

const comparisons: ReadonlyMap<string, { readonly sql: string; readonly kind: string }> = new Map([
  ["eq", { sql: "=", kind: "Equal" }],
  ["ne", { sql: "<>", kind: "NotEqual" }],
  ["gt", { sql: ">", kind: "GreaterThan" }],
  ["ge", { sql: ">=", kind: "GreaterThanOrEqual" }],
  ["lt", { sql: "<", kind: "LessThan" }],
  ["le", { sql: "<=", kind: "LessThanOrEqual" }],
]);

const sums: ReadonlyMap<string, string> = new Map([
  ["add", "+"],
  ["sub", "-"],
]);

const products: ReadonlyMap<string, string> = new Map([
  ["mul", "*"],
  ["div", "/"],
  ["divby", "/ 1.0 /"],
  ["mod", "%"],
]);

/** Deeper brackets than any client needs; the database has a limit of its own further up. */
const deepest = 50;
/** Every wildcard multiplies the work of a comparison. */
const mostWildcards = 8;

/** A compiled filter. */
export interface Filter extends SqlFragment {
  /** Properties that equal a value in every row that passes, as they compare with `comparable`. */
  readonly equal: ReadonlyMap<string, SQLInputValue>;
}

type Equality = readonly [property: string, value: SQLInputValue];

/** A part of a filter: a condition, a constant, or a value computed from a row. */
type Part =
  | ({ readonly kind: "condition"; readonly equal?: readonly Equality[] } & SqlFragment)
  | { readonly kind: "constant"; readonly constant: Literal }
  | ({ readonly kind: "value"; readonly type: ODataType; readonly property?: string } & SqlFragment);

/**
 * Compiles a $filter to a condition. Operators are those of Microsoft's documentation of OData in F&O: comparisons,
 * and, or, not, arithmetic, brackets; `*` in a text that is compared with eq or ne is a wildcard. The functions of
 * OData, `has` and `in` are not among them and refused, as are unknown properties, comparisons of different types
 * and enums compared by anything but eq and ne. Throws ActionRefused.
 */
export function compileFilter(filter: string, set: ODataSet): Filter {
  return new FilterParser(tokenize(filter), set).parse();
}

class FilterParser {
  readonly #tokens: readonly Token[];
  readonly #set: ODataSet;
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly Token[], set: ODataSet) {
    this.#tokens = tokens;
    this.#set = set;
  }

  parse(): Filter {
    const part = condition(this.#or());
    const rest = this.#next();
    if (rest.kind !== "end") throw queryRefused(`Syntax error at position ${rest.at} in the filter.`);
    return { ...part, equal: new Map(part.equal) };
  }

  #or(): Part {
    return this.#chain("or", () => this.#and());
  }

  #and(): Part {
    return this.#chain("and", () => this.#not());
  }

  #chain(word: "and" | "or", operand: () => Part): Part {
    const first = operand();
    if (!this.#takeWord(word)) return first;
    const conditions = [condition(first), condition(operand())];
    while (this.#takeWord(word)) conditions.push(condition(operand()));
    const all = joined(conditions, word === "and" ? " AND " : " OR ");
    const equal = word === "and" ? conditions.flatMap((each) => each.equal ?? []) : [];
    return { kind: "condition", ...all, equal };
  }

  #not(): Part {
    if (!this.#takeWord("not")) return this.#comparison();
    this.#deeper();
    const { text, parameters } = condition(this.#not());
    this.#depth -= 1;
    return { kind: "condition", text: `NOT ${text}`, parameters };
  }

  #comparison(): Part {
    const left = this.#sum();
    const operator = this.#next();
    if (operator.kind !== "word" || operator.text === "and" || operator.text === "or") return left;
    const found = comparisons.get(operator.text);
    if (found === undefined) throw queryRefused(`The operator '${operator.text}' is not supported.`);
    this.#at += 1;
    return compare(left, found, this.#sum());
  }

  #sum(): Part {
    return this.#arithmetic(sums, () => this.#arithmetic(products, () => this.#primary()));
  }

  #arithmetic(operators: ReadonlyMap<string, string>, operand: () => Part): Part {
    let left = operand();
    for (
      let sql = operators.get(this.#nextWord());
      sql !== undefined;
      sql = operators.get(this.#nextWord())
    ) {
      this.#at += 1;
      const [a, b] = [number(left), number(operand())];
      left = {
        kind: "value",
        type: { kind: "decimal" },
        text: `(${a.text} ${sql} ${b.text})`,
        parameters: [...a.parameters, ...b.parameters],
      };
      this.#deeper();
    }
    return left;
  }

  #primary(): Part {
    const token = this.#next();
    this.#at += 1;
    if (token.kind === "mark" && token.text === "(") {
      this.#deeper();
      const inner = this.#or();
      const close = this.#next();
      if (close.kind !== "mark" || close.text !== ")") {
        throw queryRefused(`')' or operator expected at position ${close.at} in the filter.`);
      }
      this.#at += 1;
      this.#depth -= 1;
      return inner;
    }
    const constant = literal(token);
    if (constant !== undefined) return { kind: "constant", constant };
    if (token.kind !== "word")
      throw queryRefused(`Expression expected at position ${token.at} in the filter.`);
    const next = this.#next();
    if (next.kind === "mark" && next.text === "(") {
      throw queryRefused(`The function '${token.text}' is not supported.`);
    }
    const column = property(this.#set, token.text);
    return { kind: "value", property: column.name, type: column.type, ...comparable(column) };
  }

  #deeper(): void {
    this.#depth += 1;
    if (this.#depth > deepest) throw queryRefused("The recursion limit of the filter is exceeded.");
  }

  #next(): Token {
    return this.#tokens[this.#at] ?? { kind: "end", text: "", at: this.#at };
  }

  #nextWord(): string {
    const token = this.#next();
    return token.kind === "word" ? token.text : "";
  }

  #takeWord(word: string): boolean {
    if (this.#nextWord() !== word) return false;
    this.#at += 1;
    return true;
  }
}

/** A balanced tree, since the depth of the database's expressions is limited, and a long chain would be deep. */
function joined(conditions: readonly SqlFragment[], operator: string): SqlFragment {
  const [first, ...rest] = conditions;
  if (first !== undefined && rest.length === 0) return first;
  const middle = conditions.length >> 1;
  const left = joined(conditions.slice(0, middle), operator);
  const right = joined(conditions.slice(middle), operator);
  return {
    text: `(${left.text}${operator}${right.text})`,
    parameters: [...left.parameters, ...right.parameters],
  };
}

function compare(left: Part, operator: { readonly sql: string; readonly kind: string }, right: Part): Part {
  if (left.kind === "value" && right.kind === "constant") {
    return compareConstant(left, operator, right.constant);
  }
  if (left.kind === "constant" && right.kind === "value") {
    const turned = { ">": "<", ">=": "<=", "<": ">", "<=": ">=" }[operator.sql] ?? operator.sql;
    return compareConstant(right, { ...operator, sql: turned }, left.constant);
  }
  if (left.kind === "value" && right.kind === "value" && family(left.type) === family(right.type)) {
    return {
      kind: "condition",
      text: `(${left.text} ${operator.sql} ${right.text})`,
      parameters: [...left.parameters, ...right.parameters],
    };
  }
  if (left.kind === "constant" && right.kind === "constant") {
    // `1 eq 1` is valid OData; clients generate it.
    const same = JSON.stringify(left.constant, text) === JSON.stringify(right.constant, text);
    if (operator.sql === "=" || operator.sql === "<>") return truth(same === (operator.sql === "="));
  }
  throw incompatible(partType(left), partType(right), operator.kind);
}

function compareConstant(
  value: Part & { readonly kind: "value" },
  operator: { readonly sql: string; readonly kind: string },
  constant: Literal,
): Part {
  const equality = operator.sql === "=" || operator.sql === "<>";
  // Nothing in F&O is null.
  if (constant.kind === "null" && equality) return truth(operator.sql === "<>");
  if (value.type.kind === "enum" && !equality) {
    throw incompatible(typeText(value.type), constantType(constant), operator.kind);
  }
  if (value.type.kind === "string" && constant.kind === "string" && equality && constant.text.includes("*")) {
    return wildcard(value, operator.sql === "<>", constant.text);
  }
  if (family(value.type) !== constantFamily(constant)) {
    throw incompatible(typeText(value.type), constantType(constant), operator.kind);
  }
  const wanted = parameterFor(value.type, constant);
  const equal: Equality[] =
    operator.sql === "=" && value.property !== undefined ? [[value.property, wanted]] : [];
  const parameters = [...value.parameters, wanted];
  return { kind: "condition", text: `(${value.text} ${operator.sql} ?)`, parameters, equal };
}

function wildcard(value: Part & { readonly kind: "value" }, negated: boolean, text: string): Part {
  if (text.split("*").length > mostWildcards + 1) throw queryRefused("The filter has too many wildcards.");
  const pattern = comparableText(text)
    .replace(/[\\%_]/g, (mark) => `\\${mark}`)
    .replace(/\*+/g, "%");
  return {
    kind: "condition",
    text: `(${value.text} ${negated ? "NOT LIKE" : "LIKE"} ? ESCAPE '\\')`,
    parameters: [...value.parameters, pattern],
  };
}

function condition(part: Part): Part & { readonly kind: "condition" } {
  if (part.kind === "condition") return part;
  if (part.kind === "constant" && part.constant.kind === "boolean") return truth(part.constant.value);
  throw queryRefused("The $filter expression must evaluate to a single boolean value.");
}

function number(part: Part): SqlFragment {
  if (part.kind === "value" && family(part.type) === "number") return part;
  if (part.kind === "constant" && part.constant.kind === "number") {
    return { text: "?", parameters: [part.constant.value] };
  }
  throw incompatible(partType(part), "Edm.Decimal", "Add");
}

function truth(holds: boolean): Part & { readonly kind: "condition" } {
  return { kind: "condition", text: holds ? "(1 = 1)" : "(1 = 0)", parameters: [] };
}

/** Types that compare with each other. */
function family(type: ODataType): string {
  if (type.kind === "enum") return "enum";
  return type.kind === "decimal" || type.kind === "int32" || type.kind === "int64" ? "number" : type.kind;
}

function constantFamily(constant: Literal): string {
  return constant.kind;
}

function constantType(constant: Literal): string {
  const names = {
    null: "null",
    boolean: "Edm.Boolean",
    string: "Edm.String",
    number: "Edm.Decimal",
    datetime: "Edm.DateTimeOffset",
    guid: "Edm.Guid",
  };
  return constant.kind === "enum" ? constant.type : names[constant.kind];
}

function partType(part: Part): string {
  if (part.kind === "condition") return "Edm.Boolean";
  return part.kind === "value" ? typeText(part.type) : constantType(part.constant);
}

function text(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? value.toString() : value;
}

function incompatible(left: string, right: string, operator: string): Error {
  return queryRefused(
    `A binary operator with incompatible types was detected. Found operand types '${left}' and '${right}' for operator kind '${operator}'.`,
  );
}
