import type { EntitySchema } from "../entity/entity-schema.ts";
import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import type { Mistakes } from "../errors/mistakes.ts";
import { didYouMean } from "../errors/suggestion.ts";
import type { Located } from "../project/located.ts";
import type { MappingDefinition } from "../project/mapping-definition.ts";

/**
 * Checks the fields under `twoPass`. Each has to be one the mapping fills, and one F&O can create a record without; the
 * whole key must be in the file, or F&O makes a second record of each instead of finding the first one again. Mistakes:
 * DMFP-MAPPING-FIELD.
 *
 * @param filled target fields of the mapping, upper case
 */
export function checkTwoPass(
  definition: MappingDefinition,
  schema: EntitySchema,
  filled: readonly string[],
  mistakes: Mistakes,
): void {
  const { twoPass = [] } = definition;
  const [first] = twoPass;
  if (first === undefined) return;
  mistakes.attempt(() => {
    demandWholeKey(definition, schema, filled, first);
  });
  for (const field of twoPass) {
    mistakes.attempt(() => {
      demandCanWait(definition, schema, filled, field);
    });
  }
}

function demandWholeKey(
  definition: MappingDefinition,
  { label, keys }: EntitySchema,
  filled: readonly string[],
  at: Located<string>,
): void {
  const missing = keys.filter((key) => !filled.includes(key));
  if (keys.length > 0 && missing.length === 0) return;
  const why =
    keys.length === 0
      ? `the key of ${label} is not known`
      : `the mapping does not fill ${missing.join(", ")} of its key`;
  throw refused(
    definition,
    at,
    `${label} cannot be loaded in two passes: ${why}, so F&O would not find its records again in the second.`,
    keys.length === 0 ? "Say its keys in mappings/schema-overrides.yaml." : `Fill ${missing.join(", ")}.`,
  );
}

function demandCanWait(
  definition: MappingDefinition,
  schema: EntitySchema,
  filled: readonly string[],
  field: Located<string>,
): void {
  const { value: name } = field;
  if (!filled.includes(name)) {
    throw refused(
      definition,
      field,
      `twoPass names ${name}, which the mapping does not fill.${didYouMean(name, filled)}`,
      "Name fields that stand under fields.",
    );
  }
  const key = schema.keys.includes(name);
  if (!key && schema.fields.get(name)?.mandatory !== true) return;
  throw refused(
    definition,
    field,
    `${name} cannot wait for the second pass: ${key ? "it is part of the key" : "F&O creates no record without it"}.`,
    `Take ${name} out of twoPass.`,
  );
}

function refused(
  definition: MappingDefinition,
  { line, column }: Located<string>,
  message: string,
  next: string,
): DmfpipeError {
  return new DmfpipeError("DMFP-MAPPING-FIELD", message, {
    at: { file: definition.file, line, column },
    next,
  });
}
