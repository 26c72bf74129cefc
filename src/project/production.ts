import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import type { EnvironmentDefinition } from "./environment-definition.ts";
import type { Project } from "./project.ts";

/**
 * Throws DMFP-USAGE where an environment is marked as production in project.yaml and its name was not said: nobody should
 * write to it by forgetting a flag, or by a default.
 *
 * @param confirmed the name that was said, where one was
 * @param command what was to be done, as it is typed: `load --env prod`
 */
export function demandConfirmed(
  definition: EnvironmentDefinition,
  name: string,
  { confirmed, command }: { readonly confirmed: string | undefined; readonly command: string },
): void {
  if (confirmed !== undefined && confirmed !== name) {
    throw new DmfpipeError(
      "DMFP-USAGE",
      `--confirm ${confirmed} is not the name of the environment that would be written to, which is ${name}.`,
      { at: { environment: name }, next: `If ${name} is meant: ${command} --confirm ${name}` },
    );
  }
  if (!isProduction(definition) || confirmed === name) return;
  throw new DmfpipeError(
    "DMFP-USAGE",
    `${name} is a production environment (production: true in project.yaml), and nothing was sent to it.`,
    { at: { environment: name }, next: `If it is meant: ${command} --confirm ${name}` },
  );
}

/**
 * What stands behind a command that goes on with a run, where nobody has just said which environment is meant:
 * ` --env prod --confirm prod`. The first is left out for the project's default, the second for what is no production.
 *
 * A name that is printed ready to be copied no longer asks anybody anything. So it is printed only for runs that are
 * there: somebody said the name when they began. It is left out for `load`, which would begin one, and where another
 * environment was named than the run's; what refuses those commands says how they are confirmed.
 */
export function flagsToGoOn(
  { environments, defaultEnvironment }: Pick<Project, "environments" | "defaultEnvironment">,
  name: string,
): string {
  const definition = Object.hasOwn(environments, name) ? environments[name] : undefined;
  const where = name === defaultEnvironment ? "" : ` --env ${name}`;
  return definition !== undefined && isProduction(definition) ? `${where} --confirm ${name}` : where;
}

function isProduction(definition: EnvironmentDefinition): boolean {
  return definition.kind === "live" && definition.production === true;
}
