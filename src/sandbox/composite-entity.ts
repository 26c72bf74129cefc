import { DmfpipeError } from "../errors/dmfpipe-error.ts";

/** An entity inside a composite one. */
export interface CompositeMember {
  /** DMF label. */
  readonly label: string;
  /** DMF label of the entity it is embedded in; undefined for the root. */
  readonly parent: string | undefined;
}

/** A composite entity: several entities whose records are nested in one XML document. */
export interface CompositeEntity {
  readonly label: string;
  /** Every parent before its children. */
  readonly members: readonly CompositeMember[];
}

/** An embedded entity, by its label or with entities of its own: several levels are documented. */
export type EmbeddedEntity =
  string | { readonly label: string; readonly children?: readonly EmbeddedEntity[] | undefined };

export interface CompositeDefinition {
  readonly label: string;
  readonly root: string;
  readonly children: readonly EmbeddedEntity[];
}

/**
 * Puts a definition of the set-up file in order. Throws DMFP-SANDBOX-SETUP when an entity is not known or occurs
 * twice.
 */
export function compositeEntity(
  definition: CompositeDefinition,
  isKnown: (label: string) => boolean,
  file: string | undefined,
): CompositeEntity {
  const members: CompositeMember[] = [];
  const add = (label: string, parent: string | undefined, children: readonly EmbeddedEntity[]): void => {
    const known = isKnown(label) && !members.some((member) => member.label === label);
    if (!known) {
      throw new DmfpipeError(
        "DMFP-SANDBOX-SETUP",
        `The composite entity '${definition.label}' names the entity '${label}', which the sandbox does not have or which it has already named.`,
        { at: { file } },
      );
    }
    members.push({ label, parent });
    for (const child of children) {
      if (typeof child === "string") add(child, label, []);
      else add(child.label, label, child.children ?? []);
    }
  };
  add(definition.root, undefined, definition.children);
  return { label: definition.label, members };
}
