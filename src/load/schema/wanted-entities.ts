import type { EntityCatalogue } from "../../entity/catalogue.ts";
import type { Project } from "../../project/project.ts";

/**
 * DMF labels of the entities a project has to do with, sorted: those its mappings are for, and those that the mapped
 * fields refer to.
 */
export function wantedEntities(project: Project, catalogue: EntityCatalogue): string[] {
  const labels = project.mappings.flatMap((mapping) => {
    const filled = new Set(mapping.fields.map((field) => field.name.value));
    const relations = catalogue.find(mapping.entity.value)?.relations ?? [];
    const referred = relations
      .filter(({ fields }) => fields.every((field) => filled.has(field)))
      .map(({ entity }) => entity);
    return [mapping.entity.value, ...referred];
  });
  return [...new Set(labels)].sort();
}
