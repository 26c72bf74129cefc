import type { Located } from "./located.ts";
import type { PackageSettings } from "./package-settings.ts";
import type { RejectionBudget } from "./rejection-budget.ts";
import type { SourceFormat } from "./source-format.ts";

export interface FieldDefinition {
  /** Target field, upper case. */
  readonly name: Located<string>;
  /** The expression as written, for example `LIFNR | trim | padStart(10, "0")`. */
  readonly expression: Located<string>;
}

/** A second source whose records are found by a key, `join` in the mapping. */
export interface JoinDefinition {
  /** Its columns are written `name.COLUMN`. */
  readonly name: Located<string>;
  /** As MappingDefinition.sourceFile, but one file only. */
  readonly sourceFile: Located<string>;
  readonly sourceFormat: SourceFormat;
  /** Columns of the second source that make the key. */
  readonly key: readonly Located<string>[];
  /** Expressions over the first source, as many as there are key columns. */
  readonly on: readonly Located<string>[];
  /** What becomes of a record without a partner. */
  readonly missing: "reject" | "empty";
}

/** What is expected of a field, as written. */
export type ExpectationKind =
  | { readonly kind: "between"; readonly least?: Located<string>; readonly greatest?: Located<string> }
  | { readonly kind: "matches"; readonly pattern: Located<string> }
  | { readonly kind: "in"; readonly values: readonly Located<string>[] }
  | { readonly kind: "unique" }
  | { readonly kind: "compare"; readonly comparison: Located<string> }
  | { readonly kind: "filled" };

/** One entry under `expect`: checked for shape; its fields and values are not known to exist or to fit. */
export interface ExpectationDefinition {
  readonly fields: readonly Located<string>[];
  readonly expected: ExpectationKind;
  /** A condition over the source's columns. */
  readonly when?: Located<string>;
  /** The steward's own words. */
  readonly message?: string;
}

/** What the sender says of the extract as a whole, `declared` in the mapping. */
export interface DeclaredDefinition {
  /** A file with the numbers; `{name}` in it stands for the name of each source file, without its ending. */
  readonly file?: Located<string>;
  /** Number of records of all source files together. */
  readonly records?: Located<string>;
  /** Name of a control total → its sum. */
  readonly totals: ReadonlyMap<string, Located<string>>;
}

/** One mapping file as written: checked for shape, expressions not yet compiled. */
export interface MappingDefinition {
  /** Path of the file, relative to the project's root. */
  readonly file: string;
  /** DMF label of the target entity. */
  readonly entity: Located<string>;
  /** Source files, relative to the root or absolute inside a source root; a glob is resolved, in name order. */
  readonly sourceFile: Located<string>;
  readonly sourceFormat: SourceFormat;
  readonly joins: readonly JoinDefinition[];
  /** Absent for shared entities only: the environment's default legal entity is used. */
  readonly legalEntity?: Located<string>;
  readonly where?: Located<string>;
  readonly fields: readonly FieldDefinition[];
  /** DMF labels of entities that must be loaded before this one, beside those the catalogue knows. */
  readonly dependsOn: readonly Located<string>[];
  /** Target fields that are filled in a second pass; absent: there is none. */
  readonly twoPass?: readonly Located<string>[];
  /** Name → source column whose numbers are added up and shown in summary.json. */
  readonly controlTotals: ReadonlyMap<string, Located<string>>;
  readonly expectations: readonly ExpectationDefinition[];
  /** How many records of this entity may be rejected; absent: only the limit of the whole load counts. */
  readonly rejections?: RejectionBudget;
  readonly declared?: DeclaredDefinition;
  readonly package: PackageSettings;
}
