import { EntityCatalogue } from "../../entity/catalogue.ts";
import type { PulledSchema } from "../../entity/pulled-schema.ts";
import { schemaChanges, type SchemaChange } from "../../entity/schema-difference.ts";

/**
 * What changed from one pull to another, entity by entity in order of their labels. `before` undefined: against the
 * catalogue that comes with dmfpipe; its entities that `after` does not have are then no change, because nobody pulled
 * them. Overrides play no part: they are the same before and after. Throws DMFP-SCHEMA-INVALID.
 */
export function diffSchemas(before: PulledSchema | undefined, after: PulledSchema): SchemaChange[] {
  const old = EntityCatalogue.layered({ pulled: before });
  const now = EntityCatalogue.layered({ pulled: after });
  const kept = new Set(after.labels());
  const labels = [...new Set([...(before?.labels() ?? []), ...kept])].sort();
  return labels.flatMap((label) =>
    schemaChanges(label, old.find(label), kept.has(label) ? now.find(label) : undefined),
  );
}
