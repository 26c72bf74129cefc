import { guardFormula } from "../formula-guard.ts";
import { textOfCell } from "../workbook/cell-text.ts";
import {
  dateOfSerial,
  dateReadings,
  dateShape,
  inNotationOf,
  isTakenForDate,
  looksLikeShortDate,
  mayBeSameDate,
} from "./date-notation.ts";
import { isScientific, looksCut, mayBeRounded, mayBeSameNumber } from "./number-notation.ts";
import { charactersLost } from "./lost-characters.ts";

/** A cell of a file that somebody worked on. */
export interface CorrectedCell {
  /** A number as JavaScript writes it, a day as `2024-12-31`, a truth value as TRUE or FALSE. */
  readonly text: string;
  /** What the cell is in a workbook, where that is no text. */
  readonly typed?: "number" | "date" | "boolean" | "error";
}

/** What a spreadsheet does to values that nobody meant to change. */
export type Harm =
  | "formula guard"
  | "line breaks"
  | "leading zeros"
  | "number notation"
  | "digits lost"
  | "date notation"
  | "turned into a date"
  | "truth value"
  | "run as a formula"
  | "cut off"
  | "characters lost";

/** What became of one value of a rejected record in a corrected file. */
export type CellVerdict =
  | { readonly kind: "same" }
  /** The original is right, the spreadsheet spoiled it. */
  | { readonly kind: "repaired"; readonly harm: Harm }
  | { readonly kind: "corrected"; readonly value: string }
  /** Nobody can know. `value`: what the file says. */
  | { readonly kind: "doubtful"; readonly why: string; readonly value: string };

const truthWords = [
  new Set(["true", "wahr", "vrai", "verdadero", "vero", "waar", "verdadeiro", "sand", "sant"]),
  new Set(["false", "falsch", "faux", "falso", "onwaar", "falsk", "falskt"]),
];
const errorValue = /^#[\p{Lu}/0-9ÄÖÜ]+[!?]?$/u;
const hiddenValue = /^#{3,}$/;
const greatestCellChars = 32_767;

/**
 * Compares a cell with the value it was: unchanged, corrected, spoiled by a spreadsheet (then the original is taken), or
 * doubtful. `wasRejected`: whether the value is one of those the record was rejected for, so that a change of nothing but
 * its notation may just as well be the correction.
 */
export function compareCell(original: string, cell: CorrectedCell, wasRejected: boolean): CellVerdict {
  if (cell.typed === "error" && cell.text === "") return judgeCorrection(original, cell);
  const text = withoutGuard(original, cell.text);
  if (text === original)
    return cell.text === original ? { kind: "same" } : { kind: "repaired", harm: "formula guard" };
  const harm = certainHarm(original, text);
  if (harm !== undefined) return { kind: "repaired", harm };
  const notation = notationHarm(original, { ...cell, text });
  if (notation !== undefined) {
    if (!wasRejected) return { kind: "repaired", harm: notation };
    const why = `only its notation changed (${notation}), and the record was rejected for this value`;
    return { kind: "doubtful", why, value: text };
  }
  return judgeCorrection(original, { ...cell, text });
}

/** One apostrophe that our own guard put before what a spreadsheet would have run. */
function withoutGuard(original: string, text: string): string {
  if (!text.startsWith("'") || original.startsWith("'")) return text;
  const rest = text.slice(1);
  return rest === original || guardFormula(rest) === text ? rest : text;
}

/** Harm that no person does on purpose. */
function certainHarm(original: string, text: string): Harm | undefined {
  if (lineBreaksAlike(original) === lineBreaksAlike(text)) return "line breaks";
  if (hiddenValue.test(text)) return "cut off";
  if (errorValue.test(text) && /^\s*[=+\-@]/.test(original)) return "run as a formula";
  if (isCut(original, text)) return "cut off";
  if (charactersLost(original, text)) return "characters lost";
  // Observed of LibreOffice: what a workbook has to escape, it takes for the text itself.
  if (lineBreaksAlike(original) === lineBreaksAlike(textOfCell(text))) return "characters lost";
  return undefined;
}

function isCut(original: string, text: string): boolean {
  if (original.length <= greatestCellChars || text.length > greatestCellChars) return false;
  // A workbook of ours says so at the end.
  const beginning = text.replace(/… \(shortened\)$/, "");
  return beginning.length > greatestCellChars - 40 && original.startsWith(beginning);
}

/** The same value, written another way. */
function notationHarm(original: string, { text, typed }: CorrectedCell): Harm | undefined {
  if (/^[+]?0\d*$/.test(original) && /^\d+$/.test(text) && mayBeSameNumber(original, text))
    return "leading zeros";
  if (mayBeSameDate(original, text) && dateShape(original) !== dateShape(text)) return "date notation";
  const day = dateOfSerial(text);
  if (day !== undefined && dateReadings(original).has(day)) return "date notation";
  if (mayBeSameNumber(original, text)) return "number notation";
  if (mayBeRounded(original, text)) return "digits lost";
  if (isSameTruth(original, text)) return "truth value";
  const toDate = typed === "date" || looksLikeShortDate(text);
  if (toDate && isTakenForDate(original) && dateReadings(original).size === 0) return "turned into a date";
  return undefined;
}

/** Another value than before: a correction, if the spreadsheet can have left it as it was typed. */
function judgeCorrection(original: string, { text, typed }: CorrectedCell): CellVerdict {
  const doubtful = (why: string): CellVerdict => ({ kind: "doubtful", why, value: text });
  if (text.includes("\uFFFD") && !original.includes("\uFFFD"))
    return doubtful("characters that cannot be read");
  if (typed === "error" || errorValue.test(text)) return doubtful("a formula that could not be computed");
  if (isScientific(text) && !isScientific(original))
    return doubtful("a long number of which digits were lost");
  if (looksCut(text)) return doubtful("a number of more than 15 digits, of which the last ones may be lost");
  if (/^0\d+$/.test(original) && /^\d+$/.test(text) && text.length < original.length) {
    return doubtful("leading zeros may be lost");
  }
  if (typed === "date")
    return dayAs(text, original) ?? doubtful("a date, of which nobody knows how to write it here");
  const before = dateShape(original);
  const now = dateShape(text);
  if (before !== undefined && now !== undefined && before !== now) {
    return doubtful("a date in another notation than before");
  }
  if (typed === "number" && text.includes(".")) {
    return (
      decimalAs(text, original) ?? doubtful("a number, of which nobody knows its decimal separator here")
    );
  }
  return { kind: "corrected", value: text };
}

/** A day that was typed into a workbook, written as the value was. */
function dayAs(day: string, original: string): CellVerdict | undefined {
  const value = inNotationOf(day, original);
  return value === undefined ? undefined : { kind: "corrected", value };
}

/** A number of a workbook has a point; the source may write a comma. */
function decimalAs(number: string, original: string): CellVerdict | undefined {
  const separators = original.replaceAll(/[^.,]/g, "");
  if (/^\.+$/.test(separators)) return { kind: "corrected", value: number };
  if (/^,+$/.test(separators)) return { kind: "corrected", value: number.replace(".", ",") };
  return undefined;
}

function isSameTruth(original: string, text: string): boolean {
  const [a, b] = [original.trim().toLowerCase(), text.trim().toLowerCase()];
  return truthWords.some((words) => words.has(a) && words.has(b));
}

function lineBreaksAlike(text: string): string {
  return text.replaceAll(/\r\n?/g, "\n");
}
