import { definitionGroupDetails, definitionGroups } from "./definition-group-sets.ts";
import { dataManagementEntities, targetMapEntities } from "./entity-list-sets.ts";
import type { EnvironmentSetup } from "./environment-setup.ts";
import { executionJobs, jobDetails } from "./job-details.ts";
import { entitySets, type EntitySet } from "./odata-entity-set.ts";
import type { ODataSet } from "./odata-set.ts";

/** Everything that can be addressed below `/data/`. Names are case-sensitive (documented). */
export interface ODataSets {
  readonly byName: ReadonlyMap<string, ODataSet>;
  /** Those among them that are public entities. */
  readonly entities: ReadonlyMap<string, EntitySet>;
}

/** The sets of an environment: its public entities, and those of the Data management framework. */
export function odataSets(setup: EnvironmentSetup): ODataSets {
  const entities = new Map(entitySets(setup).map((set) => [set.name, set]));
  const framework = [
    jobDetails,
    executionJobs,
    definitionGroups,
    definitionGroupDetails,
    dataManagementEntities(setup),
    targetMapEntities(setup),
  ];
  return { byName: new Map([...entities.values(), ...framework].map((set) => [set.name, set])), entities };
}
