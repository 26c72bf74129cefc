import type { EntitySchema } from "../entity/entity-schema.ts";
import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import { didYouMean } from "../errors/suggestion.ts";
import type { Located } from "../project/located.ts";
import type { FieldDefinition, MappingDefinition } from "../project/mapping-definition.ts";
import type { SourceRecord } from "../source/source-record.ts";
import { compileCondition, type CompiledCondition } from "./compile-condition.ts";
import { compileExpression, conditionContext, type ExpressionContext } from "./compile-expression.ts";
import {
  brokenExpression,
  type ColumnIndex,
  type ColumnUse,
  type CompiledExpression,
} from "./compiled-expression.ts";
import { fieldPlan, noting, type MappingPlan } from "./field-plan.ts";
import { demandControlTotals } from "./declared-names.ts";
import { compileExpectation } from "./expectations/compile-expectations.ts";
import { ExpectationCheck, type CompiledExpectation } from "./expectations/expectation-check.ts";
import { ExpressionText } from "./expression-text.ts";
import { checkAgainstField, targetOf } from "./field-check.ts";
import { joinKey, type CompiledJoin, type JoinTable } from "./join-table.ts";
import { compileLegalEntity, normalCompany } from "./legal-entity.ts";
import type { Lookup } from "./lookup.ts";
import { mappingNeeds } from "./mapping-needs.ts";
import { Mistakes } from "../errors/mistakes.ts";
import { parseCondition, parseExpression } from "./parse.ts";
import { recordMapper, type RecordMapper } from "./record-mapper.ts";
import type { StepFunction } from "./step-function.ts";
import { targetFields } from "./target-fields.ts";
import type { TraceRecorder } from "./trace.ts";
import { checkTwoPass } from "./two-pass-fields.ts";

export type { RecordMapper } from "./record-mapper.ts";

export interface CompileOptions {
  readonly definition: MappingDefinition;
  readonly schema: EntitySchema;
  /** Every lookup the mapping uses (see mapping-needs.ts), by name. */
  readonly lookups: ReadonlyMap<string, Lookup>;
  /** Every function of a module it uses, by stepFunctionKey. */
  readonly modules?: ReadonlyMap<string, StepFunction>;
  /** The second sources it joins, by name. */
  readonly joins?: ReadonlyMap<string, JoinTable>;
  /** For mappings that do not say a legal entity themselves. */
  readonly defaultLegalEntity?: string;
  /** What went wrong when lookups, modules and joins were read: reported together with the mapping's mistakes. */
  readonly mistakes?: readonly DmfpipeError[];
  /** Hears what is computed for each record; without one, mapping costs nothing more. */
  readonly recorder?: TraceRecorder | undefined;
}

/** A mapping that was checked against its entity. */
export interface CompiledMapping {
  /** Every column that is read, control totals included, each once, in order of appearance. */
  readonly sourceColumns: readonly string[];
  /** Fields of the key in key order, then the others as written. */
  readonly targetFields: readonly string[];
  /** The source columns each target field is made of, and, under the name legalEntity, the legal entity. */
  readonly columnsOfField: ReadonlyMap<string, readonly string[]>;
  readonly lookupNames: readonly string[];
  /** The legal entity of all records, where the mapping names a single one: then even unreadable lines have it. */
  readonly onlyLegalEntity?: string;
  /**
   * The mapper for a source with these columns. Throws DMFP-MAPPING-COLUMN at the expressions that read a
   * column the source does not have.
   */
  bind(columns: readonly string[]): RecordMapper;
  /**
   * What gives the key (see joinKey) by which a record finds its partner in a second source; undefined where it
   * cannot be computed. Errors as `bind`.
   */
  bindJoinKey(join: string, columns: readonly string[]): (record: SourceRecord) => string | undefined;
}

/** A part of the mapping with the text it was compiled from, which knows its place in the file. */
interface Part<T> {
  readonly compiled: T;
  readonly source: ExpressionText;
}

/** What all the expressions of a mapping are compiled with. */
interface Compiling {
  readonly options: CompileOptions;
  readonly joins: ReadonlyMap<string, CompiledJoin>;
  readonly mistakes: Mistakes;
}

/**
 * Checks a mapping against its entity and compiles it: syntax, steps, their types against each other and
 * against the fields, fields of the entity, legal entity. Throws DMFP-MAPPING-INVALID, -FIELD, -EXPRESSION,
 * -COLUMN, DMFP-LOOKUP-MISSING or DMFP-MODULE-INVALID with file, line and column; where there are several
 * mistakes, one error lists all of them.
 */
export function compileMapping(options: CompileOptions): CompiledMapping {
  const { definition, schema } = options;
  const mistakes = new Mistakes(options.mistakes);
  const keys = joinParts({ options, joins: new Map(), mistakes });
  const compiling = { options, joins: compiledJoins(options, keys), mistakes };
  const legalEntity = mistakes.attempt(() => legalEntityPart(compiling));
  const where = mistakes.attempt(() => wherePart(compiling));
  const definitions = targetFields(definition, schema, mistakes);
  const compiledByName = new Map(
    definition.fields.map((field) => [field.name.value, fieldPart(field, compiling)]),
  );
  demandControlTotals(definition, mistakes);
  checkTwoPass(definition, schema, [...compiledByName.keys()], mistakes);
  const expectations = expectationParts(compiling, definitions, compiledByName);
  mistakes.demandNone();
  if (legalEntity === undefined) throw new DmfpipeError("DMFP-BUG", "A mapping has no legal entity.");

  const fields = definitions.flatMap((field) => compiledByName.get(field.name.value) ?? []);
  const totals = [...definition.controlTotals.values()].map((located) => ({
    compiled: { columns: [{ name: located.value, at: 0 }] },
    source: new ExpressionText(definition.file, located),
  }));
  const parts: Part<{ readonly columns: readonly ColumnUse[] }>[] = [
    legalEntity,
    ...(where === undefined ? [] : [where]),
    ...[...keys.values()].flat(),
    ...definition.fields.flatMap((field) => compiledByName.get(field.name.value) ?? []),
    ...totals,
    ...expectations.flatMap(({ when }) => when ?? []),
  ];
  const names = parts.flatMap((part) => part.compiled.columns.map((column) => column.name));
  const namesOf = ({ columns }: CompiledExpression): string[] => columns.map(({ name }) => name);
  const { constant } = legalEntity.compiled;
  const needs = mappingNeeds(definition);
  // A module is given the whole record, and who explains a record wants to hear of every step.
  const plannable = needs.functions.length === 0 && options.recorder === undefined;
  const plan = (columns: readonly string[]): MappingPlan => ({
    legalEntity: fieldPlan(legalEntity.compiled, columnIndex(columns, legalEntity.source)),
    where: where === undefined ? undefined : wherePlan(where, columns),
    fields: fields.map(({ compiled, source }) => fieldPlan(compiled, columnIndex(columns, source))),
  });
  const onlyLegalEntity = constant === undefined ? undefined : normalCompany(constant);
  return {
    ...(onlyLegalEntity === undefined ? {} : { onlyLegalEntity }),
    sourceColumns: [...new Set(names)],
    targetFields: definitions.map((field) => field.name.value),
    columnsOfField: new Map([
      ["legalEntity", namesOf(legalEntity.compiled)],
      ...[...compiledByName].map(([field, { compiled }]) => [field, namesOf(compiled)] as const),
    ]),
    lookupNames: needs.lookups.map((name) => name.value),
    bindJoinKey: (join, columns) => {
      const computes = (keys.get(join) ?? []).map(({ compiled, source }) =>
        compiled.bind(columnIndex(columns, source)),
      );
      return ({ values, position }) => {
        const run = { columns, values, record: position.record, reasons: [] };
        const parts = computes.map((compute) => compute(run));
        return parts.some((part) => part === undefined)
          ? undefined
          : joinKey(parts.map((part) => part ?? ""));
      };
    },
    bind: (columns) => {
      demandColumns(columns, parts);
      return recordMapper({
        columns,
        legalEntity: legalEntity.compiled.bind(columnIndex(columns, legalEntity.source)),
        where: where?.compiled.bind(columnIndex(columns, where.source)),
        fields: fields.map((field) => field.compiled.bind(columnIndex(columns, field.source))),
        expectations: boundExpectations(columns, expectations),
        plan: plannable ? plan(columns) : undefined,
      });
    },
  };
}

function fieldPart(field: FieldDefinition, compiling: Compiling): Part<CompiledExpression> {
  const { options, mistakes } = compiling;
  const source = new ExpressionText(options.definition.file, field.expression);
  const name = field.name.value;
  const target = targetOf(options.schema, name);
  const compiled =
    mistakes.attempt(() =>
      compileExpression(parseExpression(source), contextOf(compiling, source, name, target)),
    ) ?? brokenExpression;
  if (target !== undefined) {
    checkAgainstField(compiled, { schema: options.schema, field: target.field }, { source, mistakes });
  }
  return { compiled, source };
}

function wherePart(compiling: Compiling): Part<CompiledCondition> | undefined {
  const { where } = compiling.options.definition;
  return where === undefined ? undefined : conditionPart(compiling, where, "where");
}

function conditionPart(
  compiling: Compiling,
  located: Located<string>,
  name: string,
): Part<CompiledCondition> {
  const source = new ExpressionText(compiling.options.definition.file, located);
  const context = contextOf(compiling, source, name);
  const compiled = compileCondition(parseCondition(source), conditionContext(context));
  return { compiled, source };
}

function wherePlan(
  { compiled, source }: Part<CompiledCondition>,
  columns: readonly string[],
): MappingPlan["where"] {
  const { columns: read, bound } = noting(compiled, columnIndex(columns, source));
  return { columns: read, test: bound };
}

/** An expectation with its condition, where it has one. */
interface ExpectationPart {
  readonly expectation: CompiledExpectation;
  readonly when: Part<CompiledCondition> | undefined;
}

function expectationParts(
  compiling: Compiling,
  fields: readonly FieldDefinition[],
  expressions: ReadonlyMap<string, Part<CompiledExpression>>,
): readonly ExpectationPart[] {
  const { options, mistakes } = compiling;
  const { definition, schema } = options;
  const context = {
    file: definition.file,
    schema,
    targetFields: fields.map((field) => field.name.value),
    expressionOf: (field: string) => expressions.get(field)?.compiled,
    mistakes,
  };
  return definition.expectations.flatMap((written) => {
    const { when: condition } = written;
    const when =
      condition === undefined
        ? undefined
        : mistakes.attempt(() => conditionPart(compiling, condition, "expect"));
    return compileExpectation(written, context).map((expectation) => ({ expectation, when }));
  });
}

/** The expectations for a source with these columns; undefined where the mapping has none. */
function boundExpectations(
  columns: readonly string[],
  parts: readonly ExpectationPart[],
): ExpectationCheck | undefined {
  if (parts.length === 0) return undefined;
  const bound = parts.map(({ expectation, when }) =>
    when === undefined
      ? expectation
      : { ...expectation, when: when.compiled.bind(columnIndex(columns, when.source)) },
  );
  return new ExpectationCheck(columns, bound);
}

function legalEntityPart(compiling: Compiling): Part<CompiledExpression> {
  const { definition, defaultLegalEntity } = compiling.options;
  const { line, column } = definition.entity;
  const located =
    definition.legalEntity ??
    (defaultLegalEntity === undefined ? undefined : { value: defaultLegalEntity, line, column });
  if (located === undefined) {
    throw new DmfpipeError(
      "DMFP-MAPPING-INVALID",
      `${definition.file} does not say for which legal entity its records are.`,
      {
        at: { file: definition.file, line, column },
        next: "Add legalEntity: USMF (or an expression) to the mapping, or a default legal entity to project.yaml.",
      },
    );
  }
  const source = new ExpressionText(definition.file, located);
  return { compiled: compileLegalEntity(located.value, contextOf(compiling, source, "legalEntity")), source };
}

/** The expressions that give the keys of the joins, by name of the join. */
function joinParts(compiling: Compiling): ReadonlyMap<string, readonly Part<CompiledExpression>[]> {
  const { definition } = compiling.options;
  return new Map(
    definition.joins.map((join) => [
      join.name.value,
      join.on.map((located) => {
        const source = new ExpressionText(definition.file, located);
        const context = contextOf(compiling, source, `join ${join.name.value}`);
        const compiled = compiling.mistakes.attempt(() =>
          compileExpression(parseExpression(source), context),
        );
        return { compiled: compiled ?? brokenExpression, source };
      }),
    ]),
  );
}

function compiledJoins(
  options: CompileOptions,
  keys: ReadonlyMap<string, readonly Part<CompiledExpression>[]>,
): ReadonlyMap<string, CompiledJoin> {
  const joins = new Map<string, CompiledJoin>();
  for (const { name, missing } of options.definition.joins) {
    const table = options.joins?.get(name.value);
    if (table === undefined) continue;
    const key = (keys.get(name.value) ?? []).map((part) => part.compiled);
    joins.set(name.value, { table, key, optional: missing === "empty" });
  }
  return joins;
}

function contextOf(
  compiling: Compiling,
  source: ExpressionText,
  field: string,
  target?: ExpressionContext["target"],
): ExpressionContext {
  const { options, joins, mistakes } = compiling;
  return {
    source,
    lookups: options.lookups,
    modules: options.modules ?? new Map(),
    joins,
    field,
    target,
    mistakes,
    recorder: options.recorder,
  };
}

function demandColumns(
  columns: readonly string[],
  parts: readonly Part<{ readonly columns: readonly ColumnUse[] }>[],
): void {
  const missing = new Mistakes();
  for (const part of parts) {
    const indexOf = columnIndex(columns, part.source);
    for (const column of part.compiled.columns) missing.attempt(() => indexOf(column));
  }
  missing.demandNone();
}

function columnIndex(columns: readonly string[], source: ExpressionText): ColumnIndex {
  return ({ name, at }) => {
    const index = columns.indexOf(name);
    if (index !== -1) return index;
    const has = columns.slice(0, 40).join(", ") + (columns.length > 40 ? ", …" : "");
    throw source.error(at, `The source has no column ${name}.${didYouMean(name, columns)} It has ${has}.`, {
      code: "DMFP-MAPPING-COLUMN",
    });
  };
}
