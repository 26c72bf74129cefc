import { settledText, type PreparedResubmission } from "./prepare-resubmission.ts";

/** What is loaded again, and what was done to corrected files, in lines for people and for the log. */
export function resubmissionLines(prepared: PreparedResubmission): string[] {
  const { root, records, changed, changesByColumn, dependents, parents, duplicates, settled } = prepared;
  const { corrections } = prepared;
  const lines = [`resubmission of run ${root}: ${many(records, "record")}, ${changed} of them corrected`];
  if (changesByColumn.size > 0) {
    lines.push(
      `corrected: ${[...changesByColumn].map(([column, values]) => `${column} ${values}`).join(", ")}`,
    );
  }
  for (const { column, harm, values } of corrections?.repaired ?? []) {
    lines.push(`put back as it was: ${column}, ${many(values, "value")} (${harm})`);
  }
  if (dependents > 0)
    lines.push(`taken along: ${many(dependents, "record")}, rejected only because of what they refer to`);
  if (parents > 0) lines.push(`taken along: ${many(parents, "record")} in which others are nested`);
  if (corrections !== undefined && corrections.leftOut > 0) {
    lines.push(`left out: ${many(corrections.leftOut, "record")}, no longer in the corrected file`);
  }
  if (duplicates > 0)
    lines.push(`left out: ${many(duplicates, "record")}, still with the key of another record`);
  for (const { run, outcome, records: done } of settled)
    lines.push(`left out: ${settledText(run, outcome, done)}`);
  return [...lines, ...doubts(prepared)];
}

function doubts({ corrections, asNoted, notSearched, notChecked }: PreparedResubmission): string[] {
  const ignored = corrections?.ignored ?? [];
  return [
    ...(ignored.length === 0 ? [] : [`not looked at, being no columns of the source: ${ignored.join(", ")}`]),
    ...(asNoted.length === 0
      ? []
      : [`changed since the load, so that records are taken as they were then: ${asNoted.join(", ")}`]),
    ...(notSearched.length === 0
      ? []
      : [
          `changed since the load, so that what records are nested in cannot be found: ${notSearched.join(", ")}`,
        ]),
    ...(notChecked.length === 0
      ? []
      : [
          `packages were removed, so that nobody knows whether they have corrected keys: those of run ${notChecked.join(", ")}`,
        ]),
  ];
}

function many(number: number, what: string): string {
  return number === 1 ? `1 ${what}` : `${number} ${what}s`;
}
