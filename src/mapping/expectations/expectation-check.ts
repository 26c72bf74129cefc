import { reason, type Reason } from "../../errors/reason.ts";
import type { SourceRecord } from "../../source/source-record.ts";
import type { Test } from "../compile-condition.ts";
import type { MappingRun } from "../mapping-run.ts";
import type { ExpectedField } from "./expected-field.ts";
import { uniqueKey, type SeenValues } from "./unique-values.ts";
import { shownValue, type ValueTest } from "./value-test.ts";

/** One expectation that was checked against the mapping. */
export interface CompiledExpectation {
  /** The field, or the fields that are unique together. */
  readonly fields: readonly ExpectedField[];
  /** Absent: the fields are unique together. */
  readonly test?: ValueTest;
  /** The steward's own words. */
  readonly message?: string;
}

/** An expectation with its condition bound to the columns of one source. */
export interface BoundExpectation extends CompiledExpectation {
  readonly when?: Test;
}

/** A mapped record, as expectations look at it. */
export interface ExpectedRecord {
  readonly source: SourceRecord;
  /** As in RecordMapper.map. */
  readonly recordsBefore?: number;
  /** Mapped values, aligned with the target fields; empty where a step failed. */
  readonly values: readonly string[];
  /** Within what values are unique: the company, or "" for a shared entity; undefined: it is not known. */
  readonly scope: string | undefined;
}

/** The expectations of a mapping, for the records of one source. Pure but for what it puts into SeenValues. */
export class ExpectationCheck {
  readonly #columns: readonly string[];
  readonly #expectations: readonly BoundExpectation[];

  constructor(columns: readonly string[], expectations: readonly BoundExpectation[]) {
    this.#columns = columns;
    this.#expectations = expectations;
  }

  /**
   * Every expectation the record does not meet (DMFP-EXPECTATION), and what went wrong in a condition. Never throws.
   *
   * @param placeOf where the line of a number is that was kept, for example "on line 12"
   */
  problems(record: ExpectedRecord, seen: SeenValues, placeOf: (line: number) => string): Reason[] {
    const reasons: Reason[] = [];
    for (const [number, expectation] of this.#expectations.entries()) {
      if (!this.#applies(expectation, record, reasons)) continue;
      if (expectation.test === undefined) {
        const repeated = repeatedReason({ number, expectation, record, seen, placeOf });
        if (repeated !== undefined) reasons.push(repeated);
        continue;
      }
      const broken = expectation.test(record.values);
      if (broken === undefined) continue;
      const [field] = expectation.fields;
      const { value, message, fix } = broken;
      reasons.push(
        reason("DMFP-EXPECTATION", {
          field: field?.name,
          value,
          message: expectation.message ?? message,
          // With words of his own the steward has said what to do.
          ...(expectation.message === undefined && fix !== undefined ? { fix } : {}),
        }),
      );
    }
    return reasons;
  }

  /** Keeps the values that have to be unique, of a record that is taken. `line`: a number that `placeOf` knows. */
  keep(record: ExpectedRecord, seen: SeenValues, line: number): void {
    const { scope, values } = record;
    if (scope === undefined) return;
    for (const [number, expectation] of this.#expectations.entries()) {
      if (expectation.test !== undefined || !this.#applies(expectation, record, [])) continue;
      const key = uniqueKey(expectation.fields, values);
      if (key !== undefined) seen.keep(number, scope, key, line);
    }
  }

  #applies({ when }: BoundExpectation, record: ExpectedRecord, reasons: Reason[]): boolean {
    if (when === undefined) return true;
    const { source, recordsBefore = 0 } = record;
    const number = recordsBefore + source.position.record;
    const run: MappingRun = { columns: this.#columns, values: source.values, record: number, reasons };
    return when(run) === true;
  }
}

function repeatedReason(asked: {
  readonly number: number;
  readonly expectation: BoundExpectation;
  readonly record: ExpectedRecord;
  readonly seen: SeenValues;
  readonly placeOf: (line: number) => string;
}): Reason | undefined {
  const { number, expectation, record, seen } = asked;
  const { fields, message } = expectation;
  const key = record.scope === undefined ? undefined : uniqueKey(fields, record.values);
  if (key === undefined || record.scope === undefined) return undefined;
  const first = seen.find(number, record.scope, key);
  if (first === undefined) return undefined;
  const names = fields.map(({ name }) => name).join(", ");
  const place = asked.placeOf(first);
  const verb = fields.length === 1 ? "holds" : "hold";
  return reason("DMFP-EXPECTATION", {
    field: names,
    value: key.shown,
    message:
      message === undefined
        ? `${names} ${verb} "${shownValue(key.shown)}", and so does the record ${place}.`
        : `${message} The first one is ${place}.`,
    ...(message === undefined ? { fix: "Correct one of the two records, or leave it out." } : {}),
  });
}
