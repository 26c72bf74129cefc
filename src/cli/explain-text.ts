import { isDeepStrictEqual } from "node:util";
import type { ExplainedJoin } from "../load/explain/explain-join.ts";
import type { ExplainedEntity, ExplainedField } from "../load/explain/explain-record.ts";
import type { RecordHistory, RecordInRun } from "../load/explain/record-history.ts";
import type { Trace } from "../mapping/trace.ts";
import { alignedLines, wrapped, type AlignedLine } from "./aligned-lines.ts";
import type { Reason } from "../errors/reason.ts";
import { formatCount } from "./number-text.ts";
import { isPlain, oneLine, shownParts, shownValue, traceLines } from "./trace-lines.ts";

/** The story of a record for one mapping, as text. `columns`: characters of a line, Infinity where nothing wraps. */
export function explainedText(
  explained: ExplainedEntity,
  history: RecordHistory,
  options: { readonly columns: number; readonly valuesShown: boolean },
): string {
  const { columns } = options;
  const runs = historyText(history, explained.reasons, columns);
  const sections = [
    [`${explained.entity} (${explained.mapping}): ${verdictWords(explained)}`],
    options.valuesShown ? ["", "As it was read", alignedLines(valueLines(explained), columns)] : [],
    explained.values.length === 0
      ? []
      : ["", "As it is mapped", alignedLines(mappedLines(explained), columns)],
    ["", ...problemText(explained, columns)],
    runs,
  ];
  return `${sections.flat().join("\n")}\n`;
}

/** Where a record stands: file, lines, number, bytes. */
export function placeText(explained: ExplainedEntity): string {
  const { position, lastLine, others } = explained;
  const lines = lastLine > position.line ? `lines ${position.line} to ${lastLine}` : `line ${position.line}`;
  const bytes = `${formatCount(position.byteLength)} bytes at ${formatCount(position.byteOffset)}`;
  const place = `${position.file}, ${lines}: record ${formatCount(position.record)}, ${bytes}`;
  if (others === 0) return place;
  const next = `${position.file}:#${position.record + 1}`;
  return `${place}\n${formatCount(others)} more ${others === 1 ? "record begins" : "records begin"} on this line; the next one is ${next}`;
}

/** A record of a second source, as text. */
export function joinText(explained: ExplainedJoin, columns: number): string {
  const { join, entity, mapping, file, line, lastLine, key, values, partners, partnersInAll } = explained;
  const lines = lastLine > line ? `lines ${line} to ${lastLine}` : `line ${line}`;
  const keyColumns = new Set(key.map(({ column }) => column));
  const shown = [
    ...key.map(({ column, value }) => ({ left: `${column} (key)`, right: shownValue(value), depth: 1 })),
    ...values
      .filter(({ column }) => !keyColumns.has(column))
      .map(({ column, value }) => ({ left: column, right: shownValue(value), depth: 1 })),
  ];
  const found =
    partnersInAll === 0
      ? ["No record of the mapping's source looks it up."]
      : [
          `${formatCount(partnersInAll)} ${partnersInAll === 1 ? "record looks" : "records look"} it up${partnersInAll > partners.length ? `; the first ${partners.length}` : ""}:`,
          ...partners.map((partner) => `  ${partner.file}:${partner.line}`),
        ];
  return `${[
    `${file}, ${lines}, is a record of the second source ${join} of ${entity} (${mapping}).`,
    alignedLines(shown, columns),
    ...found,
  ].join("\n")}\n`;
}

function verdictWords({ verdict, stage, reasons, legalEntity }: ExplainedEntity): string {
  switch (verdict) {
    case "packaged":
      return `mapped without a problem, for ${legalEntity.value ?? ""}`;
    case "filtered":
      return "is left out by the mapping's where";
    case "rejected": {
      const count = reasons.length === 1 ? "1 problem" : `${reasons.length} problems`;
      return `rejected (${stage ?? ""}), ${count}`;
    }
  }
}

function valueLines({ values, raw }: ExplainedEntity): AlignedLine[] {
  if (values.length === 0) return [{ left: "not readable", right: shownValue(raw), depth: 1 }];
  return values.map(({ column, value }) => ({ left: column, right: shownValue(value), depth: 1 }));
}

function mappedLines({ where, legalEntity, fields, further, verdict }: ExplainedEntity): AlignedLine[] {
  const lines: AlignedLine[] = [];
  if (where !== undefined) {
    const { output } = where.trace ?? {};
    const taken = output === undefined ? "" : output === false ? "false: left out" : "true: taken";
    lines.push(...partLines(`where ${oneLine(where.condition)}`, taken, where.trace));
  }
  const company = legalEntity.value ?? "";
  lines.push(...partLines("legal entity", company, legalEntity.trace, legalEntity.expression));
  if (verdict === "filtered") return lines;
  for (const field of fields) lines.push(...fieldLines(field));
  for (const { field, trace } of further) lines.push(...partLines(field, "", trace));
  return lines;
}

function fieldLines({ field, key, value, expression, trace }: ExplainedField): AlignedLine[] {
  return partLines(key ? `${field} (key)` : field, shownValue(value), trace, expression);
}

function partLines(left: string, right: string, trace: Trace | undefined, expression = ""): AlignedLine[] {
  const from = expression === "" ? "" : `  ← ${oneLine(expression)}`;
  if (trace === undefined || isPlain(trace)) return [{ left, right: `${right}${from}`, depth: 1 }];
  // The condition itself stands in the heading.
  const inner =
    trace.kind === "condition"
      ? shownParts(trace.parts).flatMap((part) => traceLines(part, 2))
      : traceLines(trace, 2);
  return [{ left, right, depth: 1 }, ...inner];
}

function problemText({ reasons, verdict }: ExplainedEntity, columns: number): string[] {
  if (verdict === "filtered") return ["Nothing further is looked at: the record is counted as filtered."];
  if (reasons.length === 0) {
    return wrapped(
      "No problem of its own. Other records are not looked at here: keys that come twice and references are what dmfpipe check finds.",
      columns,
    );
  }
  return ["Problems", ...reasons.flatMap((reason) => reasonText(reason, columns, "  "))];
}

function reasonText(reason: Reason, columns: number, indent: string): string[] {
  const about = reason.field === undefined ? "" : ` ${reason.field}`;
  const below = `${indent}  `;
  const lines = [
    ...wrapped(reason.message, columns - below.length),
    ...wrapped(reason.fix, columns - below.length),
  ];
  return [`${indent}${reason.code}${about}`, ...lines.map((line) => `${below}${line}`)];
}

function historyText(history: RecordHistory, now: readonly Reason[], columns: number): string[] {
  const { runs, runsLookedAt, runsPurged, runsInAll } = history;
  if (runsInAll === 0) return [];
  const notes = [
    ...(runsLookedAt < runsInAll
      ? [`the latest ${runsLookedAt} of ${formatCount(runsInAll)} were looked through`]
      : []),
    ...(runsPurged === 0 ? [] : [`${runsPurged} of them purged: what they left was removed`]),
  ];
  const of = notes.length === 0 ? "" : ` (${notes.join("; ")})`;
  if (runs.length === 0) return ["", `No earlier run rejected or packaged it${of}.`];
  return ["", `Earlier runs${of}`, ...runs.flatMap((run) => runText(run, now, columns))];
}

function runText(found: RecordInRun, now: readonly Reason[], columns: number): string[] {
  const { run, environment, startedAt, package: pack, rejection, resubmission, changed } = found;
  const command = `${found.command}${found.stagingOnly === true ? " --dry-run" : ""}`;
  const when = startedAt.slice(0, 16).replace("T", " ");
  const lines = [`  ${run}: ${command} into ${environment}, ${when} UTC`];
  if (changed) lines.push("    the record had another text or place then");
  if (resubmission !== undefined) lines.push(...resubmissionText(resubmission, columns));
  if (pack !== undefined) {
    const why = pack.message === undefined ? "" : `: ${pack.message}`;
    lines.push(`    row ${formatCount(pack.row)} of package ${pack.key}, ${pack.state}${why}`);
  }
  if (rejection === undefined && pack?.state === "done" && found.stagingOnly === true)
    return [...lines, "    staged, not loaded into the target"];
  if (rejection === undefined) return [...lines, ...outcomeText(found)];
  const same = isDeepStrictEqual(rejection.reasons, now);
  lines.push(`    rejected (${rejection.stage})${same ? " for the same reasons as above" : ""}`);
  if (same) return lines;
  return [...lines, ...rejection.reasons.flatMap((reason) => reasonText(reason, columns, "      "))];
}

/** Where the values of a record came from that was loaded again. */
function resubmissionText(
  { corrected, changes }: NonNullable<RecordInRun["resubmission"]>,
  columns: number,
): string[] {
  if (changes.length === 0) return ["    as it was rejected"];
  const where = corrected === undefined ? "" : ` in ${corrected.file}, row ${corrected.row}`;
  return [
    `    corrected${where}:`,
    alignedLines(
      changes.map(({ column, from, to }) => ({
        left: column,
        right: `${shownValue(from)} → ${shownValue(to)}`,
        depth: 3,
      })),
      columns,
    ),
  ];
}

/** What became of a record that the files of the run say nothing more of. */
function outcomeText({ outcome, reasonMarks = [] }: RecordInRun): string[] {
  switch (outcome) {
    case undefined:
      return [];
    case "rejected":
      return [`    rejected${reasonMarks.length === 0 ? "" : `: ${reasonMarks.join("; ")}`}`];
    case "pending":
      return ["    the run is not over"];
    case "loaded":
      return ["    loaded"];
    case "left out":
      return ["    left out by the mapping's where"];
    case "not processed":
      return ["    not processed"];
    case "not known":
      return ["    it is not known whether it was loaded"];
    default:
      return outcome satisfies never;
  }
}
