import type { EntityField, EntitySchema } from "../../entity/entity-schema.ts";
import type { ColumnProfile } from "../../source/column-profile.ts";
import { knownColumn, type KnownColumn } from "./column-synonyms.ts";
import type { EntityNames } from "./entity-names.ts";
import { columnWords, lastStep, likeness, nameKey, pathSteps } from "./name-words.ts";
import { valueFit, type ValueFit } from "./value-fit.ts";

/** A field a column might be meant for, with everything that speaks for and against it. */
export interface Candidate {
  readonly column: string;
  readonly field: EntityField;
  /** 0 to 1. */
  readonly confidence: number;
  /** In plain words: `SAP LIFNR: vendor number`. */
  readonly reason: string;
  readonly fit: ValueFit;
}

/** Names that share less are not alike. */
const leastLikeness = 0.5;
/** What a likeness of names counts, at most: never as much as a name somebody wrote into a list. */
const likenessWorth = 0.9;

/**
 * The fields of an entity a column might be meant for, from its name (the field's own name, a synonym, words in
 * common) and its values. In no order; at most one candidate for each field. `companies`: how many companies the
 * source has, because a key may be there once for each.
 */
export function fieldCandidates(
  profile: ColumnProfile,
  names: EntityNames,
  companies: number,
): readonly Candidate[] {
  const { schema } = names;
  const known = knownColumn(profile.name);
  const byField = new Map<string, Named>();
  const note = (named: Named): void => {
    const before = byField.get(named.field.name);
    if (before === undefined || before.confidence < named.confidence) byField.set(named.field.name, named);
  };
  for (const named of alike(profile.name, names, known)) note(named);
  if (known !== undefined) for (const named of synonymous(known, names)) note(named);
  for (const named of equal(profile.name, names)) note(named);
  return [...byField.values()].map(({ field, confidence, reason, alikeOnly }) => {
    const fit = valueFit(profile, field, schema);
    const key = keyFit(profile, { field, schema, companies });
    // Names that are a little alike, and values the field knows nothing of: mostly a coincidence.
    const chance = alikeOnly && fit.open === "wholly" ? 0.5 : 1;
    const filling = fillingRemarks(profile, field);
    return {
      column: profile.name,
      field,
      confidence: Math.min(0.99, confidence * fit.factor * key.factor * chance),
      reason,
      fit: { ...fit, remarks: [...key.remarks, ...filling, ...fit.remarks] },
    };
  });
}

interface Named {
  readonly field: EntityField;
  readonly confidence: number;
  readonly reason: string;
  /** Nothing but words in common. */
  readonly alikeOnly?: true;
}

function equal(column: string, { byKey }: EntityNames): Named[] {
  const steps = pathSteps(column);
  const reason = "the field's own name";
  const whole = byKey.get(nameKey(steps.join("")));
  if (whole !== undefined) return [{ field: whole, confidence: 0.97, reason }];
  const last = byKey.get(nameKey(lastStep(column)));
  return last === undefined ? [] : [{ field: last, confidence: 0.93, reason }];
}

function synonymous(known: KnownColumn, names: EntityNames): Named[] {
  const reason = known.called === undefined ? known.meaning.words : `${known.called}: ${known.meaning.words}`;
  const fields = known.name === "ownKey" ? ownKey(names) : meantFields(known, names);
  const certainty = known.certainty * (known.meaning.certainty ?? 1);
  // Where an entity has several of the fields, the first is meant more often than not.
  return fields.map((field, index) => ({ field, confidence: certainty * 0.75 ** index, reason }));
}

function ownKey({ schema, byKey }: EntityNames): EntityField[] {
  const [key, second] = schema.keys;
  const field = second === undefined ? byKey.get(nameKey(key ?? "")) : undefined;
  return field === undefined ? [] : [field];
}

function meantFields(known: KnownColumn, { schema, byKey }: EntityNames): EntityField[] {
  return known.meaning.fields.flatMap((written) => {
    const [entity, name] = written.includes(":") ? written.split(":") : [schema.label, written];
    return entity === schema.label ? (byKey.get(nameKey(name ?? "")) ?? []) : [];
  });
}

function alike(column: string, names: EntityNames, known: KnownColumn | undefined): Named[] {
  const words = columnWords(column, names.implied);
  // What a column is known to be counts more than a word it happens to share with a field.
  const worth = likenessWorth * (known === undefined ? 1 : known.called === undefined ? 0.75 : 0.5);
  return names.fields.flatMap(({ field, words: own }): Named[] => {
    const like = likeness(words, own);
    if (like < leastLikeness) return [];
    const reason = `name like ${field.odataName}`;
    return [{ field, confidence: like * worth, reason, alikeOnly: true }];
  });
}

/** A key has another value in every record, or nearly: the same vendor may be there once for each company. */
function keyFit(
  profile: ColumnProfile,
  place: { readonly field: EntityField; readonly schema: EntitySchema; readonly companies: number },
): { readonly factor: number; readonly remarks: readonly string[] } {
  const { field, schema, companies } = place;
  if (!field.key || schema.keys.length > 1 || profile.filled === 0) return { factor: 1, remarks: [] };
  const { filled, distinct } = profile;
  if (distinct.count >= filled * 0.98) return { factor: 1.03, remarks: [] };
  if (distinct.count * companies >= filled * 0.9) return { factor: 1, remarks: [] };
  const count = distinct.count.toLocaleString("en-US");
  const remark = `the key, yet only ${count} different values in ${filled.toLocaleString("en-US")} records`;
  return { factor: distinct.count < filled * 0.3 ? 0.7 : 0.95, remarks: [remark] };
}

function fillingRemarks(profile: ColumnProfile, field: EntityField): readonly string[] {
  const empty = profile.records - profile.filled;
  if (empty === 0 || profile.filled === 0 || !(field.key || field.mandatory)) return [];
  return [`must be filled in, but is empty in ${empty.toLocaleString("en-US")} records`];
}
