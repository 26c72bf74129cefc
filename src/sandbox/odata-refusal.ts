import type { EntitySchema } from "../entity/entity-schema.ts";
import { ActionRefused } from "./action-refused.ts";
import { fieldLabel } from "./message-text.ts";

const writeException = "Microsoft.Dynamics.Platform.Integration.Services.OData.AxODataWriteException";

/** A row was not written. Its status depends on where it was to be written: on its own, or in a changeset. */
export class WriteFailed extends ActionRefused {
  constructor(text: string) {
    super(text, { type: writeException });
  }
}

/**
 * What the business has against a row. Observed: lines of the infolog with their severity, joined by `; `, and a full
 * stop behind the last one, whatever it ends with.
 */
export function validationFailed(aotName: string, problems: readonly string[]): WriteFailed {
  const lines = [...problems.map(sentence), `validateWrite failed on data source '${aotName} (${aotName})'`];
  const infolog = lines.map((line) => `Warning: ${line}`).join("; ");
  return new WriteFailed(`Write failed for table row of type '${aotName}'. Infolog: ${infolog}.`);
}

/** Observed, with the name of the table where the sandbox has only that of the entity. */
export function alreadyExists(
  names: { readonly label: string; readonly aotName: string },
  key: readonly (readonly [label: string, value: string])[],
): WriteFailed {
  const { label, aotName } = names;
  const [first] = key.map(([name]) => name);
  const values = key.map(([, value]) => value).join(", ");
  const text = `Cannot create a record in ${label} (${aotName}). ${first ?? ""}: ${values}.\nThe record already exists.`;
  return new WriteFailed(`Write failed for table row of type '${aotName}'. Infolog: Info: ${text}.`);
}

/** PATCH or DELETE of a row that is not there, or not in this company. Observed with status 400. */
export function nothingSelected(): ActionRefused {
  return new ActionRefused("No resources were found when selecting for update.");
}

/** The labels and values of a key, for the infolog. */
export function keyLabels(
  entity: EntitySchema,
  values: Readonly<Record<string, string>>,
): readonly (readonly [string, string])[] {
  return entity.keys.map((field) => [fieldLabel(entity, field), values[field] ?? ""] as const);
}

function sentence(text: string): string {
  return text.endsWith(".") ? text : `${text}.`;
}
