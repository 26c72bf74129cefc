import type { ZipReader } from "../../../package/zip-reader.ts";
import type { CorrectedCell } from "../cell-comparison.ts";
import { hasContent, type CorrectedRow } from "../corrected-row.ts";
import { columnLetters, columnOfPlace } from "../../workbook/column-letters.ts";
import { cellValue, emptyCell, type CellContext } from "./cell-value.ts";
import { PartParser, type PartEvents } from "./part-parser.ts";
import { StringItem } from "./string-item.ts";
import { WorkbookDamage } from "./workbook-damage.ts";
import type { WorkbookSheet } from "./workbook-parts.ts";

/** Excel's own limit (XFD). */
const greatestColumn = 16_384;
/** Forty bytes can be a row of 16,384 cells: the rows of a piece may need thousands of times its memory. */
const pieceBytes = 4 * 1024;

/**
 * The rows of a sheet that have something in them, read as they are asked for. Throws WorkbookDamage, and what the zip
 * reader says of damaged bytes.
 */
export async function* sheetRows(
  zip: ZipReader,
  sheet: WorkbookSheet,
  context: CellContext,
): AsyncGenerator<CorrectedRow, undefined> {
  const reader = new SheetReader(sheet.name, context);
  const parser = new PartParser(sheet.entry.name, reader);
  for await (const bytes of zip.stream(sheet.entry)) {
    for (let at = 0; at < bytes.length; at += pieceBytes) {
      parser.write(bytes.subarray(at, at + pieceBytes));
      yield* reader.take();
    }
  }
  parser.end();
  yield* reader.take();
  return undefined;
}

/** Depth of elements: 1 is worksheet, 2 sheetData, 3 a row, 4 a cell, 5 what it has. */
class SheetReader implements PartEvents {
  readonly #sheet: string;
  readonly #context: CellContext;
  readonly #item = new StringItem();
  #depth = 0;
  #inData = false;
  #inRow = false;
  #inCell = false;
  /** The element of the cell that is open. */
  #inside: "value" | "inline" | undefined;
  #row = 0;
  #column = 0;
  #type = "n";
  #style = 0;
  #value: string | undefined;
  #hasFormula = false;
  #cells: CorrectedCell[] = [];
  #rows: CorrectedRow[] = [];

  constructor(sheet: string, context: CellContext) {
    this.#sheet = sheet;
    this.#context = context;
  }

  /** The rows that were read since. */
  take(): readonly CorrectedRow[] {
    const rows = this.#rows;
    this.#rows = [];
    return rows;
  }

  open(name: string, attributes: Readonly<Record<string, string>>): void {
    this.#depth++;
    switch (this.#depth) {
      case 1:
        return;
      case 2:
        this.#inData = name === "sheetData";
        return;
      case 3:
        this.#inRow = this.#inData && name === "row";
        if (this.#inRow) this.#openRow(attributes["r"]);
        return;
      case 4:
        this.#inCell = this.#inRow && name === "c";
        if (this.#inCell) this.#openCell(attributes);
        return;
      case 5:
        if (this.#inCell) this.#openInside(name);
        return;
      default:
        if (this.#inside === "inline") this.#item.open(name);
    }
  }

  text(text: string): void {
    if (this.#inside === "value") this.#value = (this.#value ?? "") + text;
    else if (this.#inside === "inline") this.#item.add(text);
  }

  close(): void {
    this.#depth--;
    switch (this.#depth) {
      case 1:
        this.#inData = false;
        return;
      case 2:
        if (this.#inRow) this.#closeRow();
        this.#inRow = false;
        return;
      case 3:
        if (this.#inCell) this.#closeCell();
        this.#inCell = false;
        return;
      case 4:
        this.#inside = undefined;
        return;
      default:
        if (this.#inside === "inline") this.#item.close();
    }
  }

  /** A row or a cell without a place comes right behind the one before it. */
  #openRow(place: string | undefined): void {
    this.#row = place === undefined ? this.#row + 1 : Number(place);
    if (!Number.isSafeInteger(this.#row) || this.#row < 1) {
      throw new WorkbookDamage(`the sheet ${this.#sheet} has a row of number ${place ?? ""}`);
    }
    this.#column = 0;
    this.#cells = [];
  }

  #openCell({ r: place, t: type = "n", s: style = "0" }: Readonly<Record<string, string>>): void {
    this.#column = place === undefined ? this.#column + 1 : columnOfPlace(place);
    if (this.#column < 1 || this.#column > greatestColumn) {
      throw new WorkbookDamage(
        `the sheet ${this.#sheet}, row ${this.#row} has a cell ${place ?? this.#column}, which no sheet has`,
      );
    }
    this.#type = type;
    this.#style = Number(style);
    this.#value = undefined;
    this.#hasFormula = false;
  }

  #openInside(name: string): void {
    if (name === "f") this.#hasFormula = true;
    else if (name === "is") this.#inside = "inline";
    else if (name === "v") {
      this.#inside = "value";
      this.#value = "";
    }
  }

  #closeCell(): void {
    const cell = this.#cellValue();
    const at = this.#column - 1;
    // Cells that only have a style may go on to the last column of a sheet.
    if (cell === emptyCell) return;
    while (this.#cells.length < at) this.#cells.push(emptyCell);
    const other = this.#cells[at];
    if (other !== undefined && other !== emptyCell) throw this.#damage("is there twice");
    this.#cells[at] = cell;
  }

  #cellValue(): CorrectedCell {
    try {
      return cellValue(
        {
          type: this.#type,
          style: this.#style,
          value: this.#value,
          inline: this.#item.take(),
          hasFormula: this.#hasFormula,
        },
        this.#context,
      );
    } catch (thrown) {
      throw thrown instanceof WorkbookDamage ? this.#damage(thrown.message) : thrown;
    }
  }

  #closeRow(): void {
    if (hasContent(this.#cells)) this.#rows.push({ row: this.#row, cells: this.#cells });
    this.#cells = [];
  }

  #damage(why: string): WorkbookDamage {
    return new WorkbookDamage(
      `the sheet ${this.#sheet}, cell ${columnLetters(this.#column)}${this.#row} ${why}`,
    );
  }
}
