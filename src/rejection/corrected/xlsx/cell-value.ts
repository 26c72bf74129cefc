import type { CorrectedCell } from "../cell-comparison.ts";
import { textOfCell } from "../../workbook/cell-text.ts";
import { dayOfSerial, dayOfText } from "./serial-day.ts";
import { WorkbookDamage } from "./workbook-damage.ts";

/** A cell as its XML has it. */
export interface WrittenCell {
  /** Attribute `t`. */
  readonly type: string;
  /** Attribute `s`. */
  readonly style: number;
  /** The text of `v`; undefined where there is no such element. */
  readonly value: string | undefined;
  /** The text of `is`, its escapes resolved. */
  readonly inline: string;
  readonly hasFormula: boolean;
}

/** What all cells of a workbook share. */
export interface CellContext {
  /** The shared text of this number; undefined where there is none. */
  readonly textAt: (number: number) => string | undefined;
  readonly dateStyles: ReadonlySet<number>;
  readonly from1904: boolean;
}

export const emptyCell: CorrectedCell = { text: "" };
/** A formula written by a program that does not compute: nobody knows what the cell shows. */
const notComputed: CorrectedCell = { text: "", typed: "error" };

/**
 * What is in a cell (ECMA-376, ST_CellType). Of a formula, it is what it gave when the workbook was saved; the formula
 * itself is nobody's value. Throws WorkbookDamage where the cell contradicts itself.
 */
export function cellValue(cell: WrittenCell, context: CellContext): CorrectedCell {
  const { type, value } = cell;
  if (type === "inlineStr") return { text: cell.inline };
  if (value === undefined || (type === "n" && value.trim() === "")) {
    return cell.hasFormula ? notComputed : emptyCell;
  }
  switch (type) {
    case "s":
      return { text: sharedText(value, context) };
    case "str":
      return { text: textOfCell(value) };
    case "b":
      return { text: /^(?:1|true)$/i.test(value.trim()) ? "TRUE" : "FALSE", typed: "boolean" };
    case "e":
      return { text: value.trim(), typed: "error" };
    case "d":
      return { text: dayOfText(value.trim()), typed: "date" };
    case "n":
      return number(value.trim(), cell.style, context);
    default:
      throw new WorkbookDamage(`has the unknown type ${type}`);
  }
}

function sharedText(value: string, { textAt }: CellContext): string {
  const text = /^\s*\d+\s*$/.test(value) ? textAt(Number(value)) : undefined;
  if (text === undefined) throw new WorkbookDamage(`has the shared text ${value}, which is not there`);
  return text;
}

function number(written: string, style: number, { dateStyles, from1904 }: CellContext): CorrectedCell {
  const value = Number(written);
  if (!Number.isFinite(value)) throw new WorkbookDamage(`has the number ${written}, which is none`);
  const day = dateStyles.has(style) ? dayOfSerial(value, from1904) : undefined;
  if (day !== undefined) return { text: day, typed: "date" };
  return { text: numberText(written, value), typed: "number" };
}

/**
 * Without an exponent, however large. Workbooks have 17 digits, so that no bit of a number is lost; a person sees 15 of
 * them at most: 0.1 + 0.2 is 0.3 there. Whole numbers are left as they are written.
 */
function numberText(written: string, value: number): string {
  if (/^(?:-?[1-9]\d*|0)$/.test(written)) return written;
  const shown = Number(value.toPrecision(15));
  const text = String(shown);
  if (!/e/i.test(text)) return text;
  return Number.isInteger(shown) ? String(BigInt(shown)) : text;
}
