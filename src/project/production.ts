import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import type { EnvironmentDefinition } from "./environment-definition.ts";

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
  const isProduction = definition.kind === "live" && definition.production === true;
  if (confirmed !== undefined && confirmed !== name) {
    throw new DmfpipeError(
      "DMFP-USAGE",
      `--confirm ${confirmed} is not the name of the environment that would be written to, which is ${name}.`,
      { at: { environment: name }, next: `If ${name} is meant: ${command} --confirm ${name}` },
    );
  }
  if (!isProduction || confirmed === name) return;
  throw new DmfpipeError(
    "DMFP-USAGE",
    `${name} is a production environment (production: true in project.yaml), and nothing was sent to it.`,
    { at: { environment: name }, next: `If it is meant: ${command} --confirm ${name}` },
  );
}
