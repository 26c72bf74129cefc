import type { MappingDiff } from "../load/schema/diff-mapping.ts";
import type { ChangeExample, FieldChange } from "../load/schema/mapping-changes.ts";
import { wrapped } from "./aligned-lines.ts";
import { formatCount } from "./number-text.ts";
import { textTable } from "./text-table.ts";
import { shownValue } from "./trace-lines.ts";

/** What a change of a mapping does, as text. `columns`: characters of a line, Infinity where nothing wraps. */
export function diffText(diff: MappingDiff, columns: number): string {
  const sections = [headText(diff), fateText(diff, columns), companyText(diff), fieldText(diff, columns)];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n")}\n`;
}

function headText(diff: MappingDiff): string[] {
  const { entity, compared, different, files, matchedBy, unmatched } = diff;
  const lines = [
    `${entity}: ${diff.old} → ${diff.new}`,
    different === 0
      ? `All ${formatCount(compared)} records of ${files.join(", ")} come out the same.`
      : `${formatCount(different)} of ${formatCount(compared)} records of ${files.join(", ")} come out differently.`,
  ];
  if (matchedBy === "key") {
    const rest = unmatched ?? { old: 0, new: 0 };
    lines.push(
      "The two read different sources, or read them differently, so records were matched by their key.",
      `Without a partner: ${formatCount(rest.old)} with the old mapping, ${formatCount(rest.new)} with the new one. They are not among those compared.`,
    );
  }
  return lines;
}

function fateText({ moves, codes }: MappingDiff, columns: number): string[] {
  if (moves.length === 0 && codes.length === 0) return [];
  const lines: string[] = [];
  for (const { from, to, count, examples } of moves) {
    lines.push(`${from} → ${to}: ${records(count)}`, ...examples.flatMap((one) => fateExample(one, columns)));
  }
  for (const { code, only, count, examples } of codes) {
    lines.push(`${only === "new" ? "newly" : "no longer"} ${code}: ${records(count)}`);
    // Those of a move stand there already.
    const further = examples.filter(
      (one) => !moves.some((move) => move.examples.some((other) => samePlace(one, other))),
    );
    lines.push(...further.flatMap((one) => fateExample(one, columns)));
  }
  return ["Records packaged, left out and rejected", ...lines.map((line) => `  ${line}`)];
}

function companyText({ companies }: MappingDiff): string[] {
  if (companies.length === 0) return [];
  return [
    "Legal entities",
    ...companies.flatMap(({ from, to, count, examples }) => [
      `  ${from} → ${to}: ${records(count)}`,
      ...examples.map(({ file, line }) => `    ${file}:${line}`),
    ]),
  ];
}

function fieldText({ fields }: MappingDiff, columns: number): string[] {
  if (fields.length === 0) return [];
  const table = textTable(
    [
      { title: "field", align: "left" },
      { title: "changed", align: "right" },
      { title: "newly filled", align: "right" },
      { title: "newly empty", align: "right" },
      { title: "", align: "left" },
    ],
    fields.map(({ field, changed, newlyFilled, newlyEmpty, only }) => [
      field,
      formatCount(changed),
      formatCount(newlyFilled),
      formatCount(newlyEmpty),
      only === undefined ? "" : `only in the ${only} mapping`,
    ]),
  );
  return [
    "Fields of the records that both package",
    table,
    ...fields.flatMap((field) => fieldExamples(field, columns)),
  ];
}

function fieldExamples(
  { field, changed, newlyFilled, newlyEmpty, examples }: FieldChange,
  columns: number,
): string[] {
  if (examples.length === 0) return [];
  const count = changed + newlyFilled + newlyEmpty;
  const title =
    count > examples.length ? `${field}, the first ${examples.length} of ${formatCount(count)}` : field;
  return [
    "",
    title,
    ...examples.flatMap(({ file, line, from, to }) =>
      hanging(`  ${file}:${line}  ${shownValue(from)} → ${shownValue(to)}`, columns),
    ),
  ];
}

function fateExample({ file, line, from, to }: ChangeExample, columns: number): string[] {
  return hanging(`  ${file}:${line}  ${from} → ${to}`, columns - 2);
}

function hanging(text: string, columns: number): string[] {
  const [first = "", ...rest] = wrapped(text, columns - 4);
  return [first, ...rest.map((line) => `      ${line}`)];
}

function samePlace(a: ChangeExample, b: ChangeExample): boolean {
  return a.file === b.file && a.line === b.line;
}

function records(count: number): string {
  return count === 1 ? "1 record" : `${formatCount(count)} records`;
}
