import type { EntityField } from "../../entity/entity-schema.ts";

/** One line under `fields`, or one that might become one. */
export interface ProposedField {
  readonly field: string;
  /** Part of the key, or F&O demands a value. */
  readonly wanted: boolean;
  /** Undefined where no column is read: a constant, or nothing was found. */
  readonly column?: string;
  /** Undefined where nothing was found. */
  readonly expression?: string;
  /** 0 to 1; 0 where nothing was found. */
  readonly confidence: number;
  /** Why, in plain words. */
  readonly reason: string;
  /** What a person should know beside it. */
  readonly remarks: readonly string[];
  /**
   * `proposed`: stands in the mapping. `doubtful`: stands there as a comment. `open`: as a comment with question
   * marks that a person has to fill in. `missing`: wanted, and no column was found for it.
   */
  readonly state: "proposed" | "doubtful" | "open" | "missing";
}

/** Whether a record is not complete without a value in the field. */
export function isWanted(field: EntityField): boolean {
  return field.key || field.mandatory;
}
