import { textOfCell } from "../../workbook/cell-text.ts";
import { greatestTextChars } from "./part-parser.ts";
import { WorkbookDamage } from "./workbook-damage.ts";

/**
 * The text of an element `si` or `is` (ECMA-376, CT_Rst), which is told what is inside: one `t`, or formatted runs that have
 * one each. How the text is pronounced (`rPh`) is no part of it. Each `t` is an ST_Xstring, whose escapes are resolved once.
 *
 * Blanks are kept with and without `xml:space`: nobody indents inside a text, so whoever left it out meant them.
 */
export class StringItem {
  #depth = 0;
  #inRun = false;
  #written: string | undefined;
  #text = "";

  open(name: string): void {
    this.#depth++;
    if (this.#depth === 1) this.#inRun = name === "r";
    if (name === "t" && (this.#depth === 1 || (this.#depth === 2 && this.#inRun))) this.#written = "";
  }

  add(text: string): void {
    if (this.#written !== undefined) this.#written += text;
  }

  close(): void {
    this.#depth--;
    if (this.#written === undefined) return;
    this.#text += textOfCell(this.#written);
    this.#written = undefined;
    if (this.#text.length > greatestTextChars) {
      throw new WorkbookDamage(`a text has more than ${greatestTextChars} characters`);
    }
  }

  /** The text, which then is empty for the next element. */
  take(): string {
    const text = this.#text;
    this.#text = "";
    return text;
  }
}
