import { reason, type Reason } from "../../errors/reason.ts";
import { scrub } from "../../errors/redaction.ts";
import { reasonRegistry, type ReasonCode } from "../../errors/registry.ts";
import type { Rejection } from "../rejection.ts";
import { adviceShape, messageShape } from "./message-shape.ts";

/** Rejected records whose reason has the same code, field and message, values aside. */
export interface ReasonGroup {
  readonly code: ReasonCode;
  readonly field: string;
  /** The message with its values masked. */
  readonly shape: string;
  /** What to do, for all records of the group. */
  readonly fix: string;
  /** Records with this reason; a record with several reasons counts in several groups. */
  readonly records: number;
  /** Records whose first reason it is; over all groups these add up to the number of records. */
  readonly leading: number;
  /** Records by entity and legal entity, most first. */
  readonly places: readonly {
    readonly entity: string;
    readonly legalEntity: string;
    readonly records: number;
  }[];
  /** The values met most often, most first; not all of them where there were very many. */
  readonly values: readonly { readonly value: string; readonly records: number }[];
  /** Whether there were other values than those listed. */
  readonly moreValues: boolean;
  /** How many others; absent where they were too many to count. */
  readonly otherValues?: number;
}

/** All groups of one code. */
export interface ReasonClass {
  readonly code: ReasonCode;
  /** Records with a reason of this code, each counted once. */
  readonly records: number;
  /** Records whose first reason has this code; over all classes these add up to the number of records. */
  readonly leading: number;
  /** Its groups with their positions in `list()`, the biggest first. */
  readonly groups: readonly { readonly group: ReasonGroup; readonly index: number }[];
}

interface GrowingGroup {
  readonly code: ReasonCode;
  readonly field: string;
  readonly shape: string;
  fix: string;
  records: number;
  leading: number;
  readonly places: Map<string, { entity: string; legalEntity: string; records: number }>;
  readonly values: Map<string, number>;
  moreValues: boolean;
  /** Number of the last record counted, so that one record counts once. */
  lastRecord: number;
}

const greatestGroups = 1000;
const greatestValues = 500;
const listedValues = 8;
const greatestValueChars = 60;

/**
 * Groups the reasons of a stream of rejections. Memory is bounded whatever comes: past 1,000 groups a reason
 * joins the group of its code alone, and past 500 values a group stops telling new ones apart.
 */
export class ReasonGroups {
  readonly #groups = new Map<string, GrowingGroup>();
  #order: GrowingGroup[] | undefined;
  #indexByGroup = new Map<GrowingGroup, number>();
  #records = 0;
  readonly #classes = new Map<ReasonCode, number>();

  /** Records counted so far. */
  get records(): number {
    return this.#records;
  }

  add(rejection: Rejection): void {
    this.#order = undefined;
    this.#records++;
    const reasons = reasonsOf(rejection);
    for (const code of new Set(reasons.map((item) => item.code))) {
      this.#classes.set(code, (this.#classes.get(code) ?? 0) + 1);
    }
    reasons.forEach((item, position) => {
      const group = this.#groupOf(item);
      if (position === 0) group.leading++;
      this.#count(group, item, rejection);
    });
  }

  /** All groups, the biggest first; equal ones by code and message. */
  list(): ReasonGroup[] {
    return this.#sorted().map((group) => {
      const values = [...group.values].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
      return {
        code: group.code,
        field: group.field,
        shape: group.shape,
        fix: group.fix,
        records: group.records,
        leading: group.leading,
        places: [...group.places.values()].sort((a, b) => b.records - a.records),
        values: values.slice(0, listedValues).map(([value, records]) => ({ value, records })),
        moreValues: group.moreValues || values.length > listedValues,
        ...(group.moreValues ? {} : { otherValues: Math.max(0, values.length - listedValues) }),
      };
    });
  }

  /** The groups by code, the code with most records first. */
  classes(): ReasonClass[] {
    const list = this.list().map((group, index) => ({ group, index }));
    return [...this.#classes]
      .map(([code, records]): ReasonClass => {
        const groups = list.filter(({ group }) => group.code === code);
        return { code, records, leading: groups.reduce((sum, { group }) => sum + group.leading, 0), groups };
      })
      .sort((a, b) => b.records - a.records || compare(a.code, b.code));
  }

  /** Position in `list()` of the group of a reason that was added before; -1 for one that was not. */
  indexOf(reason: Reason): number {
    this.#sorted();
    const shape = messageShape(reason.message, reason);
    const group = this.#groups.get(groupId(reason, shape)) ?? this.#groups.get(overflowId(reason.code));
    return group === undefined ? -1 : (this.#indexByGroup.get(group) ?? -1);
  }

  #count(group: GrowingGroup, reason: Reason, rejection: Rejection): void {
    if (group.lastRecord === this.#records) return;
    group.lastRecord = this.#records;
    group.records++;
    const { entity, legalEntity = "" } = rejection;
    const id = JSON.stringify([entity, legalEntity]);
    const place = group.places.get(id);
    if (place === undefined) group.places.set(id, { entity, legalEntity, records: 1 });
    else place.records++;
    if (reason.value === undefined || reason.value === "") return;
    const value =
      reason.value.length > greatestValueChars
        ? `${reason.value.slice(0, greatestValueChars)}…`
        : reason.value;
    const known = group.values.get(value);
    if (known !== undefined || group.values.size < greatestValues) group.values.set(value, (known ?? 0) + 1);
    else group.moreValues = true;
  }

  #groupOf(reason: Reason): GrowingGroup {
    const shape = messageShape(reason.message, reason);
    const fix = adviceShape(scrub(reason.fix), reason);
    const known = this.#groups.get(groupId(reason, shape));
    if (known !== undefined) {
      // The same problem with differing advice: only the general advice fits all of them.
      if (known.fix !== fix) known.fix = reasonRegistry[known.code].next;
      return known;
    }
    if (this.#groups.size < greatestGroups) {
      const group = newGroup({ code: reason.code, field: reason.field ?? "", shape, fix });
      this.#groups.set(groupId(reason, shape), group);
      return group;
    }
    const id = overflowId(reason.code);
    const overflow = this.#groups.get(id);
    if (overflow !== undefined) return overflow;
    const { title, next } = reasonRegistry[reason.code];
    const group = newGroup({
      code: reason.code,
      field: "",
      shape: `${title} (many different messages)`,
      fix: next,
    });
    this.#groups.set(id, group);
    return group;
  }

  #sorted(): readonly GrowingGroup[] {
    if (this.#order === undefined) {
      this.#order = [...this.#groups.values()].sort(
        (a, b) => b.records - a.records || compare(a.code, b.code) || compare(a.shape, b.shape),
      );
      this.#indexByGroup = new Map(this.#order.map((group, index) => [group, index]));
    }
    return this.#order;
  }
}

/** The message of a group, behind its field where it does not speak of that itself. */
export function shapeWithField({ field, shape }: ReasonGroup): string {
  return field === "" || shape.includes(field) ? shape : `${field}: ${shape}`;
}

/** The reasons of a record; one for which nobody gave any has the reason that says so. */
export function reasonsOf(rejection: Rejection): readonly [Reason, ...Reason[]] {
  const [first = reason("DMFP-FNO-NO-REASON"), ...others] = rejection.reasons;
  return [first, ...others];
}

function newGroup(of: { code: ReasonCode; field: string; shape: string; fix: string }): GrowingGroup {
  return {
    ...of,
    records: 0,
    leading: 0,
    places: new Map(),
    values: new Map(),
    moreValues: false,
    lastRecord: 0,
  };
}

function groupId(reason: Reason, shape: string): string {
  return JSON.stringify([reason.code, reason.field ?? "", shape]);
}

function overflowId(code: ReasonCode): string {
  return JSON.stringify([code]);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
