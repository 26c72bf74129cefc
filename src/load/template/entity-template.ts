import type { EntitySchema } from "../../entity/entity-schema.ts";
import { proposeLegalEntity, type ProposedLegalEntity } from "../../mapping/propose/legal-entity-proposal.ts";
import type { MappingTemplate } from "../../mapping/propose/template-text.ts";
import type { ManifestEntity } from "../../package/manifest.ts";
import type { ProjectOutline } from "../../project/project-outline.ts";
import { carriedSettings } from "./carried-settings.ts";
import type { DataFileSource } from "./data-file-source.ts";
import { templateFields } from "./template-fields.ts";

export interface EntityTemplateOptions {
  readonly project: ProjectOutline;
  readonly entity: ManifestEntity;
  readonly schema: EntitySchema;
  readonly source: DataFileSource;
  /** Where the extract is expected when the package brings no data that can be read; as `source.file` says it. */
  readonly expectedFile: string;
  /** Legal entity the data belongs to, where that is known. */
  readonly company?: string;
  /** Where the package came from, for the head of the mapping. */
  readonly origin: string;
  readonly part: boolean;
}

/** A mapping made of one entity of a package, and what a mapping cannot say. */
export interface EntityTemplate {
  readonly template: MappingTemplate;
  /** Each a sentence's part. */
  readonly lost: readonly string[];
}

/** Turns one entity of a manifest into a mapping of its data file, or of an extract that is yet to come. */
export function entityTemplate(options: EntityTemplateOptions): EntityTemplate {
  const { entity, schema, source } = options;
  const { settings, lost } = carriedSettings(entity, source);
  const found = templateFields(options);
  const { generated, defaults, conversions, columns } = found;
  const all = {
    // The format of a composite entity is its own, and not that of its parts.
    ...(options.part ? {} : settings),
    ...(generated.length === 0 ? {} : { generated }),
    ...(filled(defaults) ? { defaults } : {}),
    ...(filled(conversions) ? { conversions } : {}),
    ...(filled(columns) ? { columns } : {}),
  };
  const everything = [...lost, ...found.lost];
  return {
    template: {
      entity: schema.label,
      source: source.kind === "none" ? { file: options.expectedFile } : source.settings,
      legalEntity: legalEntityOf(options),
      fields: found.fields,
      settings: all,
      head: headOf(options, everything),
      unmapped: found.unmapped,
    },
    lost: everything,
  };
}

function headOf(
  { entity, source, origin, part }: EntityTemplateOptions,
  lost: readonly string[],
): readonly string[] {
  const { executionUnit, level, sequence } = entity;
  return [
    `Made by dmfpipe package pull from ${origin}.`,
    `There it was execution unit ${executionUnit}, level ${level}, sequence ${sequence}; dmfpipe finds the order by itself.`,
    ...(part ? [`Its records are nested in those of the composite entity ${entity.label}.`] : []),
    ...(source.kind === "none"
      ? [
          `There is no data to read: ${source.why}. Put an extract with the columns named below in place, or say where yours is and how its columns are called.`,
        ]
      : []),
    ...(source.kind !== "none" && source.more
      ? [`Its values were judged by the first ${source.records.toLocaleString("en-US")} records.`]
      : []),
    ...(entity.fields.length === 0
      ? [
          "The package has no field map: as it is, F&O would load nothing of this entity and call it a success.",
        ]
      : []),
    ...(lost.length === 0 ? [] : [`Not carried over: ${lost.join("; ")}.`]),
  ];
}

/** An export is of one company: the one that is named, else what the data says, else the project. */
function legalEntityOf({ company, schema, source, project }: EntityTemplateOptions): ProposedLegalEntity {
  if (company !== undefined) {
    return {
      expression: company,
      reason: "the legal entity that was named when the package was taken over",
      open: false,
    };
  }
  const { defaultLegalEntity, writableCompanies } = project;
  // Entities have fields of their own that hold companies; this one alone is the record's.
  const own = source.kind === "none" ? [] : source.columns.filter(({ name }) => /^@?DATAAREAID$/i.test(name));
  const proposed = proposeLegalEntity({
    schema,
    profiles: own,
    writableCompanies,
    ...(defaultLegalEntity === undefined ? {} : { defaultLegalEntity }),
  });
  const [only, another] = writableCompanies;
  if (!proposed.open || proposed.column !== undefined || only === undefined || another !== undefined)
    return proposed;
  return { expression: only, reason: "the only legal entity this project may write to", open: false };
}

function filled(object: object): boolean {
  return Object.keys(object).length > 0;
}
