import type { PlanPlace } from "../../sequence/plan-sequence.ts";

/** The second pass of an entity: held-back fields are filled when all that they refer to has been loaded. */
export interface SecondPass {
  /** 1-based position in the order of loading, behind all first passes. */
  readonly position: number;
  readonly place: PlanPlace;
  /** Target fields that the first pass leaves out. */
  readonly heldBack: readonly string[];
}
