import { reason, type Reason } from "../../errors/reason.ts";
import { scrub } from "../../errors/redaction.ts";
import type { Rejection } from "../rejection.ts";
import { brokenReferenceOf, keyOf, type LoadedEntity } from "./broken-reference.ts";
import type { Cause, CauseGroup, CauseKind, CauseOverview } from "./cause.ts";
import { CauseGraph, type CauseNumber } from "./cause-graph.ts";

export interface CauseLimits {
  /** Rejected records that others may refer to and that are looked up; default 1,000,000, some 35 MB. */
  readonly records: number;
  /** Records that are not there and are told apart; default 100,000. */
  readonly absent: number;
  /** Causes that are described one by one; default 200. */
  readonly listed: number;
  /** So many of each group are, even past that; default 5. */
  readonly listedOfGroup: number;
}

const usualLimits: CauseLimits = { records: 1_000_000, absent: 100_000, listed: 200, listedOfGroup: 5 };

/** A cause that will be listed, as its records come by. */
interface ListedCause {
  readonly kind: CauseKind;
  readonly entity: string;
  legalEntity: string | undefined;
  key: string | undefined;
  records: number;
  readonly direct: number;
  readonly entities: Map<string, number>;
  reason?: Reason;
  file?: string;
  line?: number;
}

interface GrowingGroup extends CauseGroup {
  causes: number;
  records: number;
  atLeast?: true;
}

/**
 * Finds what the rejections of a run go back to: it follows the references of their first reasons, from record to record,
 * as far as the records referred to were rejected too. The stream of rejections comes by twice, in the same order: first
 * `note` each, then `count` each, unless nothing `needsCounting`, then ask for the `overview`. Memory is bounded, whatever comes (see CauseLimits), and
 * the numbers stay exact all the same.
 */
export class CauseFinder {
  readonly #entities: ReadonlyMap<string, LoadedEntity>;
  readonly #referredTo: ReadonlySet<string>;
  readonly #limits: CauseLimits;
  readonly #graph: CauseGraph;
  readonly #listed = new Map<CauseNumber, ListedCause>();
  readonly #groups = new Map<string, GrowingGroup>();
  readonly #consequences = new Map<CauseNumber, number>();
  #settled = false;
  #noted = 0;
  #total = 0;
  #own = 0;
  #others = { causes: 0, records: 0 };

  /** `entities`: those of the load. */
  constructor(entities: readonly LoadedEntity[], limits: Partial<CauseLimits> = {}) {
    this.#entities = new Map(entities.map((entity) => [entity.label, entity]));
    this.#referredTo = new Set(entities.flatMap(({ relations }) => relations.map(({ entity }) => entity)));
    this.#limits = { ...usualLimits, ...limits };
    this.#graph = new CauseGraph(this.#limits);
  }

  /** First time: takes note of the record and of what it refers to. */
  note(rejection: Rejection): void {
    const own = this.#place(rejection);
    const number = own === undefined ? 0 : this.#graph.add(own);
    const reference = brokenReferenceOf(rejection, this.#entities);
    if (reference !== undefined) this.#graph.refer(number, rejection.entity, reference);
    this.#noted++;
  }

  /** Whether the rejections have to come by a second time: in most runs all is known when all were noted. */
  get needsCounting(): boolean {
    this.#settle();
    return !this.#graph.flat;
  }

  /** Second time: counts the record under what it goes back to. */
  count(rejection: Rejection): void {
    if (!this.needsCounting) return;
    this.#total++;
    const own = this.#ownNumber(rejection);
    const reference = brokenReferenceOf(rejection, this.#entities);
    const root =
      own > 0
        ? this.#graph.rootOf(own)
        : reference === undefined
          ? 0
          : this.#graph.rootOf(this.#graph.target(reference));
    const isRoot = own > 0 && root === own;
    if (root === 0 || (isRoot && !this.#consequences.has(root))) {
      this.#own++;
      return;
    }
    const listed = this.#listed.get(root);
    if (listed === undefined) return;
    const { entity } = rejection;
    listed.entities.set(entity, (listed.entities.get(entity) ?? 0) + 1);
    if (isRoot) describe(listed, rejection);
  }

  /** What all rejections go back to. */
  overview(): CauseOverview {
    this.#settle();
    return {
      total: this.#total,
      own: this.#own,
      groups: [...this.#groups.values()].sort((a, b) => b.records - a.records || compare(a.entity, b.entity)),
      top: [...this.#listed.values()].map(causeOf).sort((a, b) => b.records - a.records),
      others: { ...this.#others },
      unfollowed: this.#graph.unfollowed,
    };
  }

  /** The first record with a key is the one that others go back to; a second one is not. */
  #ownNumber(rejection: Rejection): CauseNumber {
    const own = this.#place(rejection);
    const number = own === undefined ? 0 : this.#graph.find(own);
    return number > 0 && this.#graph.see(number) ? number : 0;
  }

  #place(rejection: Rejection): { entity: string; scope: string; key: string } | undefined {
    const { entity, legalEntity = "" } = rejection;
    const schema = this.#entities.get(entity);
    if (schema === undefined || !this.#referredTo.has(entity)) return undefined;
    const key = keyOf(rejection, schema);
    return key === undefined
      ? undefined
      : { entity, scope: schema.scope === "shared" ? "" : legalEntity, key };
  }

  #settle(): void {
    if (this.#settled) return;
    this.#settled = true;
    const graph = this.#graph;
    graph.settle();
    const add = (cause: CauseNumber): void => {
      const direct = graph.directOf(cause);
      if (direct === 0) return;
      const root = graph.rootOf(cause);
      this.#consequences.set(root, (this.#consequences.get(root) ?? 0) + direct);
    };
    for (let record = 1; record <= graph.records; record++) add(record);
    for (const [index, { same }] of graph.absent.entries()) if (same === 0) add(-index - 1);
    const sorted = [...this.#consequences].sort(([a, m], [b, n]) => n - m || b - a);
    for (const [cause, consequences] of sorted) this.#enter(cause, consequences);
    if (graph.flat) this.#countFlat();
  }

  /** Every cause is something that is not there, and the records that go back to it are those that refer to it. */
  #countFlat(): void {
    this.#total = this.#noted;
    this.#own = [...this.#consequences.values()].reduce((left, records) => left - records, this.#noted);
    for (const [cause, { entities, records }] of this.#listed) {
      const from = this.#graph.absent[-cause - 1]?.from;
      if (from !== undefined) entities.set(from, records);
    }
  }

  #enter(cause: CauseNumber, consequences: number): void {
    const graph = this.#graph;
    const absent = graph.absent[-cause - 1];
    const kind = absent?.kind ?? "rejected";
    const entity = absent?.entity ?? graph.entityOf(cause);
    // A rejected cause is one of the rejected records itself.
    const records = consequences + (cause > 0 ? 1 : 0);
    const id = JSON.stringify([kind, entity]);
    const group = this.#groups.get(id) ?? { kind, entity, causes: 0, records: 0 };
    group.causes++;
    group.records += records;
    if (absent !== undefined && absent.text === undefined) group.atLeast = true;
    this.#groups.set(id, group);
    if (this.#listed.size >= this.#limits.listed && group.causes > this.#limits.listedOfGroup) {
      this.#others.causes++;
      this.#others.records += records;
      return;
    }
    this.#listed.set(cause, {
      kind,
      entity,
      legalEntity: absent?.scope === "" ? undefined : absent?.scope,
      key: absent?.text,
      records,
      direct: graph.directOf(cause),
      entities: new Map(),
    });
  }
}

function describe(cause: ListedCause, rejection: Rejection): void {
  const { key, legalEntity, position } = rejection;
  cause.key = key?.join(", ");
  cause.legalEntity = legalEntity;
  cause.reason = rejection.reasons[0] ?? reason("DMFP-FNO-NO-REASON");
  cause.file = position.file;
  cause.line = position.line;
}

function causeOf(cause: ListedCause): Cause {
  const { kind, entity, legalEntity, key, records, direct, reason: why, file, line } = cause;
  return {
    kind,
    entity,
    ...(legalEntity === undefined ? {} : { legalEntity }),
    ...(key === undefined ? {} : { key }),
    records,
    direct,
    entities: [...cause.entities]
      .map(([label, count]) => ({ entity: label, records: count }))
      .sort((a, b) => b.records - a.records || compare(a.entity, b.entity)),
    ...(why === undefined
      ? {}
      : { reason: { code: why.code, message: scrub(why.message), fix: scrub(why.fix) } }),
    ...(file === undefined ? {} : { file }),
    ...(line === undefined ? {} : { line }),
  };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
