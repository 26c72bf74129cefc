// First visible characters that make a spreadsheet take a cell for a formula, with their full-width and small twins.
const dangerous =
  /^[\s\p{Z}\p{Cf}\p{Cc}]*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20\uFE66\uFE62\uFE63\uFE6B\u2212]|^[\t\r\n]/u;
const plainNumber = /^[+-]?\d+(?:[.,]\d+)*$/;

/**
 * The text as it may stand in a file that people open in a spreadsheet: one that would be run as a formula
 * gets a leading apostrophe, which the spreadsheet shows as text. A plain number such as `-12,50` stays.
 */
export function guardFormula(text: string): string {
  return dangerous.test(text) && !plainNumber.test(text) ? `'${text}` : text;
}
