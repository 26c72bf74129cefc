/** An object's type without the members that are undefined: they are absent instead. */
export type Defined<T> = {
  [Name in keyof T as undefined extends T[Name] ? never : Name]: T[Name];
} & {
  [Name in keyof T as undefined extends T[Name] ? Name : never]?: Exclude<T[Name], undefined>;
};

/** A copy of `value` in which what is undefined is absent, so that two equal schemas are equal as JSON too. */
export function withoutUndefined<T extends object>(value: T): Defined<T> {
  const entries = Object.entries(value).filter(([, member]) => member !== undefined);
  // Object.fromEntries knows nothing of the names; they are those of T.
  return Object.fromEntries(entries) as Defined<T>;
}
