import { ActionRefused } from "./action-refused.ts";

/** A value of an OData row. */
export type ODataValue = string | number | boolean | null;
export type ODataRow = Readonly<Record<string, ODataValue>>;
type Test = (row: ODataRow) => boolean;

const operators: Readonly<Record<string, (order: number) => boolean>> = {
  eq: (order) => order === 0,
  ne: (order) => order !== 0,
  gt: (order) => order > 0,
  ge: (order) => order >= 0,
  lt: (order) => order < 0,
  le: (order) => order <= 0,
};

const tokenPattern =
  /\s*(?:([()])|'((?:[^']|'')*)'|(Microsoft\.Dynamics\.DataEntities\.\w+)'((?:[^']|'')*)'|([^\s()']+))/y;

type Token =
  | { readonly kind: "mark"; readonly text: string }
  | { readonly kind: "string"; readonly text: string }
  | { readonly kind: "word"; readonly text: string };

/**
 * Compiles a $filter: comparisons with literals, and, or, not, brackets. Strings compare without regard to case,
 * as SQL Server's collation does. Throws ActionRefused for anything else and for unknown columns.
 */
export function compileFilter(filter: string, columns: ReadonlySet<string>): Test {
  const parser = new FilterParser(tokenize(filter), columns);
  return parser.parse();
}

function tokenize(filter: string): Token[] {
  const tokens: Token[] = [];
  tokenPattern.lastIndex = 0;
  const end = filter.trimEnd().length;
  let at = 0;
  while (at < end) {
    tokenPattern.lastIndex = at;
    const match = tokenPattern.exec(filter);
    if (match === null) throw invalid(`Syntax error at position ${at} in '${filter}'.`);
    at = tokenPattern.lastIndex;
    const [, mark, string, , member, word] = match;
    const quoted = string ?? member;
    if (mark !== undefined) tokens.push({ kind: "mark", text: mark });
    else if (quoted !== undefined) tokens.push({ kind: "string", text: quoted.replaceAll("''", "'") });
    else tokens.push({ kind: "word", text: word ?? "" });
  }
  return tokens;
}

class FilterParser {
  readonly #tokens: readonly Token[];
  readonly #columns: ReadonlySet<string>;
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly Token[], columns: ReadonlySet<string>) {
    this.#tokens = tokens;
    this.#columns = columns;
  }

  parse(): Test {
    const test = this.#or();
    if (this.#at < this.#tokens.length)
      throw invalid("Syntax error: the filter goes on where it should end.");
    return test;
  }

  #or(): Test {
    let left = this.#and();
    while (this.#take("word", "or")) {
      const [first, second] = [left, this.#and()];
      left = (row) => first(row) || second(row);
    }
    return left;
  }

  #and(): Test {
    let left = this.#term();
    while (this.#take("word", "and")) {
      const [first, second] = [left, this.#term()];
      left = (row) => first(row) && second(row);
    }
    return left;
  }

  #term(): Test {
    if (this.#take("word", "not")) {
      const test = this.#term();
      return (row) => !test(row);
    }
    if (!this.#take("mark", "(")) return this.#comparison();
    this.#depth += 1;
    if (this.#depth > 50) throw invalid("The filter is nested too deeply.");
    const test = this.#or();
    if (!this.#take("mark", ")")) throw invalid("Syntax error: ')' expected.");
    this.#depth -= 1;
    return test;
  }

  #comparison(): Test {
    const column = this.#word();
    if (!this.#columns.has(column)) throw invalid(`Could not find a property named '${column}'.`);
    const name = this.#word();
    const holds = Object.hasOwn(operators, name) ? operators[name] : undefined;
    if (holds === undefined) throw invalid(`The operator '${name}' is not supported.`);
    const token = this.#tokens[this.#at];
    this.#at += 1;
    if (token === undefined || token.kind === "mark") throw invalid("Syntax error: a value is expected.");
    const wanted = token.kind === "string" ? token.text : literal(token.text);
    return (row) => holds(compare(row[column] ?? null, wanted));
  }

  #word(): string {
    const token = this.#tokens[this.#at];
    if (token?.kind !== "word") throw invalid("Syntax error: a name is expected.");
    this.#at += 1;
    return token.text;
  }

  #take(kind: Token["kind"], text: string): boolean {
    const token = this.#tokens[this.#at];
    if (token?.kind !== kind || token.text !== text) return false;
    this.#at += 1;
    return true;
  }
}

function literal(text: string): ODataValue {
  if (text === "null") return null;
  if (text === "true" || text === "false") return text === "true";
  if (/^-?\d+(\.\d+)?$/.test(text)) return Number(text);
  if (/^\d{4}-\d{2}-\d{2}(T[\d:.]+(Z|[+-]\d{2}:\d{2}))?$/.test(text)) return text;
  throw invalid(`'${text}' is not a value.`);
}

/** Below 0, 0 or above; NaN, which no operator but ne accepts, where the types do not fit. */
function compare(left: ODataValue, right: ODataValue): number {
  if (left === right) return 0;
  if (typeof left === "number" && typeof right === "number") return left - right;
  if (typeof left !== "string" || typeof right !== "string") return Number.NaN;
  const [a, b] = [left.trim().toUpperCase(), right.trim().toUpperCase()];
  return a < b ? -1 : a > b ? 1 : 0;
}

function invalid(text: string): ActionRefused {
  return new ActionRefused(text, { type: "Microsoft.OData.ODataException" });
}
