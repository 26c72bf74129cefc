import { scrub } from "../../errors/redaction.ts";
import type { Rejection, RejectionStage } from "../rejection.ts";
import { standingWords } from "../trend/standing.ts";
import { reasonsOf } from "./reason-groups.ts";

/** Stages in the order in which a record meets them; a row names its stage by its position here. */
export const stageOrder: readonly RejectionStage[] = ["source", "mapping", "validation", "staging", "target"];

/** Delimiters by which a row's text can be put together again from its values; a row names one by its position. */
export const knownDelimiters: readonly string[] = [",", ";", "\t", "|"];

const greatestValueChars = 400;
const greatestTextChars = 4000;
const greatestPooled = 5000;

/**
 * Texts and column lists that many rows share. A row holds the position in the pool (a number) instead of the
 * text itself; when the pool is full it holds the text, so that the pool stays small whatever comes.
 */
export class Pool<T extends string | readonly string[]> {
  readonly #positions = new Map<string, number>();
  readonly items: T[] = [];

  put(item: T): number | T {
    const id = typeof item === "string" ? item : JSON.stringify(item);
    const known = this.#positions.get(id);
    if (known !== undefined) return known;
    if (this.items.length >= greatestPooled) return item;
    this.#positions.set(id, this.items.length);
    this.items.push(item);
    return this.items.length - 1;
  }
}

export interface RowPools {
  readonly texts: Pool<string>;
  readonly columns: Pool<readonly string[]>;
}

/** What a row is made with: the shared texts, and for each of its reasons the group in `ReasonGroups.list()`. */
export interface RowContext {
  readonly pools: RowPools;
  readonly groups: readonly number[];
}

/**
 * What the list needs of one rejection before anybody looks at it: entity, legal entity, stage, file, line, key,
 * groups of its reasons (a number, or several), the first reason's first, how it stands to earlier runs, and the day on which it was first rejected. Texts are
 * positions in the pool.
 */
export type RowIndex = readonly [
  entity: number | string,
  company: number | string,
  stage: number,
  file: number | string,
  line: number,
  key: string,
  groups: number | readonly number[],
  standing: number | string,
  since: number | string,
];

/** The entry of one rejection in the list. */
export function rowIndex(rejection: Rejection, { pools, groups }: RowContext): RowIndex {
  const { position } = rejection;
  const [first = 0, ...others] = new Set(groups);
  return [
    pools.texts.put(rejection.entity),
    pools.texts.put(rejection.legalEntity ?? ""),
    stageOrder.indexOf(rejection.stage),
    pools.texts.put(position.file),
    position.line,
    cut((rejection.key ?? []).join(" / ")),
    others.length === 0 ? first : [first, ...others],
    pools.texts.put(rejection.history === undefined ? "" : standingWords[rejection.history.standing]),
    pools.texts.put(rejection.history?.since ?? ""),
  ];
}

/**
 * The rest of one rejection, as row-store.js reads it: record number, reasons (each: group, code, field, value,
 * message, fix), execution id, ambiguous (0 or 1), where it was corrected (0, or file and row); and where the row is to be shown `whole`: its text in the source
 * (or the number of the delimiter that joins the values to it), source columns, source values, target fields, mapped
 * values. Values are cut at 400 characters; the whole ones stand in the CSV file.
 */
export function rowDetail(
  rejection: Rejection,
  { pools, groups, whole }: RowContext & { readonly whole: boolean },
): readonly unknown[] {
  const { texts, columns } = pools;
  const { mapped = {} } = rejection;
  const brief = [
    rejection.position.record,
    reasonsOf(rejection).map((reason, position) => [
      groups[position] ?? 0,
      texts.put(reason.code),
      texts.put(reason.field ?? ""),
      cut(reason.value ?? ""),
      cut(scrub(reason.message)),
      texts.put(cut(scrub(reason.fix))),
    ]),
    texts.put(rejection.executionId ?? ""),
    rejection.ambiguous === true ? 1 : 0,
    rejection.corrected === undefined ? 0 : [texts.put(rejection.corrected.file), rejection.corrected.row],
  ];
  if (!whole) return brief;
  return [
    ...brief,
    sourceText(rejection),
    columns.put(rejection.columns),
    rejection.values.map((value) => cut(value)),
    columns.put(Object.keys(mapped)),
    Object.values(mapped).map((value) => cut(value)),
  ];
}

function sourceText({ raw, values }: Rejection): number | string {
  const delimiter = knownDelimiters.findIndex((candidate) => values.join(candidate) === raw);
  return delimiter >= 0 && raw !== "" ? delimiter : cut(raw, greatestTextChars);
}

/** A text of at most `greatest` characters, said to be shortened where it was, without cutting a character in two. */
export function cut(text: string, greatest = greatestValueChars): string {
  if (text.length <= greatest) return text;
  const end = text.charCodeAt(greatest - 1) >>> 10 === 0x36 ? greatest - 1 : greatest;
  return `${text.slice(0, end)}… (shortened)`;
}
