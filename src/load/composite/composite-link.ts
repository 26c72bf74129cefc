import type { EntitySchema } from "../../entity/entity-schema.ts";
import { DmfpipeError } from "../../errors/dmfpipe-error.ts";
import { didYouMean } from "../../errors/suggestion.ts";
import type { CompiledMapping } from "../../mapping/compile-mapping.ts";
import type { CompositeDefinition, CompositePartDefinition } from "../../project/composite-settings.ts";
import type { Located } from "../../project/located.ts";

/** By which fields a record finds the one it is nested in: the values of both sides are equal. */
export interface PartLink {
  readonly fields: readonly string[];
  /** Positions of those fields among the target fields of the mapping. */
  readonly columns: readonly number[];
  /** The fields of the part above, in the same order. */
  readonly upperFields: readonly string[];
  readonly upperColumns: readonly number[];
  /** Whether the fields above are the whole key there, which no two of its records share. */
  readonly byKey: boolean;
}

interface Side {
  readonly schema: EntitySchema;
  readonly mapping: CompiledMapping;
}

/**
 * The link of a part to the one above: the fields that are named, or the catalogue's relation. Throws
 * DMFP-PROJECT-INVALID where there is none, or a field of it is not mapped.
 */
export function linkOf(options: {
  readonly composite: CompositeDefinition;
  readonly part: CompositePartDefinition;
  readonly own: Side;
  readonly upper: Side;
}): PartLink {
  const { part, own, upper } = options;
  const pairs = part.by?.map(([mine, above]) => [mine.value, above.value] as const) ?? relationPairs(options);
  for (const [index, [mine, above]] of pairs.entries()) {
    const [at, atAbove] = part.by?.[index] ?? [part.entity, part.entity];
    demandMapped(options, { side: own, field: mine, at });
    demandMapped(options, { side: upper, field: above, at: atAbove });
  }
  const upperFields = pairs.map(([, above]) => above);
  const { keys } = upper.schema;
  return {
    fields: pairs.map(([mine]) => mine),
    columns: pairs.map(([mine]) => own.mapping.targetFields.indexOf(mine)),
    upperFields,
    upperColumns: upperFields.map((field) => upper.mapping.targetFields.indexOf(field)),
    byKey: keys.length > 0 && keys.every((key) => upperFields.includes(key)),
  };
}

/** The catalogue's relation; of several, the first whose fields are all mapped. */
function relationPairs(options: Parameters<typeof linkOf>[0]): (readonly [string, string])[] {
  const { composite, part, own, upper } = options;
  const relations = own.schema.relations.filter(({ entity }) => entity === upper.schema.label);
  const mapped = relations.find(({ fields, targetFields }) => {
    return (
      fields.every((field) => own.mapping.targetFields.includes(field)) &&
      targetFields.every((field) => upper.mapping.targetFields.includes(field))
    );
  });
  const relation = mapped ?? relations[0];
  if (relation !== undefined) {
    return relation.fields.map((field, index) => [field, relation.targetFields[index] ?? ""] as const);
  }
  const { label } = own.schema;
  throw new DmfpipeError(
    "DMFP-PROJECT-INVALID",
    `The catalogue does not say by which fields ${label} belongs to ${upper.schema.label}.`,
    {
      at: { file: composite.file, line: part.entity.line, column: part.entity.column },
      next: `Say it: { entity: ${label}, in: ${upper.schema.label}, by: { OWNFIELD: FIELDABOVE } }.`,
    },
  );
}

function demandMapped(
  { composite }: Parameters<typeof linkOf>[0],
  { side, field, at }: { readonly side: Side; readonly field: string; readonly at: Located<string> },
): void {
  const { targetFields } = side.mapping;
  if (targetFields.includes(field)) return;
  throw new DmfpipeError(
    "DMFP-PROJECT-INVALID",
    `The mapping for ${side.schema.label} does not fill ${field}, by which records are nested.${didYouMean(field, targetFields)}`,
    {
      at: { file: composite.file, line: at.line, column: at.column },
      next: `Fill ${field} in that mapping, or name other fields with by: { OWNFIELD: FIELDABOVE }.`,
    },
  );
}
