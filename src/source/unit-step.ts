/**
 * What a step of a mapping does to a value of ASCII that is not decoded: the same as its `apply`, without a text being
 * made; see kernel/change-units.ts. Where it does not know what to do with a value, that goes the way of texts. An empty
 * value stays as it is, but for `default`.
 */
export type UnitStep =
  | { readonly kind: "trim"; readonly start: boolean; readonly end: boolean }
  | { readonly kind: "upper" | "lower" }
  /** Fills up to `length` units, from the left. `unit`: of the text that fills. */
  | { readonly kind: "padStart"; readonly length: number; readonly unit: number }
  | { readonly kind: "default"; readonly value: string }
  /**
   * Reads decimal numbers as they mostly are: a minus in front, behind or none, no leading zeros, no more digits behind
   * the separator than are kept. `decimal`, `thousands` (-1: none): units. `scale`: digits that are kept, and filled up
   * to; -1: as many as there are.
   */
  | {
      readonly kind: "decimal";
      readonly decimal: number;
      readonly thousands: number;
      readonly scale: number;
    }
  /** Reads dates in which every digit has its place: offsets of year, month and day, and the units between them. */
  | {
      readonly kind: "date";
      readonly length: number;
      readonly year: number;
      readonly month: number;
      readonly day: number;
      readonly marks: readonly { readonly at: number; readonly unit: number }[];
    };

/** What is asked of a value that is not empty; see kernel/check-units.ts. */
export type UnitCheck = "decimal" | "integer" | "date";
