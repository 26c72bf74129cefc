import type { RejectionOrigin } from "../../rejection/pack/write-pack.ts";
import type { CompiledMapping } from "../../mapping/compile-mapping.ts";

/** What has to be known of an entity for its rejected records to be written as they came. */
export interface OriginEntity {
  readonly schema: { readonly label: string };
  readonly definition: { readonly sourceFormat: { readonly delimiter?: string | undefined } };
  readonly sources?: readonly { readonly source: { readonly columns: readonly string[] } }[];
  /** Absent where the mapping of the run is not known any more. */
  readonly mapping?: Pick<CompiledMapping, "columnsOfField">;
}

/** Where rejected records came from, of these entities; of others, that nothing is known. Pure. */
export function rejectionOrigin(entities: readonly OriginEntity[]): RejectionOrigin {
  const find = (label: string): OriginEntity | undefined =>
    entities.find(({ schema }) => schema.label === label);
  return {
    layoutOf: (entity) => {
      const found = find(entity);
      return {
        columns: found?.sources?.[0]?.source.columns ?? [],
        delimiter: found?.definition.sourceFormat.delimiter ?? ",",
      };
    },
    columnsOf: (entity) => {
      const columns = find(entity)?.mapping?.columnsOfField;
      // Messages of F&O name fields in any case.
      return (field) => columns?.get(field) ?? columns?.get(field.toUpperCase());
    },
  };
}
