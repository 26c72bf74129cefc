import type { EntitySchema } from "../entity/entity-schema.ts";
import type { EnvironmentSetup } from "./environment-setup.ts";
import { fieldLabel } from "./message-text.ts";

/** Label ids of a real environment are those of its label files; these have a file of their own. */
const labelFile = "@Sandbox:";

export function entityLabelId(entity: EntitySchema): string {
  return `${labelFile}${entity.aotName}`;
}

export function fieldLabelId(entity: EntitySchema, odataName: string): string {
  return `${labelFile}${entity.aotName}_${odataName}`;
}

/** The text behind a label id, or undefined where there is none. */
export function labelText(setup: EnvironmentSetup, id: string): string | undefined {
  if (!id.startsWith(labelFile)) return undefined;
  for (const entity of setup.entities()) {
    const name = entityLabelId(entity);
    if (id === name) return entity.label;
    if (!id.startsWith(`${name}_`)) continue;
    const field = [...entity.fields.values()].find(({ odataName }) => id === `${name}_${odataName}`);
    if (field !== undefined) return fieldLabel(entity, field.name);
  }
  return undefined;
}
