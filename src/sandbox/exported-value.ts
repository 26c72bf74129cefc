import type { EntityField } from "../entity/entity-schema.ts";

/**
 * A stored value as F&O exports it: dates as `2011-01-31 00:00:00`, decimals with six places and no zero before the
 * point (more places where the number has them, up to 16), numbers and enumerations that were never set with their
 * type's zero, texts as they are. Source: 94,002 rows of a real export.
 */
export function exportedValue(
  field: EntityField | undefined,
  value: string,
  members: readonly string[],
): string {
  switch (field?.type) {
    case "datetime":
      return value.replace("T", " ").replace(/Z$/, "");
    case "decimal":
      return decimal(value);
    case "int32":
    case "int64":
      return value === "" ? "0" : value;
    case "enum":
      return value === "" ? (members[0] ?? "") : value;
    default:
      return value;
  }
}

function decimal(value: string): string {
  const [, sign = "", whole = "", places = ""] = /^([+-]?)0*(\d*)\.?(\d*)$/.exec(value.trim()) ?? [];
  const zero = whole === "" && /^0*$/.test(places);
  return `${sign === "-" && !zero ? "-" : ""}${whole}.${places.slice(0, 16).padEnd(6, "0")}`;
}
