import type { Column, Style } from "exceljs";
import type { Reason } from "../../errors/reason.ts";
import { scrub } from "../../errors/redaction.ts";
import { correctedColumn, correctedPlace, rejectColumns } from "../rejection-csv.ts";
import { joinedReasons } from "../reason-text.ts";
import type { Rejection } from "../rejection.ts";
import { cellText, isTooLong, textOfCell } from "./cell-text.ts";
import { columnLetters } from "./column-letters.ts";
import type { PlainValue } from "./plain-rows.ts";
import type { SheetPlan } from "./workbook-census.ts";
import type { CellValue, SheetLayout, SheetRows } from "./workbook-file.ts";

/** Records of a sheet whose rejected cells have a note; the others are filled all the same. */
export const greatestNotedRecords = 2000;

const greatestNoteChars = 250;
type OwnColumn = (typeof rejectColumns)[number] | typeof correctedColumn;
const ownWidths: Readonly<Record<OwnColumn, number>> = {
  _reject_stage: 13,
  _reject_code: 24,
  _reject_field: 26,
  _reject_message: 60,
  _reject_fix: 50,
  _source_file: 28,
  _source_line: 13,
  _source_text: 16,
  _source_corrected: 34,
};
const wrapped: ReadonlySet<string> = new Set(["_reject_message", "_reject_fix"]);

/** In the order of their columns. */
const reasonParts = ["code", "field", "message", "fix"] as const;

const asText = { numFmt: "@", alignment: { vertical: "top" } } as const;
const asWrappedText = { numFmt: "@", alignment: { vertical: "top", wrapText: true } } as const;
const asNumber = { alignment: { vertical: "top", horizontal: "right" } } as const;
const asRejected = { ...asText, fill: solid("FFFFD9D6"), font: { color: { argb: "FF8C1D18" } } };
const sourceHeader = header("FF1F4E79");
const ownHeader = header("FF7A4B00");

/** Which source columns a target field is made of; undefined where that is not known. */
export type ColumnsOfField = (field: string) => readonly string[] | undefined;

/** How a sheet of these records looks that has so many rows below its header. */
export function entitySheetLayout(
  plan: SheetPlan,
  { name, rows }: { readonly name: string; readonly rows: number },
): SheetLayout {
  const { columns, widths } = plan;
  const own = columnsOfOurs(plan);
  const sourceColumns = columns.map((_name, position): Partial<Column> => {
    const width = Math.min(Math.max((widths[position] ?? 0) + 3, 9), 42);
    return { width, style: asText };
  });
  const ownColumns = own.map((column): Partial<Column> => {
    return { width: ownWidths[column], style: ownStyle(column) };
  });
  const last = columnLetters(columns.length + own.length);
  return {
    name,
    columns: [...sourceColumns, ...ownColumns],
    frozenRows: 1,
    autoFilter: `A1:${last}${rows + 1}`,
    landscape: true,
  };
}

function columnsOfOurs({ corrected }: SheetPlan): readonly OwnColumn[] {
  return corrected ? [...rejectColumns, correctedColumn] : rejectColumns;
}

function ownStyle(column: OwnColumn): Partial<Style> {
  return column === "_source_line" ? asNumber : wrapped.has(column) ? asWrappedText : asText;
}

/** Writes the rejected records of one sheet: the header, then one row a record. */
export class EntitySheet {
  readonly #plan: SheetPlan;
  readonly #rows: SheetRows;
  readonly #columnsOfField: ColumnsOfField;
  /** Positions of the cells of a field, as they are found. */
  readonly #cellsOf = new Map<string, readonly number[]>();
  readonly #styles: readonly Partial<Style>[];
  #noted = 0;

  constructor(plan: SheetPlan, rows: SheetRows, columnsOfField: ColumnsOfField) {
    this.#plan = plan;
    this.#rows = rows;
    this.#columnsOfField = columnsOfField;
    this.#styles = [...plan.columns.map(() => asText), ...columnsOfOurs(plan).map(ownStyle)];
  }

  async writeHeader(): Promise<void> {
    const { columns } = this.#plan;
    const names = [...columns.map(textCell), ...columnsOfOurs(this.#plan)];
    await this.#rows.add(names, (row) => {
      row.eachCell({ includeEmpty: true }, (cell, number) => {
        cell.style = number > columns.length ? ownHeader : sourceHeader;
      });
    });
  }

  async write(rejection: Rejection): Promise<void> {
    const marked = this.#rejectedCells(rejection.reasons);
    const noted = marked.size > 0 && this.#noted < greatestNotedRecords;
    if (noted) this.#noted++;
    await this.#rows.addPlain({
      values: this.#cells(rejection),
      styles:
        marked.size === 0
          ? this.#styles
          : this.#styles.map((style, position) => (marked.has(position) ? asRejected : style)),
      notes: new Map(noted ? [...marked].map(([position, reasons]) => [position, noteOf(reasons)]) : []),
    });
  }

  #cells(rejection: Rejection): PlainValue[] {
    const { reasons, position, values } = rejection;
    const unreadable = rejection.columns.length === 0;
    return [
      ...this.#plan.kept.map((index) => textCell(values[index] ?? "")),
      rejection.stage,
      ...reasonParts.map((part) => textCell(joinedReasons(reasons, part))),
      textCell(position.file),
      position.line,
      unreadable ? textCell(rejection.raw) : null,
      ...(this.#plan.corrected ? [textCell(correctedPlace(rejection))] : []),
    ];
  }

  /** The reasons of each cell that a reason names, by its position. */
  #rejectedCells(reasons: readonly Reason[]): ReadonlyMap<number, readonly Reason[]> {
    const cells = new Map<number, Reason[]>();
    for (const reason of reasons) {
      for (const field of reason.field?.split(", ") ?? []) {
        for (const position of this.#cellsOfField(field)) {
          const known = cells.get(position);
          if (known === undefined) cells.set(position, [reason]);
          else if (!known.includes(reason)) known.push(reason);
        }
      }
    }
    return cells;
  }

  #cellsOfField(field: string): readonly number[] {
    const known = this.#cellsOf.get(field);
    if (known !== undefined) return known;
    const { columns } = this.#plan;
    // Where no target field was known yet, the reason names the source column itself.
    const names = columns.includes(field) ? [field] : (this.#columnsOfField(field) ?? []);
    const positions = [...new Set(names)].map((name) => columns.indexOf(name)).filter((at) => at !== -1);
    this.#cellsOf.set(field, positions);
    return positions;
  }
}

function noteOf(reasons: readonly Reason[]): string {
  const text = reasons.map(({ message, fix }) => `${scrub(message)}\n${scrub(fix)}`).join("\n\n");
  const short = text.length <= greatestNoteChars ? text : `${text.slice(0, greatestNoteChars).trimEnd()}…`;
  return cellText(short);
}

// No blanks at the ends, nothing between that is written in another way: one look instead of four.
const usual = /^[!-^`-~\u00A1-\u167F](?:[ -^`-~\u00A1-\u167F]*[!-^`-~\u00A1-\u167F])?$/;

/**
 * A text as a cell. One with blanks at its ends or line breaks is written as formatted text, the only way in which
 * exceljs asks readers to keep them. Never a formula, whatever it begins with.
 */
export function textCell(text: string): PlainValue {
  if (text === "") return null;
  if (usual.test(text) && !isTooLong(text)) return text;
  const written = cellText(text);
  return /^\s|\s$|\n/.test(written) ? { richText: [{ text: written }] } : written;
}

/** The text of a cell that `textCell` made, as exceljs reads it. */
export function textOf(value: CellValue): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "object" && "richText" in value) {
    return textOfCell(value.richText.map(({ text }) => text).join(""));
  }
  return typeof value === "string" ? textOfCell(value) : JSON.stringify(value);
}

function header(argb: string): object {
  return {
    numFmt: "@",
    font: { bold: true, color: { argb: "FFFFFFFF" } },
    fill: solid(argb),
    alignment: { vertical: "middle", wrapText: false },
  };
}

function solid(argb: string): { type: "pattern"; pattern: "solid"; fgColor: { argb: string } } {
  return { type: "pattern", pattern: "solid", fgColor: { argb } };
}
