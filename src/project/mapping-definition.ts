import type { SourceFormat } from "./source-format.ts";

/** A scalar of a YAML file and where its first character stands (1-based), so that an error can point at it. */
export interface Located<T> {
  readonly value: T;
  readonly line: number;
  readonly column: number;
}

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
  /** Name → source column whose numbers are added up and shown in summary.json. */
  readonly controlTotals: ReadonlyMap<string, Located<string>>;
}
