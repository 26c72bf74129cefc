import { EntityCatalogue } from "../../entity/catalogue.ts";
import type { PulledSchema } from "../../entity/pulled-schema.ts";
import { readOverrides } from "../../entity/schema-overrides.ts";
import { formatPlace, type DmfpipeError } from "../../errors/dmfpipe-error.ts";
import { Mistakes } from "../../errors/mistakes.ts";
import type { Project } from "../../project/project.ts";
import { compileMappings } from "../load-plan.ts";

/** What a change of schemas means for the mappings of a project. */
export interface SchemaBreaks {
  /** Mistakes there are only with the new schemas. */
  readonly broken: readonly DmfpipeError[];
  /** Mistakes there were before as well. */
  readonly already: readonly DmfpipeError[];
}

/**
 * Compiles all mappings against the old and the new schemas, each with the project's overrides on top. `undefined`
 * stands for the catalogue that comes with dmfpipe. Throws DMFP-SCHEMA-INVALID for overrides that cannot be read.
 */
export async function schemaBreaks(
  project: Project,
  before: PulledSchema | undefined,
  after: PulledSchema | undefined,
): Promise<SchemaBreaks> {
  const old = await mistakesWith(project, before);
  const now = await mistakesWith(project, after);
  const known = new Set(old.map(textOf));
  return {
    broken: now.filter((mistake) => !known.has(textOf(mistake))),
    already: now.filter((mistake) => known.has(textOf(mistake))),
  };
}

async function mistakesWith(
  project: Project,
  pulled: PulledSchema | undefined,
): Promise<readonly DmfpipeError[]> {
  const overrides = readOverrides(project.root);
  const mistakes = new Mistakes();
  // An override of a field that is gone is a mistake like any other; the mappings are looked at all the same.
  const catalogue =
    mistakes.attempt(() => EntityCatalogue.layered({ pulled, overrides })) ??
    EntityCatalogue.layered({ pulled });
  for (const mistake of (await compileMappings(project, catalogue)).mistakes) mistakes.add(mistake);
  return mistakes.found;
}

function textOf(mistake: DmfpipeError): string {
  return `${formatPlace(mistake.at)} ${mistake.message}`;
}
