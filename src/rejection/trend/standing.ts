/**
 * How a rejected record stands to the runs before:
 *
 * - **new**: it was not rejected when the last run was over.
 * - **changed**: it was, but not for all of its reasons.
 * - **known**: it was, for these reasons.
 * - **back again**: it had been rejected for one of these reasons, then no more, and now again.
 */
export const standings = ["new", "changed", "known", "back again"] as const;

export type Standing = (typeof standings)[number];

/** What earlier runs know of a rejected record. */
export interface RejectionHistory {
  readonly standing: Standing;
  /** When a run first rejected it for one of these reasons: a day, ISO 8601, UTC. Absent where none did. */
  readonly since?: string;
}

/** What a standing is called where people choose by it. */
export const standingWords: Readonly<Record<Standing, string>> = {
  new: "New",
  changed: "Another reason than before",
  known: "Known",
  "back again": "Back again",
};
