import type { EntitySchema } from "../entity/entity-schema.ts";
import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import { didYouMean } from "../errors/suggestion.ts";
import type { FieldDefinition, MappingDefinition } from "../project/mapping-definition.ts";
import { compileCondition, type CompiledCondition } from "./compile-condition.ts";
import { compileExpression } from "./compile-expression.ts";
import type { ColumnIndex, ColumnUse, CompiledExpression } from "./compiled-expression.ts";
import { parseCondition } from "./condition-parser.ts";
import { parseExpression } from "./expression-parser.ts";
import { ExpressionText } from "./expression-text.ts";
import { compileLegalEntity, normalCompany } from "./legal-entity.ts";
import type { Lookup } from "./lookup.ts";
import { lookupNames } from "./lookup-names.ts";
import { recordMapper, type RecordMapper } from "./record-mapper.ts";
import { targetFields } from "./target-fields.ts";
import { fitsField, typeName } from "./value-type.ts";

export type { RecordMapper } from "./record-mapper.ts";

export interface CompileOptions {
  readonly definition: MappingDefinition;
  readonly schema: EntitySchema;
  /** Every lookup the mapping uses (see lookup-names.ts), by name. */
  readonly lookups: ReadonlyMap<string, Lookup>;
  /** For mappings that do not say a legal entity themselves. */
  readonly defaultLegalEntity?: string;
}

/** A mapping that was checked against its entity. */
export interface CompiledMapping {
  /** Every column that is read, control totals included, each once, in order of appearance. */
  readonly sourceColumns: readonly string[];
  /** Fields of the key in key order, then the others as written. */
  readonly targetFields: readonly string[];
  readonly lookupNames: readonly string[];
  /** The legal entity of all records, where the mapping names a single one: then even unreadable lines have it. */
  readonly onlyLegalEntity?: string;
  /**
   * The mapper for a source with these columns. Throws DMFP-MAPPING-COLUMN at the expression that reads a
   * column the source does not have.
   */
  bind(columns: readonly string[]): RecordMapper;
}

/** A part of the mapping with the text it was compiled from, which knows its place in the file. */
interface Part<T> {
  readonly compiled: T;
  readonly source: ExpressionText;
}

/**
 * Checks a mapping against its entity and compiles it: syntax, steps, their types against each other and
 * against the fields, fields of the entity, legal entity. Throws DMFP-MAPPING-INVALID, -FIELD, -EXPRESSION or
 * DMFP-LOOKUP-MISSING with file, line and column of the first mistake.
 */
export function compileMapping(options: CompileOptions): CompiledMapping {
  const { definition, schema, lookups } = options;
  const legalEntity = legalEntityPart(options);
  const where = wherePart(definition, lookups);
  const definitions = targetFields(definition, schema);
  const compiledByName = new Map(
    // Compiled in the order of the file, so that the first mistake reported is the first one in it.
    definition.fields.map((field) => [field.name.value, fieldPart(field, options)]),
  );
  const fields = definitions.flatMap((field) => compiledByName.get(field.name.value) ?? []);
  const totals = [...definition.controlTotals.values()].map((located) => ({
    compiled: { columns: [{ name: located.value, at: 0 }] },
    source: new ExpressionText(definition.file, located),
  }));
  const parts: Part<{ readonly columns: readonly ColumnUse[] }>[] = [
    legalEntity,
    ...(where === undefined ? [] : [where]),
    ...definition.fields.flatMap((field) => compiledByName.get(field.name.value) ?? []),
    ...totals,
  ];
  const names = parts.flatMap((part) => part.compiled.columns.map((column) => column.name));
  const { constant } = legalEntity.compiled;
  const onlyLegalEntity = constant === undefined ? undefined : normalCompany(constant);
  return {
    ...(onlyLegalEntity === undefined ? {} : { onlyLegalEntity }),
    sourceColumns: [...new Set(names)],
    targetFields: definitions.map((field) => field.name.value),
    lookupNames: lookupNames(definition).map((name) => name.value),
    bind: (columns) => {
      for (const part of parts) {
        const indexOf = columnIndex(columns, part.source);
        for (const column of part.compiled.columns) indexOf(column);
      }
      return recordMapper({
        legalEntity: legalEntity.compiled.bind(columnIndex(columns, legalEntity.source)),
        where: where?.compiled.bind(columnIndex(columns, where.source)),
        fields: fields.map((field) => field.compiled.bind(columnIndex(columns, field.source))),
      });
    },
  };
}

function fieldPart(field: FieldDefinition, options: CompileOptions): Part<CompiledExpression> {
  const source = new ExpressionText(options.definition.file, field.expression);
  const name = field.name.value;
  const context = { source, lookups: options.lookups, field: name };
  const compiled = compileExpression(parseExpression(source), context);
  const target = options.schema.fields.get(name);
  if (target !== undefined && !fitsField(compiled.type, target.type)) {
    throw source.error(
      0,
      `${name} is a field of type ${target.type}; the expression gives ${typeName(compiled.type)}.`,
    );
  }
  return { compiled, source };
}

function wherePart(
  definition: MappingDefinition,
  lookups: ReadonlyMap<string, Lookup>,
): Part<CompiledCondition> | undefined {
  if (definition.where === undefined) return undefined;
  const source = new ExpressionText(definition.file, definition.where);
  const compiled = compileCondition(parseCondition(source), { source, lookups, field: "where" });
  return { compiled, source };
}

function legalEntityPart(options: CompileOptions): Part<CompiledExpression> {
  const { definition, defaultLegalEntity, lookups } = options;
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
  return { compiled: compileLegalEntity({ file: definition.file, located, lookups }), source };
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
