import { reasonRegistry, type ReasonCode } from "./registry.ts";

/**
 * Why one record was rejected. A record may have several. It is a value that travels with the record,
 * never an exception: the stream goes on.
 */
export interface Reason {
  readonly code: ReasonCode;
  /** The target field, or the source column where no target field is known yet. */
  readonly field?: string;
  /** The offending value, where there is one and it is known. */
  readonly value?: string;
  /** What is missing: DMF label of the entity where it is known, else the table as F&O names it. */
  readonly refersTo?: string;
  /** What is wrong, in plain words, for somebody who knows the business. */
  readonly message: string;
  /** What to do about it. */
  readonly fix: string;
}

export interface ReasonDetails {
  readonly field?: string | undefined;
  readonly value?: string | undefined;
  readonly refersTo?: string | undefined;
  readonly message?: string | undefined;
  readonly fix?: string | undefined;
}

/** A reason of the given code; message and fix default to the registry's own words. */
export function reason(code: ReasonCode, details: ReasonDetails = {}): Reason {
  return {
    code,
    ...(details.field === undefined ? {} : { field: details.field }),
    ...(details.value === undefined ? {} : { value: details.value }),
    ...(details.refersTo === undefined ? {} : { refersTo: details.refersTo }),
    message: details.message ?? reasonRegistry[code].title,
    fix: details.fix ?? reasonRegistry[code].next,
  };
}
