import type { EntitySchema } from "../../entity/entity-schema.ts";
import type { DataEntity, EntityMetadata, ManagedEntity } from "../../environment/entity-metadata.ts";
import type { ListedEntity } from "./pull-entity.ts";

/** The entities an environment has: by the label that packages use, and by the application's own name. */
export class EntityDirectory {
  readonly #managed: ReadonlyMap<string, ManagedEntity>;
  readonly #managedByName: ReadonlyMap<string, ManagedEntity>;
  readonly #dataByName: ReadonlyMap<string, DataEntity>;

  private constructor(managed: readonly ManagedEntity[], data: readonly DataEntity[]) {
    this.#managed = new Map(managed.map((entity) => [entity.EntityName, entity]));
    this.#managedByName = new Map(managed.map((entity) => [entity.TargetName.toUpperCase(), entity]));
    this.#dataByName = new Map(data.map((entity) => [entity.Name.toUpperCase(), entity]));
  }

  /** Reads both lists; a few thousand short rows. Throws what EntityMetadata throws. */
  static async read(metadata: EntityMetadata): Promise<EntityDirectory> {
    return new EntityDirectory(await metadata.managedEntities(), await metadata.dataEntities());
  }

  /** All DMF labels, in the language of the user behind the application. */
  labels(): string[] {
    return [...this.#managed.keys()].sort();
  }

  /** Labels of the public entities that data management can load. */
  publicLabels(): string[] {
    return this.labels().filter((label) => {
      const data = this.find(label)?.data;
      return data !== undefined && data.DataManagementEnabled && data.PublicEntityName !== "";
    });
  }

  /** The entity of this DMF label, spelled exactly so. */
  find(label: string): ListedEntity | undefined {
    const managed = this.#managed.get(label);
    if (managed === undefined) return undefined;
    return { managed, data: this.#dataByName.get(managed.TargetName.toUpperCase()) };
  }

  /**
   * Why there is no entity of this label, in words for people. Labels are texts of a language: the same entity may
   * have another one here, or be missing only from the list of data management, which somebody has to refresh.
   */
  async whyUnknown(
    label: string,
    options: {
      readonly known: EntitySchema | undefined;
      readonly metadata: EntityMetadata;
      readonly language: string;
    },
  ): Promise<string> {
    const { known, metadata, language } = options;
    if (known === undefined) return "the environment has no entity of that label";
    const name = known.aotName.toUpperCase();
    const managed = this.#managedByName.get(name);
    if (managed !== undefined) {
      return `the environment calls ${known.aotName} "${managed.EntityName}"; packages have to call it so too`;
    }
    const data = this.#dataByName.get(name);
    if (data === undefined) return `the environment has no entity ${known.aotName}`;
    const text = data.LabelId === "" ? undefined : await metadata.label(data.LabelId, language);
    const called = text === undefined || text === label ? "" : ` (its label is "${text}")`;
    return `the environment has ${known.aotName}${called}, but data management does not list it: refresh the entity list there`;
  }
}
