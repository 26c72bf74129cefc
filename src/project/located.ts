/** A scalar of a YAML file and where its first character stands (1-based), so that an error can point at it. */
export interface Located<T> {
  readonly value: T;
  readonly line: number;
  readonly column: number;
}
