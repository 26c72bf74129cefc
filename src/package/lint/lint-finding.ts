import type { LintSeverity } from "./lint-rule.ts";
import type { LintRuleId } from "./rules/all-rules.ts";

/** Where in a package something is. */
export interface LintPlace {
  /** Name of the file inside the zip; absent for the zip as a whole. */
  readonly entry?: string | undefined;
  /** 1-based. */
  readonly line?: number | undefined;
  /** 1-based, in characters. */
  readonly column?: number | undefined;
  /** The entity's label. */
  readonly entity?: string | undefined;
  /** The member of the manifest, or the column of the data file. */
  readonly field?: string | undefined;
}

/** One problem of a package, however often it is there. */
export interface LintFinding {
  readonly rule: LintRuleId;
  readonly severity: LintSeverity;
  /** What is wrong, in plain words; of a repeated problem, the first one. */
  readonly message: string;
  readonly fix: string;
  /** The first place. */
  readonly place: LintPlace;
  /** How often the problem is there, the first place included. */
  readonly count: number;
  /** Lines of the next few places, where they have lines. */
  readonly moreLines: readonly number[];
}

/** What is known of one entity of a package. */
export interface LintedEntity {
  readonly label: string;
  readonly file: string;
  readonly format: string;
  /** Records of the data file; absent where they were not read or not to the end. */
  readonly records?: number;
}

/** The judgement over one package. */
export interface LintedPackage {
  /** The path as it was given. */
  readonly file: string;
  readonly sizeBytes: number;
  /** Whether there was a zip to be judged at all. */
  readonly readable: boolean;
  readonly entities: readonly LintedEntity[];
  readonly findings: readonly LintFinding[];
}
