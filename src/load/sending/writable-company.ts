import { DmfpipeError } from "../../errors/dmfpipe-error.ts";
import type { EnvironmentDefinition } from "../../project/environment-definition.ts";
import type { PlannedLoad } from "../load-plan.ts";

/** Throws DMFP-COMPANY-NOT-WRITABLE unless records may be written to the legal entity. `writes`: undefined for all. */
export function assertWritable(
  writes: ReadonlySet<string> | undefined,
  { definition }: Pick<PlannedLoad, "definition">,
  legalEntity: string,
): void {
  if (writes === undefined || writes.has(legalEntity)) return;
  throw new DmfpipeError(
    "DMFP-COMPANY-NOT-WRITABLE",
    `${definition.file} makes records for ${legalEntity}; only ${[...writes].join(", ")} may be written here.`,
    { at: { file: definition.file } },
  );
}

/** The legal entities that may be written to in an environment; undefined for all. */
export function writableCompanies({
  writes,
}: Pick<EnvironmentDefinition, "writes">): ReadonlySet<string> | undefined {
  return writes === undefined ? undefined : new Set(writes.map((code) => code.toUpperCase()));
}
