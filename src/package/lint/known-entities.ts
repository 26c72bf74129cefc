import type { EntityCatalogue } from "../../entity/catalogue.ts";
import type { EntitySchema } from "../../entity/entity-schema.ts";
import { editDistance } from "../../errors/suggestion.ts";

/** What can be said about the name of an entity. */
export type NameVerdict =
  | { readonly kind: "known"; readonly schema: EntitySchema }
  /** The name is the entity's AOT name or OData collection. */
  | { readonly kind: "technical"; readonly schema: EntitySchema; readonly what: string }
  | { readonly kind: "misspelt"; readonly schema: EntitySchema }
  | { readonly kind: "unknown" };

/** The catalogue by all names an entity goes by. */
export class KnownEntities {
  readonly #catalogue: EntityCatalogue;
  readonly #technical = new Map<string, { readonly schema: EntitySchema; readonly what: string }>();

  constructor(catalogue: EntityCatalogue) {
    this.#catalogue = catalogue;
    for (const label of catalogue.labels()) {
      const schema = catalogue.find(label);
      if (schema === undefined) continue;
      if (schema.odataCollection !== undefined) {
        this.#technical.set(schema.odataCollection.toLowerCase(), { schema, what: "the OData collection" });
      }
      this.#technical.set(schema.aotName.toLowerCase(), { schema, what: "the technical name" });
    }
  }

  /** The schema of the entity with this technical name, whatever its case. */
  byTechnicalName(name: string): EntitySchema | undefined {
    return this.#technical.get(name.toLowerCase())?.schema;
  }

  judge(name: string): NameVerdict {
    const schema = this.#catalogue.find(name);
    if (schema !== undefined) return { kind: "known", schema };
    const technical = this.#technical.get(name.toLowerCase());
    // "Currencies" in other case is both the label and the OData collection: then it is misspelt.
    if (technical !== undefined && !sameText(technical.schema.label, name)) {
      return { kind: "technical", ...technical };
    }
    const meant = this.#near(name);
    return meant === undefined ? { kind: "unknown" } : { kind: "misspelt", schema: meant };
  }

  /**
   * The entity whose label differs by a slip of two characters at most. Numbers must be equal: Customers V2 and
   * Customers V3 are two entities.
   */
  #near(name: string): EntitySchema | undefined {
    const wanted = name.trim().toLowerCase();
    const slip = Math.min(2, Math.floor(wanted.length / 4));
    const label = this.#catalogue
      .labels()
      .find(
        (candidate) =>
          numbersOf(candidate) === numbersOf(wanted) &&
          editDistance(wanted, candidate.toLowerCase(), slip) <= slip,
      );
    return label === undefined ? undefined : this.#catalogue.find(label);
  }
}

function numbersOf(text: string): string {
  return text.replace(/\D+/g, " ").trim();
}

function sameText(a: string, b: string): boolean {
  return a.toLowerCase() === b.trim().toLowerCase();
}
