import { selfReferences } from "../../sequence/dependency-graph.ts";
import { entityToLoad, type PlannedLoad } from "../load-plan.ts";

/**
 * What is to be said of entities whose records refer to each other and that are loaded in one pass: no order of the
 * entities helps there. One text for each reference, with the way out.
 */
export function selfReferenceWarnings(planned: readonly PlannedLoad[]): readonly string[] {
  return selfReferences(planned.map(entityToLoad)).map(({ entity, fields, canWait }) => {
    const names = fields.join(", ");
    const file = planned.find(({ schema }) => schema.label === entity)?.definition.file ?? "the mapping";
    const wayOut = canWait
      ? `twoPass: [${names}] in ${file} fills it in a second pass`
      : `sort the source so that a record comes after the one it names`;
    return `${entity}: ${names} refers to other records of ${entity}, and F&O refuses a record that comes before the one it names; ${wayOut}`;
  });
}
