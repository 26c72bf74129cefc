import { DmfpipeError } from "../../errors/dmfpipe-error.ts";
import { mergedSettings } from "../../project/package-settings.ts";
import type { Project } from "../../project/project.ts";
import type { PlannedLoad } from "../load-plan.ts";

/**
 * Throws DMFP-USAGE where an entity leaves F&O's staging tables out: a load that is to go no further than them has
 * nowhere to stop, and what F&O then does is not documented.
 */
export function demandStaging(
  project: Project,
  planned: readonly Pick<PlannedLoad, "definition" | "schema">[],
): void {
  const without = planned
    .filter(
      ({ definition }) => mergedSettings(definition.package.shared, project.packages).skipStaging === true,
    )
    .map(({ schema }) => schema.label);
  if (without.length === 0) return;
  throw new DmfpipeError(
    "DMFP-USAGE",
    `A dry run goes no further than F&O's staging tables, and these entities are loaded without them: ${without.join(", ")}.`,
    {
      next: "Set skipStaging to false for them in the mapping (package) or in project.yaml (packages), or look offline with: dmfpipe check",
    },
  );
}
