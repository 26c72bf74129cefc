import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import type { Located } from "../project/located.ts";
import type { MappingDefinition } from "../project/mapping-definition.ts";
import { ExpressionText } from "./expression-text.ts";
import { joinedName } from "./join-table.ts";
import { isCompanyCode } from "./legal-entity.ts";
import { parseCondition, parseExpression } from "./parse.ts";
import { stepFunctionKey } from "./step-function.ts";
import type { CallNode } from "./syntax.ts";
import { visitCondition, visitExpression, type NodeVisitor } from "./visit-nodes.ts";

/** A function of a module, at the place of its first use. */
export interface NeededFunction {
  /** As written: relative to the folder of the mapping. */
  readonly path: string;
  readonly name: string;
  readonly line: number;
  readonly column: number;
}

/** What has to be read before a mapping can be compiled, each once. */
export interface MappingNeeds {
  readonly lookups: readonly Located<string>[];
  readonly functions: readonly NeededFunction[];
  /** By the name of a join: the columns of its source that the mapping uses. */
  readonly joinColumns: ReadonlyMap<string, readonly string[]>;
}

/**
 * Looks through the expressions of a mapping. Those that cannot be parsed are passed over here: compiling the
 * mapping reports them, together with everything else that is wrong.
 */
export function mappingNeeds(definition: MappingDefinition): MappingNeeds {
  const lookups = new Map<string, Located<string>>();
  const functions = new Map<string, NeededFunction>();
  const joinColumns = new Map<string, string[]>(definition.joins.map((join) => [join.name.value, []]));
  const joins = new Set(joinColumns.keys());
  const visitorOf = (source: ExpressionText): NodeVisitor => ({
    call: (call) => {
      noteLookup(call, source, lookups);
      noteFunction(call, source, functions);
    },
    column: ({ name }) => {
      const joined = joinedName(name, joins);
      const columns = joined === undefined ? undefined : joinColumns.get(joined.join);
      if (joined !== undefined && columns?.includes(joined.column) === false) columns.push(joined.column);
    },
  });
  passingOver(() => {
    const { legalEntity } = definition;
    if (legalEntity !== undefined && !isCompanyCode(legalEntity.value)) visitOne(legalEntity);
  });
  for (const condition of [definition.where, ...definition.expectations.map(({ when }) => when)]) {
    passingOver(() => {
      if (condition === undefined) return;
      const source = new ExpressionText(definition.file, condition);
      visitCondition(parseCondition(source), visitorOf(source));
    });
  }
  for (const field of definition.fields) {
    passingOver(() => {
      visitOne(field.expression);
    });
  }
  for (const join of definition.joins) {
    for (const key of join.on) {
      passingOver(() => {
        visitOne(key);
      });
    }
  }
  return { lookups: [...lookups.values()], functions: [...functions.values()], joinColumns };

  function visitOne(located: Located<string>): void {
    const source = new ExpressionText(definition.file, located);
    visitExpression(parseExpression(source), visitorOf(source));
  }
}

function passingOver(look: () => void): void {
  try {
    look();
  } catch (thrown) {
    if (!(thrown instanceof DmfpipeError)) throw thrown;
  }
}

function noteLookup(call: CallNode, source: ExpressionText, found: Map<string, Located<string>>): void {
  const first = call.name === "lookup" ? call.args[0]?.value : undefined;
  const name = first?.kind === "column" ? first.name : first?.kind === "text" ? first.value : undefined;
  if (first === undefined || name === undefined || found.has(name)) return;
  const { line = 1, column = 1 } = source.placeOf(first.at);
  found.set(name, { value: name, line, column });
}

function noteFunction(call: CallNode, source: ExpressionText, found: Map<string, NeededFunction>): void {
  const [path, name] = call.name === "module" ? call.args.map(({ value }) => value) : [];
  if (path?.kind !== "text" || name?.kind !== "text") return;
  const key = stepFunctionKey(path.value, name.value);
  const { line = 1, column = 1 } = source.placeOf(path.at);
  if (!found.has(key)) found.set(key, { path: path.value, name: name.value, line, column });
}
