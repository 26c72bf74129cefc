import { readFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { Mistakes } from "../errors/mistakes.ts";
import { applyOverride, demandTargetFields } from "./apply-overrides.ts";
import { applyPulled } from "./apply-pulled.ts";
import { readBuiltInEntity } from "./built-in-entity.ts";
import type { EntitySchema } from "./entity-schema.ts";
import { PulledSchema } from "./pulled-schema.ts";
import { readOverrides, type SchemaOverrides } from "./schema-overrides.ts";

const catalogueFolder = path.join(import.meta.dirname, "catalogue");

/** What lies on top of the catalogue that comes with dmfpipe, each on top of the one before. */
export interface CatalogueLayers {
  readonly pulled?: PulledSchema | undefined;
  readonly overrides?: SchemaOverrides | undefined;
}

/** The entities dmfpipe knows, by DMF label. Files are read when an entity is first asked for. */
export class EntityCatalogue {
  readonly #fileByLabel: ReadonlyMap<string, string>;
  readonly #pulled: PulledSchema | undefined;
  readonly #schemas = new Map<string, EntitySchema>();

  private constructor(pulled: PulledSchema | undefined) {
    const index: unknown = JSON.parse(readFileSync(path.join(catalogueFolder, "index.json"), "utf8"));
    this.#fileByLabel = new Map(Object.entries(z.record(z.string(), z.string()).parse(index)));
    this.#pulled = pulled;
  }

  /** The catalogue that comes with dmfpipe (see catalogue/make-catalogue.ts for where it comes from). */
  static builtIn(): EntityCatalogue {
    return new EntityCatalogue(undefined);
  }

  /**
   * The catalogue of a project: the built-in one, what was pulled from an environment (mappings/schema.json) on top of
   * it, and what people know better (mappings/schema-overrides.yaml) on top of that. Throws DMFP-SCHEMA-INVALID.
   */
  static of(projectRoot: string): EntityCatalogue {
    return EntityCatalogue.layered({
      pulled: PulledSchema.ofProject(projectRoot),
      overrides: readOverrides(projectRoot),
    });
  }

  /** The built-in catalogue with these layers on top. Throws DMFP-SCHEMA-INVALID, with all mistakes of the overrides. */
  static layered({ pulled, overrides }: CatalogueLayers): EntityCatalogue {
    const catalogue = new EntityCatalogue(pulled);
    if (overrides === undefined) return catalogue;
    const mistakes = new Mistakes();
    const overridden = Object.keys(overrides.data.entities);
    const labels = [...new Set([...catalogue.labels(), ...overridden])];
    const context = { overrides, mistakes, labels };
    for (const label of overridden) {
      const schema = applyOverride(label, catalogue.find(label), context);
      if (schema !== undefined) catalogue.#schemas.set(label, schema);
    }
    demandTargetFields(context, (label) => catalogue.find(label));
    mistakes.demandNone();
    return catalogue;
  }

  /** DMF labels of all entities, sorted. */
  labels(): string[] {
    const labels = [...this.#fileByLabel.keys(), ...(this.#pulled?.labels() ?? []), ...this.#schemas.keys()];
    return [...new Set(labels)].sort();
  }

  /** The schema of the entity with this DMF label (spelled exactly so), or undefined. Throws DMFP-SCHEMA-INVALID. */
  find(label: string): EntitySchema | undefined {
    const known = this.#schemas.get(label);
    if (known !== undefined) return known;
    const schema = this.#read(label);
    if (schema !== undefined) this.#schemas.set(label, schema);
    return schema;
  }

  #read(label: string): EntitySchema | undefined {
    const file = this.#fileByLabel.get(label);
    const known =
      file === undefined ? undefined : readBuiltInEntity(path.join(catalogueFolder, `${file}.json`));
    const pulled = this.#pulled?.entity(label);
    if (pulled === undefined) return known;
    return applyPulled(label, pulled, { known, enumOf: (name) => this.#pulled?.enumOf(name) });
  }
}
