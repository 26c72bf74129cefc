import { DmfpipeError } from "../errors/dmfpipe-error.ts";

/** One step down to a child element. */
export interface ElementStep {
  /** Local name. */
  readonly name: string;
  /** Which of several siblings of that name is meant, 1-based; undefined: there must be only one. */
  readonly index?: number;
}

/** A path from the record element to a value. */
export interface FieldPath {
  readonly elements: readonly ElementStep[];
  /** Local name of the attribute; undefined: the text of the last element. */
  readonly attribute?: string;
}

const elementStep = /^([^[\]@]+)(?:\[([1-9]\d*)\])?$/u;

/** A name without its namespace prefix. */
export function localName(name: string): string {
  const colon = name.indexOf(":");
  return colon === -1 ? name : name.slice(colon + 1);
}

/**
 * Reads a field path relative to the record element: `Name`, `Address/City`, `Address/@type`, `Phone[2]/@kind`,
 * `@id`, or `.` for the text of the record element itself. Throws DMFP-MAPPING-COLUMN when it is none.
 */
export function fieldPath(path: string): FieldPath {
  if (path === ".") return { elements: [] };
  const steps = path.split("/");
  const elements: ElementStep[] = [];
  for (const [position, step] of steps.entries()) {
    if (step.startsWith("@") && step.length > 1 && position === steps.length - 1) {
      return { elements, attribute: localName(step.slice(1)) };
    }
    const parts = elementStep.exec(step);
    if (parts?.[1] === undefined) {
      throw new DmfpipeError(
        "DMFP-MAPPING-COLUMN",
        `The mapping reads the path ${path} of an XML source, and "${step}" in it is no step of a path.`,
        { next: "Write a path like Name, Address/City, Address/@type, Phone[2]/@kind, @id or a single dot." },
      );
    }
    const name = localName(parts[1]);
    elements.push(parts[2] === undefined ? { name } : { name, index: Number(parts[2]) });
  }
  return { elements };
}

/**
 * Reads the path of the record element: `/Customers/Customer`; `*` stands for any element of that level.
 * Throws DMFP-MAPPING-INVALID when it is none.
 */
export function recordPath(path: string): readonly string[] {
  const steps = (path.startsWith("/") ? path.slice(1) : path).split("/").map(localName);
  if (steps.some((step) => step === "" || /[@[\]]/.test(step))) {
    throw new DmfpipeError("DMFP-MAPPING-INVALID", `${path} is no path of a record element.`, {
      next: "Write source.record like /Customers/Customer, from the root of the file down to the record.",
    });
  }
  return steps;
}

/** Whether the open elements, outermost first, are exactly those of a record path. */
export function isAtRecord(open: readonly string[], record: readonly string[]): boolean {
  if (open.length !== record.length) return false;
  for (let at = open.length - 1; at >= 0; at--) {
    if (record[at] !== "*" && record[at] !== open[at]) return false;
  }
  return true;
}
