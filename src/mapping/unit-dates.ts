import type { UnitStep } from "../source/unit-step.ts";

const fixedPattern = /^(yyyy|MM|dd)([^\p{L}'])?(yyyy|MM|dd)([^\p{L}'])?(yyyy|MM|dd)$/u;

/**
 * The step that reads dates of a pattern in which every digit has its place, such as `dd.MM.yyyy` or `yyyyMMdd`;
 * undefined for any other pattern. A date of zeros and whatever is no date are left to the step on texts.
 */
export function dateUnits(pattern: string): UnitStep | undefined {
  const pieces = fixedPattern.exec(pattern);
  if (pieces === null) return undefined;
  const [, first = "", mark = "", second = "", otherMark = "", third = ""] = pieces;
  if (new Set([first, second, third]).size < 3) return undefined;
  const form = [first, mark, second, otherMark, third].join("");
  const marks = [
    { at: first.length, mark },
    { at: first.length + mark.length + second.length, mark: otherMark },
  ].flatMap(({ at, mark: text }) => (text === "" ? [] : [{ at, unit: text.charCodeAt(0) }]));
  const [year, month, day] = [form.indexOf("yyyy"), form.indexOf("MM"), form.indexOf("dd")];
  return { kind: "date", length: form.length, year, month, day, marks };
}
