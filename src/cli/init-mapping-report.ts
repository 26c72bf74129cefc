import type { SourceProposal } from "../load/schema/propose-from-source.ts";
import type { ProposedField } from "../mapping/propose/proposed-field.ts";
import { commandLine, type CommandContext } from "./command-context.ts";
import { formatCount } from "./number-text.ts";
import { textTable } from "./text-table.ts";

/** Where a proposal went. */
export interface WrittenMapping {
  /** Relative to the root; undefined where it was printed only. */
  readonly file?: string;
  /** As project.yaml lists it. */
  readonly entry?: string;
  readonly listed: boolean;
}

/** The lines at the top of a proposed mapping: how it came about, and what to do with it. */
export function proposalHead({ settings, read, more }: SourceProposal): readonly string[] {
  const records = more ? `the first ${counted(read, "record")}` : counted(read, "record");
  return [
    `Proposed by dmfpipe init mapping from ${settings.file} (${records}).`,
    "The number behind a line says how sure it is, from 0 to 1. Go through every line before you load.",
  ];
}

/** Tells what was proposed, what is left to do, and which command comes next. */
export function reportProposal(
  context: CommandContext,
  found: SourceProposal,
  written: WrittenMapping,
): void {
  if (context.options.json === true) {
    context.print(`${JSON.stringify(asJson(found, written), null, 2)}\n`);
    return;
  }
  for (const note of warnings(found)) context.tell(`${note}\n`);
  if (context.options.quiet === true || written.file === undefined) return;
  context.print(`${overview(found, written.file)}\n`);
  const { entry, listed } = written;
  if (!listed && entry !== undefined) {
    context.tell(`Add it to entities in project.yaml (or give --add the next time):\n  - ${entry}\n`);
  }
  const open = leftToDo(found);
  if (open.length > 0) context.tell(`To be settled in ${written.file}: ${open.join(", ")}.\n`);
  context.tell(`Next: ${commandLine("check", context.variables)}\n`);
}

function overview({ proposal, read, more, settings }: SourceProposal, file: string): string {
  const rows = proposal.fields.map((field) => [
    field.field,
    field.expression ?? "",
    field.state === "missing" ? "" : field.confidence.toFixed(2),
    field.state,
    field.reason,
  ]);
  const table = textTable(
    [
      { title: "field", align: "left" },
      { title: "from", align: "left" },
      { title: "sure", align: "right" },
      { title: "state", align: "left" },
      { title: "why", align: "left" },
    ],
    rows.map((row) => row.map((cell) => (cell.length > 48 ? `${cell.slice(0, 47)}…` : cell))),
  );
  const { unused } = proposal;
  const names = unused.map(({ profile }) => profile.name).join(", ");
  const rest =
    unused.length === 0 ? "Every column was used." : `${counted(unused.length, "column")} not used: ${names}`;
  const records = `${more ? "the first " : ""}${counted(read, "record")}`;
  return `${file}: ${proposal.entity} from ${settings.file} (${records})\n\n${table}\n\n${rest}`;
}

function warnings({ notes, unreadable, read, more, settings }: SourceProposal): readonly string[] {
  return [
    ...notes,
    ...(unreadable > 0
      ? [
          `${counted(unreadable, "record")} of ${settings.file} cannot be read; dmfpipe check says which and why.`,
        ]
      : []),
    ...(more ? [`Only the first ${counted(read, "record")} were looked at; --records takes more.`] : []),
    ...(read === 0
      ? [`${settings.file} has no records: the proposal goes by the names of the columns alone.`]
      : []),
  ];
}

function leftToDo({ proposal }: SourceProposal): readonly string[] {
  const states = (state: ProposedField["state"]): number =>
    proposal.fields.filter((field) => field.state === state).length;
  const [missing, open, doubtful] = [states("missing"), states("open"), states("doubtful")];
  return [
    ...(proposal.legalEntity.open ? ["the legal entity"] : []),
    ...(missing > 0 ? [`${counted(missing, "field")} F&O wants filled in`] : []),
    ...(open > 0 ? [`${counted(open, "field")} whose values need a meaning`] : []),
    ...(doubtful > 0 ? [counted(doubtful, "doubtful line")] : []),
  ];
}

function asJson(found: SourceProposal, written: WrittenMapping): unknown {
  const { proposal, settings, read, unreadable, more, notes } = found;
  const { entity, legalEntity, where, fields, unused, remainingFields } = proposal;
  return {
    entity,
    file: written.file,
    listed: written.listed,
    source: settings,
    records: { read, unreadable, more },
    legalEntity,
    where,
    fields,
    unusedColumns: unused.map(({ profile, meaning }) => ({
      column: profile.name,
      meaning,
      records: profile.records,
      filled: profile.filled,
      examples: profile.examples.slice(0, 5).map(({ value }) => value),
    })),
    remainingFields,
    notes,
  };
}

function counted(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? "" : "s"}`;
}
