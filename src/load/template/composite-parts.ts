import type { EntityCatalogue } from "../../entity/catalogue.ts";
import type { EntitySchema } from "../../entity/entity-schema.ts";
import type { OutlineElement } from "../../source/xml-outline.ts";

/** One of the entities whose records are nested in the data file of a composite entity. */
export interface CompositePart {
  readonly schema: EntitySchema;
  /** Label of the entity it is nested in; undefined for the root. */
  readonly parent?: string;
  /** Where its records stand, as `source` of a mapping says it. */
  readonly record: string;
  readonly rows?: string;
}

/**
 * The entities of a composite data file, parents first: its elements are called after the AOT names of the entities
 * (documented for XML files), in upper case unless a flight says otherwise. Empty where nothing is nested, or where an
 * element is no entity the catalogue knows: then only the root could be told, and the rest would be lost.
 */
export function compositeParts(root: OutlineElement, catalogue: EntityCatalogue): readonly CompositePart[] {
  const byElement = new Map(
    catalogue.labels().flatMap((label) => {
      const schema = catalogue.find(label);
      return schema === undefined ? [] : [[schema.aotName.toUpperCase(), schema] as const];
    }),
  );
  const parts: CompositePart[] = [];
  const visit = (element: OutlineElement, above: readonly OutlineElement[], parent?: string): void => {
    const schema = byElement.get(element.name.toUpperCase());
    if (schema === undefined) return;
    const path = [...above, element].map(({ name }) => name);
    parts.push({
      schema,
      ...(parent === undefined ? {} : { parent }),
      // A row knows the record around it, and so the key of its parent.
      ...(parent === undefined
        ? { record: `/${path.join("/")}` }
        : { record: `/${path.slice(0, -1).join("/")}`, rows: element.name }),
    });
    for (const child of element.children) visit(child, [...above, element], schema.label);
  };
  for (const child of root.children) visit(child, [root]);
  return parts.length > 1 ? parts : [];
}
