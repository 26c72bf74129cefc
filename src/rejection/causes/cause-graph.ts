import { KeySet } from "../../entity/key-set.ts";
import type { BrokenReference } from "./broken-reference.ts";
import type { CauseKind } from "./cause.ts";

/** A rejected record that others may refer to, by number; or what is not there, by negative number. 0: none. */
export type CauseNumber = number;

/** Something that rejected records refer to and that is not among the rejected ones. */
export interface AbsentRecord {
  readonly kind: CauseKind;
  readonly entity: string;
  readonly scope: string;
  /** Absent: of all those that were too many to tell apart. */
  readonly text?: string;
  readonly key?: string;
  direct: number;
  /** The entity of the records that refer to it directly; undefined where there are several. */
  from: string | undefined;
  /** Found to be a rejected record that came later. */
  same: CauseNumber;
}

const nothingYet = { direct: 0, from: undefined, same: 0 };

/**
 * Which rejected record goes back to which: kept as numbers, in some 30 bytes for each rejected record that others may
 * refer to, and in one small object for each record that is not there.
 */
export class CauseGraph {
  readonly #greatestRecords: number;
  readonly #greatestAbsent: number;
  readonly #keys = new Map<string, KeySet>();
  /** By record number: what it refers to itself. */
  #links = new Int32Array(1024);
  /** By record number: records that refer to it directly. */
  #direct = new Uint32Array(1024);
  #entities = new Uint16Array(1024);
  readonly #labels: string[] = [];
  #records = 0;
  readonly #absent: AbsentRecord[] = [];
  readonly #absentByName = new Map<string, number>();
  /** By record number: whether it has come by a second time. Undefined while they come by for the first time. */
  #seen: Uint8Array | undefined;
  #flat = true;
  unfollowed = 0;

  constructor(limits: { readonly records: number; readonly absent: number }) {
    this.#greatestRecords = limits.records;
    this.#greatestAbsent = limits.absent;
  }

  get records(): number {
    return this.#records;
  }

  get absent(): readonly AbsentRecord[] {
    return this.#absent;
  }

  /** Whether no record refers to a rejected one, and records of several entities to nothing that is not there. */
  get flat(): boolean {
    return this.#flat;
  }

  /** Adds a rejected record that others may refer to. Returns its number, or 0 where it is known, or one too many. */
  add(record: { readonly entity: string; readonly scope: string; readonly key: string }): CauseNumber {
    if (this.#records >= this.#greatestRecords) {
      if (this.find(record) === 0) this.unfollowed++;
      return 0;
    }
    const number = this.#records + 1;
    if (this.#setOf(record).add(record.key, number) !== undefined) return 0;
    this.#records = number;
    if (number >= this.#links.length) this.#grow();
    this.#entities[number] = this.#labelNumber(record.entity);
    return number;
  }

  /** The number of a rejected record; 0 where it is none. */
  find({
    entity,
    scope,
    key,
  }: {
    readonly entity: string;
    readonly scope: string;
    readonly key: string;
  }): CauseNumber {
    return this.#keys.get(JSON.stringify([entity, scope]))?.find(key) ?? 0;
  }

  /** Counts a record of an entity that refers to something, and says to what. `from`: its own number, or 0. */
  refer(from: CauseNumber, entity: string, reference: BrokenReference): void {
    const to = this.target(reference);
    // It names itself: nothing is missing but what is wrong with it.
    if (from > 0 && from === to) return;
    if (to > 0) {
      this.#direct[to] = (this.#direct[to] ?? 0) + 1;
      this.#flat = false;
    } else this.#countAbsent(this.#absentAt(to), entity);
    if (from > 0) this.#links[from] = to;
  }

  #countAbsent(absent: AbsentRecord, entity: string): void {
    if (absent.direct === 0) absent.from = entity;
    else if (absent.from !== entity) {
      absent.from = undefined;
      this.#flat = false;
    }
    absent.direct++;
  }

  /** Notes that a record comes by for the second time; false where it has done so before. */
  see(record: CauseNumber): boolean {
    if (this.#seen === undefined || this.#seen[record] === 1) return false;
    this.#seen[record] = 1;
    return true;
  }

  /**
   * The number of what a reference points at; what is not there gets one when it is first named. The second time the
   * answer is that of the first, also for a record that came later than what refers to it.
   */
  target(reference: BrokenReference): CauseNumber {
    const { kind, entity, scope, text, key } = reference;
    const rejected = key === undefined ? 0 : this.find({ entity, scope, key });
    if (rejected > 0 && (this.#seen === undefined || this.#seen[rejected] === 1)) return rejected;
    const name = JSON.stringify([kind, entity, scope, key ?? text.toLowerCase()]);
    const known = this.#absentByName.get(name);
    if (known !== undefined) return -known;
    if (this.#seen === undefined && this.#absent.length < this.#greatestAbsent) {
      return this.#putAbsent(name, {
        kind,
        entity,
        scope,
        text,
        ...(key === undefined ? {} : { key }),
        ...nothingYet,
      });
    }
    const many = JSON.stringify([kind, entity]);
    const all = this.#absentByName.get(many);
    return all === undefined ? this.#putAbsent(many, { kind, entity, scope: "", ...nothingYet }) : -all;
  }

  /** To be called when all records are added: what was not there when it was named may have come since. */
  settle(): void {
    for (const absent of this.#absent) {
      const { entity, scope, key } = absent;
      if (key === undefined) continue;
      absent.same = this.find({ entity, scope, key });
      if (absent.same === 0) continue;
      this.#direct[absent.same] = (this.#direct[absent.same] ?? 0) + absent.direct;
      this.#flat = false;
    }
    this.#openCircles();
    this.#seen = new Uint8Array(this.#records + 1);
  }

  entityOf(record: CauseNumber): string {
    return this.#labels[this.#entities[record] ?? 0] ?? "";
  }

  directOf(cause: CauseNumber): number {
    return cause > 0 ? (this.#direct[cause] ?? 0) : this.#absentAt(cause).direct;
  }

  /** What a record goes back to in the end; itself where that is a reason of its own. */
  rootOf(cause: CauseNumber): CauseNumber {
    let root = cause;
    for (let next = this.#next(root); next !== 0; next = this.#next(root)) root = next;
    for (let at = cause; at !== root;) {
      const next = this.#next(at);
      if (at > 0) this.#links[at] = root;
      at = next;
    }
    return root;
  }

  /** Records that refer to each other in a circle have no cause outside: one of each circle becomes that of the others. */
  #openCircles(): void {
    const walks = new Int32Array(this.#records + 1);
    for (let record = 1; record <= this.#records; record++) {
      let at = record;
      while (at > 0 && walks[at] === 0) {
        walks[at] = record;
        at = this.#nextRecord(at);
      }
      if (at <= 0 || walks[at] !== record) continue;
      const to = this.#nextRecord(at);
      this.#direct[to] = (this.#direct[to] ?? 1) - 1;
      this.#links[at] = 0;
    }
  }

  /** The rejected record that a record refers to; 0 or less where it is none. */
  #nextRecord(at: CauseNumber): CauseNumber {
    const next = this.#links[at] ?? 0;
    return next < 0 ? this.#absentAt(next).same : next;
  }

  #next(at: CauseNumber): CauseNumber {
    return at > 0 ? (this.#links[at] ?? 0) : this.#absentAt(at).same;
  }

  #absentAt(number: CauseNumber): AbsentRecord {
    const found = this.#absent[-number - 1];
    return found ?? { kind: "missing", entity: "", scope: "", ...nothingYet };
  }

  #putAbsent(name: string, absent: AbsentRecord): CauseNumber {
    this.#absent.push(absent);
    this.#absentByName.set(name, this.#absent.length);
    return -this.#absent.length;
  }

  #setOf({ entity, scope }: { readonly entity: string; readonly scope: string }): KeySet {
    const id = JSON.stringify([entity, scope]);
    let set = this.#keys.get(id);
    if (set === undefined) this.#keys.set(id, (set = new KeySet()));
    return set;
  }

  #labelNumber(label: string): number {
    const known = this.#labels.indexOf(label);
    return known >= 0 ? known : this.#labels.push(label) - 1;
  }

  #grow(): void {
    const size = this.#links.length * 2;
    const [links, direct, entities] = [new Int32Array(size), new Uint32Array(size), new Uint16Array(size)];
    links.set(this.#links);
    direct.set(this.#direct);
    entities.set(this.#entities);
    this.#links = links;
    this.#direct = direct;
    this.#entities = entities;
  }
}
