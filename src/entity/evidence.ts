/**
 * Where a statement of the catalogue comes from. Only what can be doubted carries it: a type or a key without one was
 * read from the published metadata of F&O.
 *
 * - `documented`: Microsoft's documentation says so.
 * - `data model`: the Common Data Model says so.
 * - `table`: read from published table definitions of somebody's environment.
 * - `export`: read from a package that an environment exported.
 * - `template`: from a published list of the default templates, which agrees with an export where both speak.
 * - `inferred`: nobody says so; it follows from a name, or from how things are done.
 * - `environment`: `schema pull` read it from an environment.
 * - `override`: mappings/schema-overrides.yaml says so.
 */
export const evidenceWords = [
  "documented",
  "data model",
  "table",
  "export",
  "template",
  "inferred",
  "environment",
  "override",
] as const;

export type Evidence = (typeof evidenceWords)[number];

/** Evidence of what is said about one field. */
export interface FieldEvidence {
  readonly type?: Evidence;
  readonly size?: Evidence;
  readonly mandatory?: Evidence;
}

/** Evidence of what is said about an entity as a whole. */
export interface EntityEvidence {
  readonly keys?: Evidence;
  readonly scope?: Evidence;
  readonly singleThreaded?: Evidence;
  readonly templateSequence?: Evidence;
}
