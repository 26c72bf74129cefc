import { unquote } from "./delimited-extract.ts";
import type { Flaw, FlawSite, Row } from "./spoil.ts";

/** Flaws that look the same in several extracts. `kind` is what expected.json calls them. */

/** Filtered by the mapping's `where`: nothing is wrong with the record. */
export function leftOut(column: string, value: string): Flaw {
  return { stage: "filtered", kind: "left out by where", change: set(column, value) };
}

/** A name with the delimiter in it, written without the quotes it needs: one field too many. */
export function unquotedDelimiter(column: string, value: string): Flaw {
  return {
    stage: "source",
    kind: "too many fields",
    code: "DMFP-ROW-COLUMNS",
    change: set(column, value),
    mangle: (text) => unquote(text, value),
  };
}

/** A line break inside a value, written without quotes: two lines, both with too few fields. */
export function brokenLine(column: string, lineEnd: string): Flaw {
  const value = `z. Hd. Einkauf${lineEnd}Gebäude 7`;
  return {
    stage: "source",
    kind: "line cut in two",
    code: "DMFP-ROW-COLUMNS",
    pieces: 2,
    change: set(column, value),
    mangle: (text) => unquote(text, value),
  };
}

/** Quotes inside a quoted value that were not doubled. */
export function undoubledQuotes(column: string, value: string): Flaw {
  return {
    stage: "source",
    kind: "broken quote",
    code: "DMFP-ROW-QUOTE",
    change: set(column, value),
    mangle: (text) => text.replaceAll('""', '"'),
  };
}

export function strayByte(column: string, value: string): Flaw {
  return {
    stage: "source",
    kind: "byte that is no text",
    code: "DMFP-ROW-ENCODING",
    change: set(column, value),
  };
}

export function badDate(column: string, field: string, value: string): Flaw {
  return { stage: "mapping", kind: "bad date", code: "DMFP-MAP-DATE", field, change: set(column, value) };
}

export function badNumber(column: string, field: string, value: string): Flaw {
  return { stage: "mapping", kind: "bad number", code: "DMFP-MAP-NUMBER", field, change: set(column, value) };
}

export function unknownLookup(column: string, field: string, value: string): Flaw {
  return {
    stage: "mapping",
    kind: "value the lookup does not know",
    code: "DMFP-MAP-LOOKUP",
    field,
    change: set(column, value),
  };
}

export function unknownMapValue(column: string, field: string, value: string): Flaw {
  return {
    stage: "mapping",
    kind: "value the map step does not know",
    code: "DMFP-MAP-VALUE",
    field,
    change: set(column, value),
  };
}

/** A company the mapping's `map` does not know, or none at all. */
export function unknownCompany(column: string, value: string): Flaw {
  return {
    stage: "mapping",
    kind: "unknown company",
    code: value === "" ? "DMFP-MAP-COMPANY" : "DMFP-MAP-VALUE",
    field: "legalEntity",
    change: set(column, value),
  };
}

export function missing(column: string, field: string): Flaw {
  return {
    stage: "validation",
    kind: "missing mandatory value",
    code: "DMFP-VALUE-MISSING",
    field,
    change: set(column, ""),
  };
}

export function tooLong(column: string, field: string, value: string): Flaw {
  return {
    stage: "validation",
    kind: "too long",
    code: "DMFP-VALUE-LENGTH",
    field,
    change: set(column, value),
  };
}

export function unknownEnum(column: string, field: string, value: string): Flaw {
  return {
    stage: "validation",
    kind: "unknown enum value",
    code: "DMFP-VALUE-ENUM",
    field,
    change: set(column, value),
  };
}

export function noNumber(column: string, field: string, value: string): Flaw {
  return {
    stage: "validation",
    kind: "field wants a number",
    code: "DMFP-VALUE-NUMBER",
    field,
    change: set(column, value),
  };
}

export function noDate(column: string, field: string, value: string): Flaw {
  return {
    stage: "validation",
    kind: "field wants a date",
    code: "DMFP-VALUE-DATE",
    field,
    change: set(column, value),
  };
}

export function controlCharacter(column: string, field: string, value: string): Flaw {
  return {
    stage: "validation",
    kind: "control character",
    code: "DMFP-VALUE-CHARACTER",
    field,
    change: set(column, value),
  };
}

/** Repeats the key of an earlier record; `change` copies it, a little differently spelled. */
export function duplicate(change: (row: Row, earlier: Row, site: FlawSite) => void): Flaw {
  return {
    stage: "validation",
    kind: "duplicate key",
    code: "DMFP-KEY-DUPLICATE",
    change: (row, site) => {
      change(row, site.earlier(), site);
    },
  };
}

/** Longer than the environment's own field, which the catalogue does not know. */
export function longerThanEnvironment(column: string, field: string, value: string): Flaw {
  return {
    stage: "staging",
    kind: "longer than the environment's field",
    code: "DMFP-FNO-STAGING",
    field,
    change: set(column, value),
  };
}

export function unknownReference(column: string, field: string, value: string): Flaw {
  return {
    stage: "target",
    kind: "reference the environment does not know",
    code: "DMFP-FNO-REFERENCE",
    field,
    change: set(column, value),
  };
}

export function businessRule(column: string, field: string, value: string): Flaw {
  return { stage: "target", kind: "business rule", code: "DMFP-FNO-RULE", field, change: set(column, value) };
}

/** Empty, and mandatory for F&O only: its business logic wants it, the entity does not. */
export function wantedByTheEnvironment(column: string, field: string): Flaw {
  return {
    stage: "target",
    kind: "missing value only the environment wants",
    code: "DMFP-FNO-MANDATORY",
    field,
    change: set(column, ""),
  };
}

/** What becomes of a record that is fine itself but refers to one that was rejected. */
export function consequence(field: string): Omit<Flaw, "change"> {
  return {
    stage: "target",
    kind: "refers to a rejected record",
    code: "DMFP-FNO-REFERENCE",
    field,
  };
}

function set(column: string, value: string): (row: Row) => void {
  return (row) => {
    row[column] = value;
  };
}
