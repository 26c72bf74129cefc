import type { EntityField, EntitySchema } from "../../entity/entity-schema.ts";
import type { ColumnProfile } from "../../source/column-profile.ts";
import { customaryFields, withFallbacks } from "./customary-fields.ts";
import { knownColumn } from "./column-synonyms.ts";
import { isWanted, type ProposedField } from "./proposed-field.ts";
import { entityNames } from "./entity-names.ts";
import { columnText, pipe } from "./expression-writing.ts";
import { fieldCandidates, type Candidate } from "./field-candidates.ts";
import { fittingLookup, type KnownLookup } from "./fitting-lookup.ts";
import { proposeLegalEntity, type ProposedLegalEntity } from "./legal-entity-proposal.ts";
import { nameKey } from "./name-words.ts";
import { proposeWhere, type ProposedWhere } from "./where-proposal.ts";

/** A column of the source that no field was found for. */
export interface UnusedColumn {
  readonly profile: ColumnProfile;
  /** What it is, where a list of names knows it: `SAP ERNAM: created by`. */
  readonly meaning?: string;
}

/** What a mapping of a source to an entity might look like. */
export interface MappingProposal {
  readonly entity: string;
  readonly legalEntity: ProposedLegalEntity;
  readonly where?: ProposedWhere;
  /** Those that are wanted first, then the others in the order of the source's columns. */
  readonly fields: readonly ProposedField[];
  readonly unused: readonly UnusedColumn[];
  /** Fields of the entity that nothing was proposed for; undefined where the catalogue does not know its fields. */
  readonly remainingFields?: number;
}

export interface ProposalOptions {
  readonly schema: EntitySchema;
  readonly profiles: readonly ColumnProfile[];
  /** Lookups the project has, to be used where their values are those of a column. */
  readonly lookups?: readonly KnownLookup[];
  readonly defaultLegalEntity?: string;
  /** Legal entities the project's environments may be written to. */
  readonly writableCompanies?: readonly string[];
}

/** From here on a candidate becomes a line of the mapping, below it a comment. */
const goodConfidence = 0.6;
const leastConfidence = 0.35;

/**
 * Proposes a mapping: which column goes into which field, with which steps, how sure that is, and why. A column is
 * used for one field only, the one it fits best; the same goes for fields. Deterministic: the same source gives the
 * same proposal. What it proposes compiles, except that wanted fields may be missing and are named then.
 */
export function proposeMapping(options: ProposalOptions): MappingProposal {
  const schema = withKeyFields(options.schema);
  const columns = options.profiles.filter((profile) => columnText(profile.name) !== undefined);
  const names = entityNames(schema);
  const isOwnField = (column: string): boolean => names.byKey.has(nameKey(column));
  const legalEntity = proposeLegalEntity({ ...options, profiles: columns });
  const where = proposeWhere(columns.filter((profile) => !isOwnField(profile.name)));
  const taken = new Set([legalEntity.column, where?.column]);
  // The legal entity of a ledger, say, is a field of it as well.
  const free = columns.filter((profile) => !taken.has(profile.name) || isOwnField(profile.name));
  const companies = options.profiles.find(({ name }) => name === legalEntity.column)?.distinct.count ?? 1;
  const assigned = assign(free.flatMap((profile) => fieldCandidates(profile, names, companies)));
  const fields = withFallbacks(
    schema,
    assigned.map((candidate) => proposedField(candidate, options)),
    options.profiles,
  );
  const customary = customaryFields(schema, fields);
  // What is customary is a better guess than a doubtful one.
  const replaced = new Set(customary.map(({ field }) => field));
  const all = [...fields.filter(({ field }) => !replaced.has(field)), ...customary];
  const named = new Set(all.map(({ field }) => field));
  const missing = [...schema.fields.values()].filter((field) => isWanted(field) && !named.has(field.name));
  const used = new Set([...taken, ...all.map(({ column }) => column)]);
  const count = schema.fields.size - named.size - missing.length;
  return {
    entity: schema.label,
    legalEntity,
    ...(where === undefined ? {} : { where }),
    fields: inOrder([...all, ...missing.map(missingField)], schema, columns),
    unused: options.profiles.filter(({ name }) => !used.has(name)).map(unusedColumn),
    ...(options.schema.fieldsKnown ? { remainingFields: count } : {}),
  };
}

/** An entity of which only the key is known: the key at least can be proposed. */
function withKeyFields(schema: EntitySchema): EntitySchema {
  const fields = new Map(schema.fields);
  for (const name of schema.keys) {
    if (fields.has(name)) continue;
    fields.set(name, { name, odataName: name, type: "unknown", mandatory: true, key: true });
  }
  return { ...schema, fields };
}

/** The best candidate first, then the best of what is left of columns and fields, and so on. */
function assign(candidates: readonly Candidate[]): readonly Candidate[] {
  const order = candidates
    .map((candidate, index) => ({ candidate, index }))
    .filter(({ candidate }) => candidate.confidence >= leastConfidence)
    .sort((a, b) => b.candidate.confidence - a.candidate.confidence || a.index - b.index);
  const columns = new Set<string>();
  const fields = new Set<string>();
  const chosen: Candidate[] = [];
  for (const { candidate } of order) {
    const { column, field } = candidate;
    if (columns.has(column) || fields.has(field.name)) continue;
    columns.add(column);
    fields.add(field.name);
    chosen.push(candidate);
  }
  return chosen;
}

function proposedField(candidate: Candidate, options: ProposalOptions): ProposedField {
  const { column, field, confidence, reason, fit } = candidate;
  const profile = options.profiles.find(({ name }) => name === column);
  const plain = field.type === "string" || field.type === "unknown" || fit.open !== undefined;
  const lookup = profile === undefined || !plain ? undefined : fittingLookup(profile, options.lookups ?? []);
  const open = fit.open !== undefined && lookup === undefined;
  const steps =
    lookup === undefined ? fit.steps : [...fit.steps.filter((step) => step === "trim"), lookup.step];
  return {
    field: field.name,
    wanted: isWanted(field),
    column,
    expression: pipe(columnText(column) ?? column, steps),
    confidence,
    reason,
    remarks: lookup === undefined ? fit.remarks : [lookup.remark],
    state: confidence < goodConfidence ? "doubtful" : open ? "open" : "proposed",
  };
}

function missingField(field: EntityField): ProposedField {
  const reason = field.key
    ? "part of the key, and no column looks like it"
    : "must be filled in, and no column looks like it";
  return { field: field.name, wanted: true, confidence: 0, reason, remarks: [], state: "missing" };
}

function inOrder(
  fields: readonly ProposedField[],
  schema: EntitySchema,
  columns: readonly ColumnProfile[],
): readonly ProposedField[] {
  const keyPlace = (field: ProposedField): number => {
    const at = schema.keys.indexOf(field.field);
    return at === -1 ? schema.keys.length : at;
  };
  const columnPlace = (field: ProposedField): number =>
    field.column === undefined ? columns.length : columns.findIndex(({ name }) => name === field.column);
  return [...fields].sort(
    (a, b) =>
      Number(b.wanted) - Number(a.wanted) || keyPlace(a) - keyPlace(b) || columnPlace(a) - columnPlace(b),
  );
}

function unusedColumn(profile: ColumnProfile): UnusedColumn {
  const known = knownColumn(profile.name);
  // An ordinary word says itself what it means.
  if (known?.called === undefined) return { profile };
  return { profile, meaning: `${known.called}: ${known.meaning.words}` };
}
