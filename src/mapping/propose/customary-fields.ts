import type { EntitySchema } from "../../entity/entity-schema.ts";
import type { ColumnProfile } from "../../source/column-profile.ts";
import { customaryValues, fallbackFields } from "./customary-values.ts";
import { isWanted, type ProposedField } from "./proposed-field.ts";

/** A column that is filled in so few records leaves its field empty in too many. */
const filledEnough = 0.95;
const customaryConfidence = 0.6;

/** Fields no column is needed for and no good one was found for, where others they go with are proposed: see customary-values.ts. */
export function customaryFields(
  schema: EntitySchema,
  fields: readonly ProposedField[],
): readonly ProposedField[] {
  const proposed = new Set(fields.filter(({ state }) => state === "proposed").map(({ field }) => field));
  const named = new Set(fields.filter(({ state }) => state !== "doubtful").map(({ field }) => field));
  return customaryValues.flatMap((customary): ProposedField[] => {
    const field = schema.fields.get(customary.field);
    if (field === undefined || named.has(field.name)) return [];
    if (!customary.with.some((name) => proposed.has(name))) return [];
    const { expression, reason } = customary;
    return [
      {
        field: field.name,
        wanted: isWanted(field),
        expression,
        confidence: customaryConfidence,
        reason,
        remarks: [],
        state: "proposed",
      },
    ];
  });
}

/**
 * The fields, with the value of another field where one that is wanted has no column, or a column that is mostly
 * empty: see customary-values.ts.
 */
export function withFallbacks(
  schema: EntitySchema,
  fields: readonly ProposedField[],
  profiles: readonly ColumnProfile[],
): readonly ProposedField[] {
  let all = [...fields];
  for (const { field: name, from, reason } of fallbackFields) {
    const field = schema.fields.get(name);
    const other = all.find((candidate) => candidate.field === from && candidate.state === "proposed");
    if (field === undefined || !isWanted(field) || other?.expression === undefined) continue;
    const own = all.find((candidate) => candidate.field === name && candidate.state === "proposed");
    if (own?.expression === undefined) {
      const expression = other.expression;
      const wanted = { field: name, wanted: true, expression, confidence: customaryConfidence };
      all = all.filter((candidate) => candidate.field !== name);
      all.push({ ...wanted, reason: `no column of its own; ${reason}`, remarks: [], state: "proposed" });
      continue;
    }
    const profile = profiles.find((candidate) => candidate.name === own.column);
    if (profile === undefined || profile.filled >= profile.records * filledEnough) continue;
    const expression = `coalesce(${own.expression}, ${other.expression})`;
    const filled = { ...own, expression, remarks: [reason] };
    all = all.map((candidate) => (candidate === own ? filled : candidate));
  }
  return all;
}
