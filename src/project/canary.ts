import { z } from "zod";
import { DmfpipeError, type ErrorPlace } from "../errors/dmfpipe-error.ts";
import type { ProjectPackages } from "./package-settings.ts";
import { budgetShape, type RejectionBudget } from "./rejection-budget.ts";

/** The first records of each entity and legal entity, which go as a package of their own before the rest. */
export interface CanaryDefinition {
  readonly records: number;
  /** How many of them F&O may reject; more stop the load. */
  readonly rejections: RejectionBudget;
}

const words = "a number of records, or { records: 50, rejections: 5 }";
const records = z.number(words).int(words).positive(words);

/** `canary: 50`, or with a budget `canary: { records: 50, rejections: "10%" }`. Any rejection stops without one. */
export const canaryShape = z.union(
  [records, z.strictObject({ records, rejections: budgetShape.default(0) })],
  words,
);

/** The canary as it is written, completed. */
export function canaryOf(written: z.infer<typeof canaryShape>): CanaryDefinition {
  return typeof written === "number" ? { records: written, rejections: 0 } : written;
}

/**
 * Throws DMFP-PROJECT-INVALID where packages hold all entities: the first records of one cannot go ahead of the rest
 * and still be in the same package as the entities before and behind it.
 */
export function demandCanaryPossible(
  canary: unknown,
  packages: Pick<ProjectPackages, "entities">,
  at: ErrorPlace,
): void {
  if (canary === undefined || packages.entities !== "all") return;
  throw new DmfpipeError(
    "DMFP-PROJECT-INVALID",
    "With packages.entities: all no records can go ahead of the rest as a canary: a package holds all entities.",
    { at, next: "Take canary out, or let packages hold one entity each (packages.entities: one)." },
  );
}
