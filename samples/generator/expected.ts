import type { EndStage, Fate } from "./fate.ts";

type Counts = Record<EndStage, number> & { read: number };

/** The content of samples/expected.json: what a first load of all extracts into a fresh sandbox comes to. */
export interface ExpectedRun {
  readonly entities: readonly ExpectedEntity[];
  readonly totals: Omit<ExpectedEntity, "entity" | "legalEntity">;
  /** Number of rejected records by kind of fault. */
  readonly kinds: Readonly<Record<string, number>>;
  readonly codes: Readonly<Record<string, number>>;
  /** Every rejected record, in order of file and line. */
  readonly rejections: readonly ExpectedRejection[];
}

/** Counts named as in summary.json; `loaded` are created at the first load and updated at later ones. */
export interface ExpectedEntity {
  readonly entity: string;
  /** "" for records that never get as far as a legal entity: unreadable, filtered, of no known company. */
  readonly legalEntity: string;
  readonly read: number;
  readonly filtered: number;
  readonly rejected: Readonly<Record<Exclude<EndStage, "filtered">, number>>;
  readonly rejectedHere: number;
  readonly packaged: number;
  readonly loaded: number;
}

export interface ExpectedRejection {
  readonly file: string;
  readonly line: number;
  readonly entity: string;
  readonly legalEntity: string;
  readonly stage: string;
  readonly kind: string;
  readonly code: string;
  /** DMF name of the field at fault; F&O's own messages name it in words, or not at all. */
  readonly field?: string;
}

/** Adds up the fates of all records. */
export function expectedRun(fates: readonly Fate[]): ExpectedRun {
  const countsByPlace = new Map<string, Counts>();
  const totals = noCounts();
  for (const { entity, legalEntity, end } of fates) {
    const place = `${entity}|${legalEntity}`;
    const counts = countsByPlace.get(place) ?? noCounts();
    countsByPlace.set(place, counts);
    for (const count of [counts, totals]) {
      count.read++;
      if (end !== undefined) count[end.stage]++;
    }
  }
  const rejections = fates.flatMap(asRejection).sort(byPlace);
  return {
    entities: [...countsByPlace]
      .map(([place, counts]) => {
        const [entity = "", legalEntity = ""] = place.split("|");
        return { entity, legalEntity, ...present(counts) };
      })
      .sort((a, b) => compare(`${a.entity}|${a.legalEntity}`, `${b.entity}|${b.legalEntity}`)),
    totals: present(totals),
    kinds: tally(rejections.map(({ kind }) => kind)),
    codes: tally(rejections.map(({ code }) => code)),
    rejections,
  };
}

function noCounts(): Counts {
  return { read: 0, filtered: 0, source: 0, mapping: 0, validation: 0, staging: 0, target: 0 };
}

function present(counts: Counts): Omit<ExpectedEntity, "entity" | "legalEntity"> {
  const { read, filtered, source, mapping, validation, staging, target } = counts;
  const rejectedHere = source + mapping + validation;
  const packaged = read - filtered - rejectedHere;
  return {
    read,
    filtered,
    rejected: { source, mapping, validation, staging, target },
    rejectedHere,
    packaged,
    loaded: packaged - staging - target,
  };
}

function asRejection({ file, line, entity, legalEntity, end }: Fate): ExpectedRejection[] {
  if (end?.code === undefined) return [];
  const { stage, kind, code, field } = end;
  return [{ file, line, entity, legalEntity, stage, kind, code, ...(field === undefined ? {} : { field }) }];
}

function byPlace(a: ExpectedRejection, b: ExpectedRejection): number {
  return compare(a.file, b.file) || a.line - b.line;
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function tally(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of [...names].sort(compare)) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
