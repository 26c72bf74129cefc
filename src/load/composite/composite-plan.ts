import type { EntityCatalogue } from "../../entity/catalogue.ts";
import type { EntitySchema } from "../../entity/entity-schema.ts";
import { DmfpipeError } from "../../errors/dmfpipe-error.ts";
import type { Mistakes } from "../../errors/mistakes.ts";
import { didYouMean } from "../../errors/suggestion.ts";
import type { CompiledMapping } from "../../mapping/compile-mapping.ts";
import type { XmlFormatName } from "../../package/composite-file.ts";
import type { CompositeDefinition, CompositePartDefinition } from "../../project/composite-settings.ts";
import type { Located } from "../../project/located.ts";
import type { MappingDefinition } from "../../project/mapping-definition.ts";
import type { Project } from "../../project/project.ts";
import { linkOf, type PartLink } from "./composite-link.ts";

/** An entity in a composite entity, found in the project. */
export interface PlannedPart {
  /** DMF label. */
  readonly label: string;
  readonly aotName: string;
  /** Index of the part its records are nested in; undefined for the first, the documents. */
  readonly parent: number | undefined;
  /** How a record's parent is found; undefined for the documents and for a part nothing is loaded into. */
  readonly link: PartLink | undefined;
  /** Nothing is loaded into it: it only has to have its element. */
  readonly empty: boolean;
}

/** A composite entity of which everything was found. */
export interface PlannedComposite {
  readonly definition: CompositeDefinition;
  /** DMF label. */
  readonly label: string;
  readonly format: XmlFormatName;
  /** The documents first, each part before those nested in it. */
  readonly parts: readonly PlannedPart[];
}

/** A mapping that was compiled against its entity. */
interface MappedEntity {
  readonly definition: MappingDefinition;
  readonly schema: EntitySchema;
  readonly mapping: CompiledMapping;
}

interface Resolving {
  readonly project: Project;
  readonly catalogue: EntityCatalogue;
  /** Those mappings that are right. */
  readonly compiled: readonly MappedEntity[];
  readonly composite: CompositeDefinition;
}

/**
 * Finds the parts of the project's composite entities: mappings, what is nested in what, and by which fields. What is
 * wrong is added to `mistakes`, with its place in project.yaml; a part whose mapping has mistakes is no mistake more.
 */
export function resolveComposites(
  options: Omit<Resolving, "composite">,
  mistakes: Mistakes,
): readonly PlannedComposite[] {
  const taken = new Map<string, string>();
  return options.project.composites.flatMap((composite) => {
    const context = { ...options, composite };
    const parts: PlannedPart[] = [];
    for (const part of composite.parts) {
      const resolved = mistakes.attempt(() => {
        const { value: label } = part.entity;
        const other = taken.get(label);
        if (other !== undefined) {
          throw mistake(composite, part.entity, `${label} is a part of ${other} already.`);
        }
        taken.set(label, composite.entity.value);
        return resolvePart(context, part, parts);
      });
      // Without one of its parts the rest cannot be judged, and what is said already explains it.
      if (resolved === undefined) return [];
      parts.push(resolved);
    }
    const { value: label } = composite.entity;
    return [{ definition: composite, label, format: compositeFormat(options.project, composite), parts }];
  });
}

/** Which part of which composite entity an entity is. */
export function partIn(
  composites: readonly PlannedComposite[],
  entity: string,
): { readonly of: PlannedComposite; readonly part: number } | undefined {
  for (const composite of composites) {
    const part = composite.parts.findIndex(({ label, empty }) => label === entity && !empty);
    if (part !== -1) return { of: composite, part };
  }
  return undefined;
}

/** The format of a composite entity's file: what is said of it, else the project's where that is XML. */
export function compositeFormat(project: Project, composite: CompositeDefinition): XmlFormatName {
  if (composite.format !== undefined) return composite.format;
  return project.packages.format?.toLowerCase() === "xml-attribute" ? "XML-Attribute" : "XML-Element";
}

/** The composite entity that an entity of the project is a part of. */
export function compositeWith(project: Project, label: string): CompositeDefinition | undefined {
  return project.composites.find(({ parts }) =>
    parts.some(({ entity, empty }) => entity.value === label && !empty),
  );
}

/** Undefined where the part's mapping has mistakes of its own. */
function resolvePart(
  context: Resolving,
  part: CompositePartDefinition,
  above: readonly PlannedPart[],
): PlannedPart | undefined {
  const { project, compiled, composite } = context;
  const { value: label } = part.entity;
  const mapping = project.mappings.find(({ entity }) => entity.value === label);
  if (part.empty) return emptyPart(context, part, { mapping, above });
  if (mapping === undefined) {
    const labels = project.mappings.map(({ entity }) => entity.value);
    throw mistake(
      composite,
      part.entity,
      `No mapping of the project is for ${label}.${didYouMean(label, labels)}`,
      "Write a mapping for it, or say empty: true where nothing is to be loaded into it.",
    );
  }
  demandPackable(context, part.entity, mapping);
  const own = compiled.find(({ definition }) => definition === mapping);
  if (own === undefined) return undefined;
  const { aotName } = own.schema;
  if (above.length === 0) {
    const misplaced = part.in ?? part.by?.[0]?.[0];
    if (misplaced === undefined) return { label, aotName, parent: undefined, link: undefined, empty: false };
    throw mistake(
      composite,
      misplaced,
      `${label} is the first part: its records are the documents, nested in nothing.`,
    );
  }
  const parent = parentOf(context, { part, schema: own.schema, above });
  const upper = compiled.find(({ schema }) => schema.label === above[parent]?.label);
  if (upper === undefined) {
    const words = `${above[parent]?.label ?? ""} is empty, so that nothing can be nested in it.`;
    throw mistake(composite, part.in ?? part.entity, words);
  }
  return { label, aotName, parent, link: linkOf({ composite, part, own, upper }), empty: false };
}

function emptyPart(
  context: Resolving,
  part: CompositePartDefinition,
  found: { readonly mapping: MappingDefinition | undefined; readonly above: readonly PlannedPart[] },
): PlannedPart {
  const { composite, catalogue } = context;
  const { value: label } = part.entity;
  const { mapping, above } = found;
  if (mapping !== undefined) {
    throw mistake(composite, part.entity, `${label} is said to be empty, but ${mapping.file} is for it.`);
  }
  if (above.length === 0) {
    throw mistake(composite, part.entity, `${label} is the first part: its records are the documents.`);
  }
  const schema = catalogue.find(label);
  const aotName = part.element ?? schema?.aotName;
  if (aotName === undefined) {
    throw mistake(
      composite,
      part.entity,
      `The catalogue does not have ${label}, so that the name of its element is not known.`,
      "Add element: with the technical name of the entity, or fetch the entities with dmfpipe schema pull.",
    );
  }
  const parent = part.in === undefined ? 0 : parentOf(context, { part, schema, above });
  return { label, aotName, parent, link: undefined, empty: true };
}

/** The part that is named, or the only one that the catalogue relates this one to. */
function parentOf(
  { composite }: Resolving,
  about: {
    readonly part: CompositePartDefinition;
    readonly schema: EntitySchema | undefined;
    readonly above: readonly PlannedPart[];
  },
): number {
  const { part, schema, above } = about;
  const labels = above.map(({ label }) => label);
  if (part.in !== undefined) {
    const index = labels.indexOf(part.in.value);
    if (index !== -1) return index;
    const later = composite.parts.some(({ entity }) => entity.value === part.in?.value);
    const words = later
      ? `${part.in.value} stands below ${part.entity.value}; list it before what is nested in it.`
      : `${part.in.value} is no part of ${composite.entity.value}.${didYouMean(part.in.value, labels)}`;
    throw mistake(composite, part.in, words);
  }
  const related = labels.filter((label) => schema?.relations.some(({ entity }) => entity === label));
  const [only, another] = related;
  if (only !== undefined && another === undefined) return labels.indexOf(only);
  throw mistake(
    composite,
    part.entity,
    only === undefined
      ? `The catalogue relates ${part.entity.value} to no part above it.`
      : `${part.entity.value} is related to several parts: ${related.join(", ")}.`,
    `Say what it is nested in: { entity: ${part.entity.value}, in: ${only ?? labels[0] ?? ""} }.`,
  );
}

/** What a part's mapping may not say, because it holds for the file as a whole or has no place in the package. */
function demandPackable(
  { project, composite }: Resolving,
  label: Located<string>,
  { file, package: settings, twoPass = [] }: MappingDefinition,
): void {
  if (twoPass.length > 0) {
    throw mistake(
      composite,
      label,
      `${file} says twoPass; the records of a composite entity are sent as they are, in one pass.`,
      `Take twoPass out of ${file}, or load ${label.value} on its own.`,
    );
  }
  const wanted = compositeFormat(project, composite);
  const { format } = settings.shared;
  if (format !== undefined && format.toLowerCase() !== wanted.toLowerCase()) {
    throw mistake(
      composite,
      label,
      `${file} says package.format: ${format}, but ${label.value} is a part of ${composite.entity.value}, whose file is ${wanted}.`,
      format.toLowerCase().startsWith("xml-")
        ? `Take format out of ${file}, or say format: ${format} for the composite entity.`
        : `Take format out of ${file}: composite entities are XML, and nothing else (DMF1963).`,
    );
  }
  if (settings.attachments !== undefined) {
    throw mistake(
      composite,
      label,
      `${file} has attachments; dmfpipe has no place for them in the package of a composite entity.`,
      `Load ${label.value} on its own, or without attachments.`,
    );
  }
  const mapped = settings.generated.length + settings.defaults.size + settings.conversions.size > 0;
  if (mapped && composite.manifest === "one-entry") {
    throw mistake(
      composite,
      label,
      `${file} says what F&O fills in or converts, but with manifest: one-entry the package has no field map of ${label.value}.`,
      "Say manifest: entry-per-entity, or take generated, defaults and conversions out of the mapping.",
    );
  }
}

/** A mistake in the description of a composite entity. */
export function mistake(
  composite: CompositeDefinition,
  at: Located<string>,
  words: string,
  next?: string,
): DmfpipeError {
  return new DmfpipeError("DMFP-PROJECT-INVALID", words, {
    at: { file: composite.file, line: at.line, column: at.column },
    ...(next === undefined ? {} : { next }),
  });
}
