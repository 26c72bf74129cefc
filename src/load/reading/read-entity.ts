import type { KeySet } from "../../entity/key-set.ts";
import { normalizeKeyAt } from "../../entity/record-key.ts";
import { compileChecks } from "../../entity/value-check.ts";
import { reason, type Reason } from "../../errors/reason.ts";
import { SeenValues } from "../../mapping/expectations/unique-values.ts";
import { ByteRecord } from "../../source/byte-record.ts";
import type { PassingRecords } from "../../source/passing-records.ts";
import type { SourceItem, SourcePosition, SourceRecord } from "../../source/source-record.ts";
import type { CompiledEntity, PlannedSource } from "../load-plan.ts";
import { LoadedKeys, type KeyedLine } from "./loaded-keys.ts";
import type { OwnRejection } from "./own-rejections.ts";
import type { ReferenceCheck } from "./reference-check.ts";
import { ControlTotals } from "./control-totals.ts";
import { StraightPath, type StraightOptions } from "./straight-path.ts";
import type { StraightRows } from "./straight-rows.ts";

/** What becomes of one source item. Every item gets exactly one of these. */
export type Verdict =
  | {
      readonly kind: "packaged";
      readonly legalEntity: string;
      readonly position: SourcePosition;
      /** Aligned with the target fields. */
      readonly values: readonly string[];
    }
  | { readonly kind: "filtered" }
  | { readonly kind: "rejected"; readonly rejection: OwnRejection };

/** Checks that are not the reader's own. `good`: nothing spoke against the record so far. */
interface MoreChecks {
  /** Whether records are never refused by these checks. */
  readonly onlyTells: boolean;
  problems(values: readonly string[], good: boolean): readonly Reason[];
}

/** Where a record belongs, for one that is nested in another. */
interface NestingCheck {
  problems(values: readonly string[], legalEntity: string): readonly Reason[];
}

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
  readonly #planned: CompiledEntity;
  readonly #references: ReferenceCheck | undefined;
  readonly #check: (values: readonly string[]) => Reason[];
  readonly #moreChecks: MoreChecks | undefined;
  readonly #nesting: NestingCheck | undefined;
  readonly #keyColumns: readonly number[];
  readonly #keys: LoadedKeys;
  /** Where keys of refused records go, too: the same, where another entity will ask for them. */
  readonly #keysReferredTo: LoadedKeys | undefined;
  readonly #straightOptions: StraightOptions | undefined;
  #straight: StraightPath | undefined;
  #source: PlannedSource | undefined;
  #recordsBefore = 0;
  #lastRecord = 0;
  readonly counts = new Map<string, ReadCounts>();
  readonly controlTotals: ControlTotals;
  readonly #seen = new SeenValues();

  /**
   * `references`: checks references too, as a dry run does; a load leaves them to F&O, which knows better. `checks`:
   * what else speaks against a record. `nesting`: that of a part of a composite entity. `rows`: the format of the data
   * file, where good records may be given as rows of it, and the positions of the values that are wanted beside a row.
   */
  constructor(
    planned: CompiledEntity,
    options: {
      readonly references?: ReferenceCheck | undefined;
      readonly checks?: MoreChecks;
      readonly nesting?: NestingCheck | undefined;
      readonly rows?: StraightOptions | undefined;
    } = {},
  ) {
    const { references, checks, nesting, rows } = options;
    this.#planned = planned;
    this.#references = references;
    this.#moreChecks = checks;
    this.#nesting = nesting;
    const { schema, mapping, definition } = planned;
    this.#check = compileChecks(schema, mapping.targetFields);
    const keyColumns = schema.keys.map((field) => mapping.targetFields.indexOf(field));
    // A key of which a part is not mapped is made by F&O.
    this.#keyColumns = keyColumns.includes(-1) ? [] : keyColumns;
    this.#keysReferredTo = references?.begin(schema);
    this.#keys = this.#keysReferredTo ?? new LoadedKeys();
    this.controlTotals = new ControlTotals(definition.controlTotals);
    const mayRefuse = checks !== undefined && !checks.onlyTells;
    if (rows !== undefined && nesting === undefined && !mayRefuse) {
      const referring = references?.columnsOf(schema) ?? [];
      this.#straightOptions = { ...rows, wanted: [...rows.wanted, ...referring] };
    }
  }

  /** Judges one item of one of the entity's sources, and counts it. */
  judge(source: PlannedSource, item: SourceItem): Verdict {
    this.#countRecord(source, item.position.record);
    const { verdict, legalEntity } = this.#judge(source, item);
    const counts = this.#countsOf(legalEntity);
    counts.read++;
    if (verdict.kind === "packaged") counts.packaged++;
    else if (verdict.kind === "filtered") counts.filtered++;
    else counts.rejectedHere++;
    return verdict;
  }

  /**
   * Judges records from number `from` on, as far as they certainly are good (see StraightPath), and counts them: those up
   * to `to`, but the refused ones among them. undefined: this record has to be judged by itself, as those that are refused.
   */
  judgeStraight(source: PlannedSource, records: PassingRecords, from: number): StraightRows | undefined {
    this.#countRecord(source, records.firstInFile + from);
    const path = this.#straight;
    path?.write(records, from, this.#recordsBefore);
    const straight = path?.straight;
    if (straight === undefined || straight.to === from) return undefined;
    this.#countRecord(source, records.firstInFile + straight.to - 1);
    this.#refuseBroken(straight);
    if (this.#keyColumns.length > 0) this.#takeKeys(source, straight);
    this.#countStraight(source, straight);
    return straight;
  }

  /** Refuses records with broken references; why they are will be found when they are judged by themselves. */
  #refuseBroken(straight: StraightRows): void {
    const references = this.#references;
    const { schema } = this.#planned;
    if (references === undefined || references.columnsOf(schema).length === 0) return;
    for (let at = straight.from; at < straight.to; at++) {
      if (!straight.isGood(at)) continue;
      if (references.isBroken(schema, straight.companyOf(at), straight.valuesOf(at))) straight.refuse(at);
    }
  }

  /**
   * Gives the records their keys, and refuses those whose key is taken, which stays as it is. Key after key, with nothing
   * between: each is somewhere else in a large memory, and the processor asks for the next ones while it waits for one.
   */
  #takeKeys(source: PlannedSource, straight: StraightRows): void {
    const shared = this.#planned.schema.scope === "shared";
    const { lines } = this.#keys;
    const { records } = straight;
    const { first, window } = records;
    const { index } = window;
    const sets: (KeySet | undefined)[] = [];
    for (let at = straight.from; at < straight.to; at++) {
      if (!straight.isGood(at)) continue;
      const company = shared ? 0 : straight.companyNumberOf(at);
      const taken = (sets[company] ??= this.#keys.takenIn(shared ? "" : straight.companyNamed(company)));
      const line = lines.numberOf(source.name, records.lineOf(at));
      const record = first + at;
      if (taken.addHash(index.keyHighOf(record), index.keyLowOf(record), line) !== undefined) {
        straight.refuse(at);
      }
    }
  }

  #countStraight(source: PlannedSource, straight: StraightRows): void {
    const { columns } = source.source;
    const { records } = straight;
    const summed = this.controlTotals.isEmpty ? undefined : records.fields();
    const countsOf: (ReadCounts | undefined)[] = [];
    for (let at = straight.from; at < straight.to; at++) {
      if (straight.isRefused(at)) continue;
      const company = straight.companyNumberOf(at);
      const counts = (countsOf[company] ??= this.#countsOf(straight.companyNamed(company)));
      counts.read++;
      if (straight.isLeftOut(at)) counts.filtered++;
      else counts.packaged++;
      if (straight.isDoubtful(at) && straight.isGood(at)) {
        this.#moreChecks?.problems(straight.valuesOf(at), true);
      }
      if (summed !== undefined) {
        records.moveTo(summed, at);
        this.controlTotals.addOf(columns, (column) => summed.text(column));
      }
    }
  }

  /** Records are numbered through all the sources of the entity, in the order in which they are read. */
  #countRecord(source: PlannedSource, number: number): void {
    if (this.#source !== source) {
      this.#recordsBefore = source.recordsBefore ?? this.#recordsBefore + this.#lastRecord;
      this.#source = source;
      this.#lastRecord = 0;
      const options = this.#straightOptions;
      this.#straight = options === undefined ? undefined : StraightPath.of(this.#planned, source, options);
    }
    // One that went straight and was refused is judged when later ones were counted already.
    this.#lastRecord = Math.max(this.#lastRecord, number);
  }

  #judge(source: PlannedSource, item: SourceItem): { verdict: Verdict; legalEntity: string } {
    const { position } = item;
    if (item.kind === "unreadable") {
      const only = this.#planned.mapping.onlyLegalEntity;
      const rejection: OwnRejection = { stage: "source", position, reasons: item.reasons, legalEntity: only };
      return { verdict: { kind: "rejected", rejection }, legalEntity: only ?? "" };
    }
    if (!this.controlTotals.isEmpty) this.#addUp(source.source.columns, item);
    const result = source.mapper.map(item, this.#recordsBefore);
    const { legalEntity = "" } = result;
    if (result.kind === "filtered") return { verdict: { kind: "filtered" }, legalEntity };
    const { values } = result;
    const expected = this.#expected(source, item, values, legalEntity);
    const reasons = this.#reasons(
      result.kind === "rejected" ? result.reasons : [],
      values,
      legalEntity,
      expected?.problems() ?? [],
    );
    if (reasons.length === 0) reasons.push(...this.#takenElsewhere(legalEntity, values));
    const taken = this.#noteKey(legalEntity, values, {
      line: this.#keys.lines.numberOf(source.name, position.line),
      accepted: reasons.length === 0,
    });
    if (taken !== undefined) reasons.push(this.#duplicate(values, this.#placeOf(source, taken)));
    const accepted = reasons.length === 0;
    if (accepted) expected?.keep();
    if (accepted) return { verdict: { kind: "packaged", legalEntity, position, values }, legalEntity };
    const rejection: OwnRejection = {
      stage: result.kind === "rejected" ? "mapping" : "validation",
      position,
      reasons,
      legalEntity: legalEntity === "" ? undefined : legalEntity,
      raw: item instanceof ByteRecord ? item.rawText() : undefined,
      sourceValues: item.values,
      mappedValues: values,
    };
    return { verdict: { kind: "rejected", rejection }, legalEntity };
  }

  #addUp(columns: readonly string[], item: SourceRecord): void {
    if (item instanceof ByteRecord) this.controlTotals.addOf(columns, (index) => item.text(index));
    else this.controlTotals.add(columns, item.values);
  }

  /** Problems of the mapping and of the values together: a person wants to see all of a record at once. */
  #reasons(
    mapping: readonly Reason[],
    values: readonly string[],
    legalEntity: string,
    unexpected: readonly Reason[],
  ): Reason[] {
    const checked = this.#check(values);
    const nesting = this.#nesting?.problems(values, legalEntity) ?? [];
    const good = mapping.length + checked.length + nesting.length === 0;
    const more = this.#moreChecks?.problems(values, good) ?? [];
    const references = this.#references?.problems(this.#planned.schema, legalEntity, values) ?? [];
    // Nearly every record is a good one: no list is made of nothing.
    const rare = nesting.length + more.length + references.length + unexpected.length;
    const others = rare === 0 ? checked : [...checked, ...nesting, ...more, ...references, ...unexpected];
    if (mapping.length === 0) return others;
    // A field whose step failed is empty for that reason; that it must be filled in is no second problem.
    const failed = new Set(mapping.map((problem) => problem.field));
    return [...mapping, ...others.filter((problem) => !failed.has(problem.field))];
  }

  /** The mapping's expectations of one record; undefined where it has none. */
  #expected(
    source: PlannedSource,
    item: SourceRecord,
    values: readonly string[],
    legalEntity: string,
  ): { problems(): Reason[]; keep(): void } | undefined {
    const { expectations } = source.mapper;
    if (expectations === undefined) return undefined;
    const scope = this.#planned.schema.scope === "shared" ? "" : legalEntity || undefined;
    const record = { source: item, recordsBefore: this.#recordsBefore, values, scope };
    return {
      problems: () => expectations.problems(record, this.#seen, (line) => this.#placeOf(source, line)),
      keep: () => {
        expectations.keep(record, this.#seen, this.#keys.lines.numberOf(source.name, item.position.line));
      },
    };
  }

  /**
   * Notes the key of a record that is good so far, or that was refused. Returns the number of the line of the record
   * that has the key already; of a refused one nothing.
   */
  #noteKey(
    legalEntity: string,
    values: readonly string[],
    record: { readonly line: number; readonly accepted: boolean },
  ): number | undefined {
    const { line, accepted } = record;
    const keys = accepted ? this.#keys : this.#keysReferredTo;
    if (keys === undefined || this.#keyColumns.length === 0) return undefined;
    // Records of a shared entity are one set, whichever company they are loaded through.
    const scope = this.#planned.schema.scope === "shared" ? "" : legalEntity;
    const keyed: KeyedLine = { scope, key: normalizeKeyAt(values, this.#keyColumns), line };
    if (accepted) return keys.take(keyed);
    keys.refuse(keyed);
    return undefined;
  }

  /** A record beside those of the sources has the key already. */
  #takenElsewhere(legalEntity: string, values: readonly string[]): Reason[] {
    const { takenKeys, schema } = this.#planned;
    if (takenKeys === undefined || this.#keyColumns.length === 0) return [];
    const scope = schema.scope === "shared" ? "" : legalEntity;
    const place = takenKeys.get(`${scope}\n${normalizeKeyAt(values, this.#keyColumns)}`);
    return place === undefined ? [] : [this.#duplicate(values, place)];
  }

  #duplicate(values: readonly string[], place: string): Reason {
    const value = this.#keyColumns.map((column) => values[column] ?? "").join(", ");
    return reason("DMFP-KEY-DUPLICATE", {
      field: this.#planned.schema.keys.join(", "),
      value,
      message: `The record ${place} has the same key, ${value}.`,
    });
  }

  /** Where the line of a number is, for somebody who looks at `source`. */
  #placeOf(source: PlannedSource, number: number): string {
    const { file, line } = this.#keys.lines.lineOf(number);
    return file === source.name ? `on line ${line}` : `on line ${line} of ${file}`;
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
