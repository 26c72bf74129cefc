import { KeySet } from "../entity/key-set.ts";
import { normalizeKey } from "../entity/record-key.ts";
import { compileChecks } from "../entity/value-check.ts";
import { reason, type Reason } from "../errors/reason.ts";
import type { SourceItem, SourcePosition } from "../source/source-record.ts";
import type { PlannedLoad, PlannedSource } from "./load-plan.ts";
import type { OwnRejection } from "./own-rejections.ts";
import type { ReferenceCheck } from "./reference-check.ts";
import { ControlTotals } from "./control-totals.ts";

/** What becomes of one source item. Every item gets exactly one of these. */
export type Verdict =
  | {
      readonly kind: "packaged";
      readonly legalEntity: string;
      readonly position: SourcePosition;
      readonly values: readonly string[];
    }
  | { readonly kind: "filtered" }
  | { readonly kind: "rejected"; readonly rejection: OwnRejection };

/** Counts of one legal entity of one entity, while its source is read. */
export interface ReadCounts {
  read: number;
  filtered: number;
  rejectedHere: number;
  packaged: number;
}

/**
 * Judges the records of one entity, one by one: reading, mapping, values, duplicate keys. The same judgement
 * serves `check` and `load`, so a dry run finds what a load would.
 *
 * A key is taken by the first record that is good enough to be packaged; later ones with the same key are
 * rejected, because F&O refuses a whole package in which a key occurs twice.
 */
export class EntityReader {
  readonly #planned: PlannedLoad;
  readonly #references: ReferenceCheck | undefined;
  readonly #check: (values: readonly string[]) => Reason[];
  readonly #keyColumns: readonly number[];
  readonly #keys = new Map<string, KeySet>();
  /** Lines are numbered through all sources, so that one number says file and line of a key. */
  readonly #begun: { readonly source: PlannedSource; readonly before: number; last: number }[] = [];
  #source: PlannedSource | undefined;
  #recordsBefore = 0;
  #lastRecord = 0;
  readonly counts = new Map<string, ReadCounts>();
  readonly controlTotals: ControlTotals;

  /** `references`: checks references too, as a dry run does; a load leaves them to F&O, which knows better. */
  constructor(planned: PlannedLoad, references?: ReferenceCheck) {
    this.#planned = planned;
    this.#references = references;
    const { schema, mapping, definition } = planned;
    this.#check = compileChecks(schema, mapping.targetFields);
    this.#keyColumns = schema.keys.map((field) => mapping.targetFields.indexOf(field));
    this.controlTotals = new ControlTotals(definition.controlTotals);
  }

  /** Judges one item of one of the entity's sources, and counts it. */
  judge(source: PlannedSource, item: SourceItem): Verdict {
    this.#countRecord(source, item);
    const { verdict, legalEntity } = this.#judge(source, item);
    const counts = this.#countsOf(legalEntity);
    counts.read++;
    if (verdict.kind === "packaged") counts.packaged++;
    else if (verdict.kind === "filtered") counts.filtered++;
    else counts.rejectedHere++;
    return verdict;
  }

  /** Records are numbered through all the sources of the entity, in the order in which they are read. */
  #countRecord(source: PlannedSource, item: SourceItem): void {
    if (this.#source !== source) {
      this.#recordsBefore += this.#lastRecord;
      this.#source = source;
    }
    this.#lastRecord = item.position.record;
  }

  #judge(source: PlannedSource, item: SourceItem): { verdict: Verdict; legalEntity: string } {
    const { position } = item;
    if (item.kind === "unreadable") {
      const only = this.#planned.mapping.onlyLegalEntity;
      const rejection: OwnRejection = { stage: "source", position, reasons: item.reasons, legalEntity: only };
      return { verdict: { kind: "rejected", rejection }, legalEntity: only ?? "" };
    }
    this.controlTotals.add(source.source.columns, item.values);
    const result = source.mapper.map(item, this.#recordsBefore);
    const { legalEntity = "" } = result;
    if (result.kind === "filtered") return { verdict: { kind: "filtered" }, legalEntity };
    const { values } = result;
    const reasons = this.#reasons(result.kind === "rejected" ? result.reasons : [], values, legalEntity);
    if (reasons.length === 0) {
      const duplicate = this.#duplicate(source, legalEntity, values, position.line);
      if (duplicate !== undefined) reasons.push(duplicate);
    }
    const accepted = reasons.length === 0;
    this.#references?.note(this.#planned.schema, legalEntity, this.#keyOf(values), position.line, accepted);
    if (accepted) return { verdict: { kind: "packaged", legalEntity, position, values }, legalEntity };
    const rejection: OwnRejection = {
      stage: result.kind === "rejected" ? "mapping" : "validation",
      position,
      reasons,
      legalEntity: legalEntity === "" ? undefined : legalEntity,
      sourceValues: item.values,
      mappedValues: values,
    };
    return { verdict: { kind: "rejected", rejection }, legalEntity };
  }

  /** Problems of the mapping and of the values together: a person wants to see all of a record at once. */
  #reasons(mapping: readonly Reason[], values: readonly string[], legalEntity: string): Reason[] {
    const failed = new Set(mapping.map((problem) => problem.field));
    const references = this.#references?.problems(this.#planned.schema, legalEntity, values) ?? [];
    // A field whose step failed is empty for that reason; that it must be filled in is no second problem.
    return [
      ...mapping,
      ...[...this.#check(values), ...references].filter((problem) => !failed.has(problem.field)),
    ];
  }

  #keyOf(values: readonly string[]): string[] {
    return this.#keyColumns.map((column) => values[column] ?? "");
  }

  #duplicate(
    source: PlannedSource,
    legalEntity: string,
    values: readonly string[],
    line: number,
  ): Reason | undefined {
    const { schema } = this.#planned;
    if (this.#keyColumns.length === 0 || this.#keyColumns.includes(-1)) return undefined;
    const key = this.#keyOf(values);
    // Records of a shared entity are one set, whichever company they are loaded through.
    const scope = schema.scope === "shared" ? "" : legalEntity;
    let seen = this.#keys.get(scope);
    if (seen === undefined) this.#keys.set(scope, (seen = new KeySet()));
    const first = seen.add(normalizeKey(key), this.#throughLine(source, line));
    if (first === undefined) return undefined;
    const there = this.#begun.findLast(({ before }) => before < first);
    const firstLine = first - (there?.before ?? 0);
    const place =
      there === undefined || there.source === source
        ? `on line ${firstLine}`
        : `in ${there.source.name}, line ${firstLine},`;
    return reason("DMFP-KEY-DUPLICATE", {
      field: schema.keys.join(", "),
      value: key.join(", "),
      message: `The record ${place} has the same key, ${key.join(", ")}.`,
    });
  }

  #throughLine(source: PlannedSource, line: number): number {
    let current = this.#begun.at(-1);
    if (current?.source !== source) {
      current = { source, before: current === undefined ? 0 : current.before + current.last, last: 0 };
      this.#begun.push(current);
    }
    current.last = line;
    return current.before + line;
  }

  #countsOf(legalEntity: string): ReadCounts {
    let counts = this.counts.get(legalEntity);
    if (counts === undefined) {
      counts = { read: 0, filtered: 0, rejectedHere: 0, packaged: 0 };
      this.counts.set(legalEntity, counts);
    }
    return counts;
  }
}
