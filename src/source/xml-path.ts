import { DmfpipeError } from "../errors/dmfpipe-error.ts";

/** One step down to a child element. */
export interface ElementStep {
  /** Local name. */
  readonly name: string;
  /** Which of several siblings of that name is meant, 1-based, or all; undefined: there must be only one. */
  readonly index?: number | "all";
}

/** A path from the record element to a value. */
export interface FieldPath {
  readonly elements: readonly ElementStep[];
  /** Local name of the attribute; undefined: the text of the last element. */
  readonly attribute?: string;
}

const elementStep = /^([^[\]@]+)(?:\[([1-9]\d*|\*)\])?$/u;

/** A name without its namespace prefix. */
export function localName(name: string): string {
  const colon = name.indexOf(":");
  return colon === -1 ? name : name.slice(colon + 1);
}

/**
 * Reads a field path relative to the record element: `Name`, `Address/City`, `Address/@type`, `Phone[2]/@kind`,
 * `Phone[*]` for all of several elements, `@id`, or `.` for the text of the record element itself. Throws
 * DMFP-MAPPING-COLUMN when it is none.
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
    const [, , index] = parts;
    elements.push(index === undefined ? { name } : { name, index: index === "*" ? "all" : Number(index) });
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

/** The path of the rows inside a record: `Lines/Line`. Throws DMFP-MAPPING-INVALID when it is none. */
export function rowPath(path: string): readonly string[] {
  const steps = path.split("/").map(localName);
  if (!steps.some((step) => step === "" || /[@[\].]/.test(step))) return steps;
  throw new DmfpipeError("DMFP-MAPPING-INVALID", `${path} is no path of rows inside a record.`, {
    next: "Write source.rows like Lines/Line, from the record element down to the one that is repeated.",
  });
}

/**
 * A path that leads up from a row, as a path from the record element: with rows at `Lines/Line`, `../@id` is the
 * attribute of Lines and `../../@id` that of the record. Undefined for a path that does not lead up. Throws
 * DMFP-MAPPING-COLUMN for one that leads above the record.
 */
export function pathAboveRow(path: string, rows: readonly string[]): string | undefined {
  const steps = path.split("/");
  let up = 0;
  while (steps[up] === "..") up++;
  if (up === 0) return undefined;
  const rest = steps.slice(up);
  if (up <= rows.length && rest.length > 0) return [...rows.slice(0, rows.length - up), ...rest].join("/");
  throw new DmfpipeError(
    "DMFP-MAPPING-COLUMN",
    `The mapping reads the path ${path} of an XML source, which leads above the record element.`,
    {
      next: `From a row at ${rows.join("/")}, ${"../".repeat(rows.length)}@id is an attribute of the record.`,
    },
  );
}

/** Whether the open elements, outermost first, are exactly those of a record path. */
export function isAtRecord(open: readonly string[], record: readonly string[]): boolean {
  if (open.length !== record.length) return false;
  for (let at = open.length - 1; at >= 0; at--) {
    if (record[at] !== "*" && record[at] !== open[at]) return false;
  }
  return true;
}
