/**
 * `error`: the import fails, loads nothing or loads something else than the package holds. `warning`: it depends on
 * the environment or on what was meant. `note`: worth knowing, nothing to be done.
 */
export type LintSeverity = "error" | "warning" | "note";

/**
 * How sure a rule is. `documented`: Microsoft's documentation says so. `observed`: somebody saw it on a live
 * environment or with Microsoft's own assemblies. `inferred`: it follows from how F&O reads packages.
 */
export type LintEvidence = "documented" | "observed" | "inferred";

/** What a package may do wrong. `docs/lint.md` is rendered from these. */
export interface LintRule {
  readonly severity: LintSeverity;
  /** One short sentence in plain words. */
  readonly title: string;
  /** Why it matters: what F&O does about it, in its own words where they are known. */
  readonly why: string;
  readonly fix: string;
  readonly evidence: LintEvidence;
}
