/** The source record as a module of the project sees it: column → value. */
export type ModuleRecord = Readonly<Record<string, string>>;

/**
 * A function of one of the project's own modules, as `module("./steps/iban.ts", "checkIban")` names it. It gets
 * the value and the source record, and gives the new value, or `{ reject: "why" }` for a record that cannot be
 * taken. Whatever else it gives, and whatever it throws, rejects the record too.
 */
export type StepFunction = (value: string, record: ModuleRecord) => unknown;

/** The name under which a function of a module is handed to the compiler. */
export function stepFunctionKey(modulePath: string, functionName: string): string {
  return `${modulePath}#${functionName}`;
}
