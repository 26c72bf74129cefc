import type { EntityCatalogue } from "../../entity/catalogue.ts";
import { DmfpipeError } from "../../errors/dmfpipe-error.ts";
import type { Reason } from "../../errors/reason.ts";
import { didYouMean } from "../../errors/suggestion.ts";
import { normalCompany } from "../../mapping/legal-entity.ts";
import { TraceRecorder, type Trace, type TracedPart } from "../../mapping/trace.ts";
import type { MappingDefinition } from "../../project/mapping-definition.ts";
import type { Project } from "../../project/project.ts";
import type { SourceItem, SourcePosition } from "../../source/source-record.ts";
import { findRecord, type WantedRecord } from "./find-record.ts";
import {
  compileEntity,
  openPlannedSource,
  sourceFiles,
  type CompiledEntity,
  type PlannedSource,
} from "../load-plan.ts";
import { EntityReader, type Verdict } from "../reading/read-entity.ts";
import { RecordChecks } from "../reading/record-checks.ts";
import type { SourceUse } from "../reading/source-use.ts";

/** One target field of an explained record. */
export interface ExplainedField {
  readonly field: string;
  /** The expression, as it stands in the mapping. */
  readonly expression: string;
  readonly key: boolean;
  /** Empty where a step failed. */
  readonly value: string;
  /** Absent where the record did not get that far. */
  readonly trace?: Trace;
}

/** What one mapping makes of one source record. */
export interface ExplainedEntity {
  readonly entity: string;
  readonly mapping: string;
  readonly position: SourcePosition;
  readonly lastLine: number;
  /** The record's text, untouched. */
  readonly raw: string;
  /** Further records on the same line. */
  readonly others: number;
  /** The source's values by column, in its order; empty for an unreadable record. */
  readonly values: readonly { readonly column: string; readonly value: string }[];
  /** Absent where the mapping has no filter. */
  readonly where?: { readonly condition: string; readonly trace?: Trace };
  readonly legalEntity: { readonly expression: string; readonly value?: string; readonly trace?: Trace };
  /** In the order of the package: fields of the key first. */
  readonly fields: readonly ExplainedField[];
  /** What else was computed: conditions of expectations. */
  readonly further: readonly TracedPart[];
  readonly verdict: "packaged" | "filtered" | "rejected";
  /** Where it was refused. */
  readonly stage?: "source" | "mapping" | "validation";
  readonly reasons: readonly Reason[];
}

export interface ExplainOptions {
  readonly project: Project;
  readonly catalogue: EntityCatalogue;
  readonly use: SourceUse;
  readonly wanted: WantedRecord;
  /** DMF label: only what this mapping makes of the record. */
  readonly entity?: string;
}

/**
 * The story of one source record, once for each mapping that reads its file: the values as they were read, what each
 * expression makes of them step by step, and the same judgement a load would pass. Other records are not looked at,
 * so keys that come twice and references are not judged.
 *
 * Throws DMFP-NO-RECORD, DMFP-USAGE for an entity that does not read the file, and what is wrong with the mapping or
 * the source as a whole.
 */
export async function explainRecord(options: ExplainOptions): Promise<readonly ExplainedEntity[]> {
  const explained: ExplainedEntity[] = [];
  for (const definition of readers(options)) explained.push(await explainFor(options, definition));
  return explained;
}

function readers({ use, entity }: ExplainOptions): readonly MappingDefinition[] {
  if (entity === undefined) return use.read;
  const labels = use.read.map((definition) => definition.entity.value);
  const found = use.read.filter(
    (definition) => definition.entity.value.toLowerCase() === entity.toLowerCase(),
  );
  if (found.length > 0) return found;
  throw new DmfpipeError(
    "DMFP-USAGE",
    `${use.name} is not read for the entity ${entity}.${didYouMean(entity, labels)}`,
    {
      next: labels.length === 0 ? "Leave --entity out." : `It is read for ${labels.join(", ")}.`,
    },
  );
}

async function explainFor(options: ExplainOptions, definition: MappingDefinition): Promise<ExplainedEntity> {
  const { project, catalogue, use, wanted } = options;
  const recorder = new TraceRecorder();
  const entity = await compileEntity(project, definition, { catalogue, recorder });
  const source = await openPlannedSource(project, entity, use.path);
  const found = await findRecord({ ...source, format: definition.sourceFormat }, wanted);
  const reader = new EntityReader(entity, { checks: new RecordChecks(project, entity) });
  await passSourcesBefore(project, { entity, source, reader });
  recorder.take();
  const verdict = reader.judge(source, found.item);
  return {
    entity: definition.entity.value,
    mapping: definition.file,
    position: found.item.position,
    lastLine: found.lastLine,
    raw: found.raw,
    others: found.others,
    values: valuesOf(source, found.item),
    ...partsOf(project, { entity, verdict, parts: recorder.take() }),
  };
}

/**
 * Numbers that `sequence` makes go on from file to file. Where a mapping makes such numbers, the files before are read
 * to know how many records they have.
 */
async function passSourcesBefore(
  project: Project,
  about: { readonly entity: CompiledEntity; readonly source: PlannedSource; readonly reader: EntityReader },
): Promise<void> {
  const { entity, source, reader } = about;
  const { definition } = entity;
  const numbered = [
    definition.legalEntity,
    definition.where,
    ...definition.fields.map((field) => field.expression),
  ];
  if (!numbered.some((located) => /\bsequence\s*\(/.test(located?.value ?? ""))) return;
  const files = sourceFiles(project, definition);
  for (const file of files.slice(0, files.indexOf(source.path))) {
    const before = await openPlannedSource(project, entity, file);
    let last: SourceItem | undefined;
    for await (const items of before.source.batches()) last = items.at(-1);
    if (last !== undefined) reader.judge(before, last);
  }
}

function valuesOf(source: PlannedSource, item: SourceItem): { column: string; value: string }[] {
  if (item.kind === "unreadable") return [];
  return source.source.columns.map((column, index) => ({ column, value: item.values[index] ?? "" }));
}

function partsOf(
  project: Project,
  judged: {
    readonly entity: CompiledEntity;
    readonly verdict: Verdict;
    readonly parts: readonly TracedPart[];
  },
): Pick<ExplainedEntity, "where" | "legalEntity" | "fields" | "further" | "verdict" | "stage" | "reasons"> {
  const { entity, verdict, parts } = judged;
  const { definition, mapping, schema } = entity;
  const traceOf = (field: string): { trace?: Trace } => {
    const trace = parts.find((part) => part.field === field)?.trace;
    return trace === undefined ? {} : { trace };
  };
  const rejection = verdict.kind === "rejected" ? verdict.rejection : undefined;
  const values = verdict.kind === "packaged" ? verdict.values : (rejection?.mappedValues ?? []);
  const company = verdict.kind === "packaged" ? verdict.legalEntity : rejection?.legalEntity;
  const computed = parts.find((part) => part.field === "legalEntity")?.trace.output;
  // Of a record that is left out, the verdict does not say the company.
  const code = company ?? (typeof computed === "string" ? normalCompany(computed) : mapping.onlyLegalEntity);
  const expressions = new Map(
    definition.fields.map(({ name, expression }) => [name.value, expression.value]),
  );
  const known = new Set(["where", "legalEntity", ...mapping.targetFields]);
  return {
    ...(definition.where === undefined
      ? {}
      : { where: { condition: definition.where.value, ...traceOf("where") } }),
    legalEntity: {
      expression:
        definition.legalEntity?.value ?? `${project.defaultLegalEntity ?? ""} (the project's default)`,
      ...(code === undefined ? {} : { value: code }),
      ...traceOf("legalEntity"),
    },
    fields: mapping.targetFields.map((field, index) => ({
      field,
      expression: expressions.get(field) ?? "",
      key: schema.keys.includes(field),
      value: values[index] ?? "",
      ...traceOf(field),
    })),
    further: parts.filter((part) => !known.has(part.field)),
    verdict: verdict.kind,
    ...(rejection === undefined ? {} : { stage: rejection.stage }),
    reasons: rejection?.reasons ?? [],
  };
}
