import type { LintedPackage, LintFinding } from "../package/lint/lint-finding.ts";
import type { LintRule, LintSeverity } from "../package/lint/lint-rule.ts";
import { formatCount, formatSize } from "./number-text.ts";

/** Findings of one rule in one file of a package that are shown; the rest is counted. --json has them all. */
const maxShown = 5;

/** The judgement over one package, for a person. */
export function lintText({ file, sizeBytes, readable, entities, findings }: LintedPackage): string {
  const size = readable ? ` (${formatSize(sizeBytes)})` : "";
  const lines = [`${file}${size}: ${countsText(findings)}`];
  for (const { label, file: dataFile, format, records } of entities) {
    const count =
      records === undefined
        ? "not counted"
        : `${formatCount(records)} ${records === 1 ? "record" : "records"}`;
    lines.push(`  ${label === "" ? "(no name)" : label} ← ${dataFile} (${format}), ${count}`);
  }
  for (const group of groups(findings)) {
    for (const finding of group.slice(0, maxShown)) lines.push("", ...findingLines(finding));
    const rest = group.length - maxShown;
    if (rest > 0)
      lines.push("", `  … and ${rest} more of ${group[0]?.rule ?? ""} in the same file; --json lists them.`);
  }
  return `${lines.join("\n")}\n\n`;
}

/** Findings of the same rule in the same file of the zip, in the order in which they come. */
function groups(findings: readonly LintFinding[]): LintFinding[][] {
  return [...Map.groupBy(findings, ({ rule, place }) => `${rule}\0${place.entry ?? ""}`).values()];
}

function findingLines(finding: LintFinding): string[] {
  const { severity, rule, message, fix, place, count, moreLines } = finding;
  const where = placeText(place);
  const lines = [`  ${severity}  ${rule}${where === "" ? "" : `  ${where}`}`, `    ${message}`];
  if (count > 1) {
    const more =
      moreLines.length === 0
        ? ""
        : `, also on line${moreLines.length === 1 ? "" : "s"} ${moreLines.join(", ")}`;
    const open = count > moreLines.length + 1 && moreLines.length > 0 ? " …" : "";
    lines.push(`    ${formatCount(count)} times${more}${open}.`);
  }
  lines.push(`    Fix: ${fix}`);
  return lines;
}

/** One finding in lines, not indented: rule and place, what is wrong, how often, what to do. */
export function findingText(finding: LintFinding): string {
  return findingLines(finding)
    .map((line) => line.slice(2))
    .join("\n");
}

/** `Customers V3.csv:12, entity Customers V3, field NAME`, as far as known. */
export function placeText({ entry, line, column, entity, field }: LintFinding["place"]): string {
  const position = [entry, line, column].filter((part) => part !== undefined).join(":");
  const of = entity === undefined || entity === "" ? "" : `entity ${entity}`;
  return [position, of, field === undefined ? "" : `field ${field}`].filter((part) => part !== "").join(", ");
}

/** One rule, for a person. */
export function ruleText(id: string, { severity, title, why, fix, evidence }: LintRule): string {
  return `${id} (${severity})\n  ${title}\n  Why: ${why}\n  Fix: ${fix}\n  Evidence: ${evidence}.\n`;
}

/** What came out of all packages together; the last line is the command to type next, where there is one. */
export function verdictText(packages: readonly LintedPackage[], next: string | undefined): string {
  const all = packages.flatMap(({ findings }) => findings);
  const which = packages.length === 1 ? "1 package" : `${packages.length} packages`;
  const lines = [`${which} judged: ${countsText(all)}.`];
  if (next !== undefined) lines.push(`Next: ${next}`);
  return `${lines.join("\n")}\n`;
}

function countsText(findings: readonly LintFinding[]): string {
  const severities: readonly LintSeverity[] = ["error", "warning", "note"];
  const parts = severities.flatMap((wanted) => {
    const count = findings.filter(({ severity }) => severity === wanted).length;
    return count === 0 ? [] : [`${count} ${wanted}${count === 1 ? "" : "s"}`];
  });
  return parts.length === 0 ? "nothing found" : parts.join(", ");
}
