import { scrub } from "../../errors/redaction.ts";
import type { Rejection, RejectionStage } from "../rejection.ts";
import { reasonsOf } from "./reason-groups.ts";

/** Stages in the order in which a record meets them; a row names its stage by its position here. */
export const stageOrder: readonly RejectionStage[] = ["source", "mapping", "validation", "staging", "target"];

const greatestValueChars = 400;
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

/**
 * One rejection as page.client.js reads it, an array to keep the page small. In order: entity, legal entity,
 * stage, file, line, record, key, reasons (each: group, code, field, value, message, fix), source columns, source
 * values, target fields, mapped values, execution id, text of an unreadable record, ambiguous (0 or 1).
 * Values are cut at 400 characters; the whole ones stand in the CSV file.
 */
export function rowData(
  rejection: Rejection,
  groupOf: (reason: Rejection["reasons"][number]) => number,
  pools: RowPools,
): unknown[] {
  const { position, mapped = {} } = rejection;
  const { texts, columns } = pools;
  return [
    texts.put(rejection.entity),
    texts.put(rejection.legalEntity ?? ""),
    stageOrder.indexOf(rejection.stage),
    texts.put(position.file),
    position.line,
    position.record,
    cut((rejection.key ?? []).join(" / ")),
    reasonsOf(rejection).map((reason) => [
      groupOf(reason),
      texts.put(reason.code),
      texts.put(reason.field ?? ""),
      cut(reason.value ?? ""),
      texts.put(cut(scrub(reason.message))),
      texts.put(cut(scrub(reason.fix))),
    ]),
    columns.put(rejection.columns),
    rejection.values.map(cut),
    columns.put(Object.keys(mapped)),
    Object.values(mapped).map(cut),
    texts.put(rejection.executionId ?? ""),
    rejection.columns.length === 0 ? cut(rejection.raw) : "",
    rejection.ambiguous === true ? 1 : 0,
  ];
}

function cut(text: string): string {
  if (text.length <= greatestValueChars) return text;
  const end =
    text.charCodeAt(greatestValueChars - 1) >>> 10 === 0x36 ? greatestValueChars - 1 : greatestValueChars;
  return `${text.slice(0, end)}… (shortened)`;
}
