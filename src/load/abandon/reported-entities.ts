import type { EntityCatalogue } from "../../entity/catalogue.ts";
import { asDmfpipeError } from "../../errors/dmfpipe-error.ts";
import { ExitCode } from "../../errors/exit-code.ts";
import type { Project } from "../../project/project.ts";
import type { ReportedEntity } from "../finish-run.ts";
import type { BuildCounts } from "../ledger/ledger-rows.ts";
import { planLoad } from "../load-plan.ts";

/**
 * The entities of a run as its reports need them. As the mappings have them now, if they are still loaded in the same
 * places; where mappings or sources changed or cannot be used any more, which often is why a load is given up, as the
 * ledger has them. Then the files of rejected records of second passes are not put together, as their places are unknown.
 */
export async function reportedEntities(options: {
  readonly project: Project;
  readonly catalogue: EntityCatalogue;
  readonly counts: readonly BuildCounts[];
}): Promise<readonly ReportedEntity[]> {
  const { project, catalogue, counts } = options;
  const places = new Map(counts.map(({ entity, position }) => [entity, position]));
  const planned = await planLoad(project, catalogue).catch((thrown: unknown) => {
    const error = asDmfpipeError(thrown);
    const { exitCode } = error.entry;
    if (exitCode === ExitCode.usage || exitCode === ExitCode.source) return [];
    throw error;
  });
  const same = [...places].every(([entity, position]) =>
    planned.some(({ schema, position: now }) => schema.label === entity && now === position),
  );
  if (same && planned.length > 0) return planned;
  return [...places].map(([entity, position]) => {
    const definition = project.mappings.find((mapping) => mapping.entity.value === entity);
    return {
      position,
      schema: { label: entity },
      definition: { sourceFormat: { delimiter: definition?.sourceFormat.delimiter } },
      sources: [],
    };
  });
}
