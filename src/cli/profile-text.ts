import {
  columnRemarks,
  distinctInWords,
  kindInWords,
  lengthInWords,
  timesInWords,
} from "../rejection/profile-words.ts";
import type { ColumnProfile } from "../source/column-profile.ts";
import type { SourceProfile } from "../source/source-profile.ts";
import { formatCount } from "./number-text.ts";
import { textTable, type TextColumn } from "./text-table.ts";

const titles: readonly TextColumn[] = [
  { title: "column", align: "left" },
  { title: "filled", align: "right" },
  { title: "holds", align: "left" },
  { title: "different", align: "right" },
  { title: "characters", align: "right" },
  { title: "least", align: "left" },
  { title: "greatest", align: "left" },
  { title: "most frequent", align: "left" },
  { title: "shape", align: "left" },
];
const widestCell = 24;

/**
 * The profile of one source as a table of plain text, with what is worth a look below it. Titles that do not fit
 * into a line of `columns` characters are left off from the right: profile.json and the report have all.
 */
export function profileText(profile: SourceProfile, columns: number): string {
  const { file, records, unreadable, sampled, entities } = profile;
  const unread = unreadable === 0 ? "" : `, ${formatCount(unreadable)} of them unreadable`;
  const looked = sampled === undefined ? "" : `, ${formatCount(sampled)} of them looked at`;
  const rows = profile.columns.map(cells);
  const shown = fitting(rows, columns);
  const table = textTable(
    titles.slice(0, shown),
    rows.map((row) => row.slice(0, shown)),
  );
  const remarks = profile.columns.flatMap((column) =>
    columnRemarks(column).map((remark) => `  ${printable(column.name)}: ${remark}`),
  );
  return [
    `${file} (${formatCount(records)} records${unread}${looked}; ${entities.join(", ")})`,
    table,
    ...(remarks.length === 0 ? [] : ["", "Worth a look:", ...remarks]),
  ].join("\n");
}

function cells(column: ColumnProfile): readonly string[] {
  const { name, filled, records, least = "", greatest = "", examples, examplesShortBy, patterns } = column;
  const [example] = examples;
  const times = example === undefined ? "" : timesInWords(example.count, examplesShortBy);
  // A value that is hardly ever repeated is no frequent one.
  const frequent = example === undefined || times === "" ? "" : `${cut(example.value, 14)} ${times}`;
  return [
    cut(name, widestCell),
    filled === records ? "all" : formatCount(filled),
    kindInWords(column),
    filled === 0 ? "" : distinctInWords(column).replace(/^.*, all different$/, "all"),
    lengthInWords(column).replace(" to ", "–"),
    cut(least, 16),
    cut(greatest, 16),
    frequent,
    cut(patterns[0]?.pattern ?? "", widestCell),
  ];
}

function fitting(rows: readonly (readonly string[])[], columns: number): number {
  let width = 0;
  for (const [index, { title }] of titles.entries()) {
    width += Math.max(title.length, ...rows.map((row) => (row[index] ?? "").length)) + (index === 0 ? 0 : 2);
    if (width > columns) return Math.max(3, index);
  }
  return titles.length;
}

function cut(text: string, length: number): string {
  const clean = printable(text);
  return clean.length <= length ? clean : `${clean.slice(0, length - 1)}…`;
}

/** A value may hold what moves the cursor of a terminal: such characters are shown by their pictures. */
function printable(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, (character) => {
    const code = character.charCodeAt(0);
    return code < 0x20 ? String.fromCharCode(0x2400 + code) : code === 0x7f ? "\u2421" : "\uFFFD";
  });
}
