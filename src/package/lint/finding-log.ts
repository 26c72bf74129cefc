import type { LintFinding, LintPlace } from "./lint-finding.ts";
import { lintRules, type LintRuleId } from "./rules/all-rules.ts";

export interface FindingDetails {
  readonly message: string;
  /** What to do, where it can be said more exactly than the rule does. */
  readonly fix?: string;
}

/** Lines that are remembered beside the first place of a problem. */
const maxMoreLines = 4;
/** Different problems of one rule in one file of the zip that are listed; what comes later is counted together. */
const maxProblems = 50;

interface Problem {
  readonly rule: LintRuleId;
  readonly place: LintPlace;
  readonly message: string;
  readonly fix: string;
  count: number;
  readonly moreLines: number[];
}

/**
 * Collects the findings of one package. Problems of the same rule at the same file, entity and field are one
 * finding with a count, so that a file with a million bad lines gives one of them; memory does not grow with
 * the package.
 */
export class FindingLog {
  readonly #problems = new Map<string, Problem>();
  readonly #problemsOf = new Map<string, number>();

  /** Adds a problem. `message` is made only for the first of its kind: it may be costly. */
  add(rule: LintRuleId, place: LintPlace, details: () => FindingDetails): void {
    const group = `${rule}\0${place.entry ?? ""}`;
    const key = `${group}\0${place.entity ?? ""}\0${place.field ?? ""}`;
    const known = this.#problems.get(key);
    if (known !== undefined) {
      repeat(known, place);
      return;
    }
    const problems = this.#problemsOf.get(group) ?? 0;
    if (problems >= maxProblems) {
      this.#addOverflow(rule, group, place);
      return;
    }
    this.#problemsOf.set(group, problems + 1);
    const { message, fix } = details();
    this.#problems.set(key, {
      rule,
      place,
      message: printable(message),
      fix: fix ?? lintRules[rule].fix,
      count: 1,
      moreLines: [],
    });
  }

  /** Whether a problem of this rule was found, in the given file of the zip if one is named. */
  has(rule: LintRuleId, entry?: string): boolean {
    for (const problem of this.#problems.values()) {
      if (problem.rule === rule && (entry === undefined || problem.place.entry === entry)) return true;
    }
    return false;
  }

  /** What was found, by severity, then in the order of the rules and of the places. */
  findings(): LintFinding[] {
    const rank = new Map(Object.keys(lintRules).map((rule, index) => [rule, index]));
    const weight = { error: 0, warning: 1, note: 2 };
    return [...this.#problems.values()]
      .map((problem) => ({ ...problem, severity: lintRules[problem.rule].severity }))
      .sort(
        (a, b) =>
          weight[a.severity] - weight[b.severity] || (rank.get(a.rule) ?? 0) - (rank.get(b.rule) ?? 0),
      )
      .map(({ rule, severity, message, fix, place, count, moreLines }) => ({
        rule,
        severity,
        message,
        fix: printable(fix),
        place: printablePlace(place),
        count,
        moreLines,
      }));
  }

  #addOverflow(rule: LintRuleId, group: string, place: LintPlace): void {
    const known = this.#problems.get(group);
    if (known !== undefined) {
      repeat(known, place);
      return;
    }
    this.#problems.set(group, {
      rule,
      place: { entry: place.entry, line: place.line },
      message: `There are more than ${maxProblems} problems of this kind; the rest is only counted.`,
      fix: lintRules[rule].fix,
      count: 1,
      moreLines: [],
    });
  }
}

function repeat(problem: Problem, place: LintPlace): void {
  problem.count++;
  const { line } = place;
  if (line === undefined || problem.moreLines.length >= maxMoreLines) return;
  if (line !== problem.place.line && line !== problem.moreLines.at(-1)) problem.moreLines.push(line);
}

/** Foreign packages may hold anything: control characters and turns of writing direction must not reach a terminal. */
export function printable(text: string): string {
  return text.toWellFormed().replace(/[\u0000-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069]+/g, "·");
}

function printablePlace(place: LintPlace): LintPlace {
  const { entry, entity, field } = place;
  return {
    ...place,
    ...(entry === undefined ? {} : { entry: printable(entry) }),
    ...(entity === undefined ? {} : { entity: printable(entity) }),
    ...(field === undefined ? {} : { field: printable(field) }),
  };
}

/** A text of a package as it stands in a message: cut to 60 characters. */
export function excerpt(text: string): string {
  return text.length <= 60 ? text : `${text.slice(0, 57)}…`;
}
