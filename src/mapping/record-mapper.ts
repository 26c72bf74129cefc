import type { Reason } from "../errors/reason.ts";
import type { SourceRecord } from "../source/source-record.ts";
import type { Test } from "./compile-condition.ts";
import type { Compute } from "./compiled-expression.ts";
import type { ExpectationCheck } from "./expectations/expectation-check.ts";
import type { MappingPlan } from "./field-plan.ts";
import { noCompany, normalCompany } from "./legal-entity.ts";
import type { MapResult } from "./map-result.ts";
import type { MappingRun } from "./mapping-run.ts";

/** Maps the records of one source. Pure, and never throws, whatever a record holds. */
export interface RecordMapper {
  /**
   * `recordsBefore`: how many records the mapping's sources before this one had, so that numbers made by
   * `sequence` go on from file to file.
   */
  map(record: SourceRecord, recordsBefore?: number): MapResult;
  /** What is expected of the mapped values; undefined where the mapping expects nothing. */
  readonly expectations: ExpectationCheck | undefined;
  /** The same mapping for who makes values without decoding records; undefined where that cannot be done. */
  readonly plan: MappingPlan | undefined;
}

/** The parts of a mapping, bound to the columns of one source. */
export interface BoundMapping {
  readonly columns: readonly string[];
  readonly legalEntity: Compute;
  readonly where: Test | undefined;
  /** In the order of the target fields. */
  readonly fields: readonly Compute[];
  readonly expectations: ExpectationCheck | undefined;
  readonly plan: MappingPlan | undefined;
}

/**
 * Runs a bound mapping on records. A record the filter leaves out is not looked at any further; of every other
 * record all fields are computed, so that all its problems come out at once.
 */
export function recordMapper(mapping: BoundMapping): RecordMapper {
  const { columns, legalEntity, where, fields, expectations, plan } = mapping;
  return {
    expectations,
    plan,
    map: (record, recordsBefore = 0): MapResult => {
      const reasons: Reason[] = [];
      const { values: read, position } = record;
      const run: MappingRun = { columns, values: read, record: recordsBefore + position.record, reasons };
      const left = where !== undefined && where(run) === false;
      const code = legalEntity(run);
      const company = code === undefined ? undefined : normalCompany(code);
      if (left)
        return company === undefined ? { kind: "filtered" } : { kind: "filtered", legalEntity: company };
      if (code !== undefined && company === undefined) reasons.push(noCompany(code));
      const values = fields.map((field) => field(run) ?? "");
      if (company !== undefined && reasons.length === 0)
        return { kind: "mapped", legalEntity: company, values };
      return {
        kind: "rejected",
        reasons,
        values,
        ...(company === undefined ? {} : { legalEntity: company }),
      };
    },
  };
}
