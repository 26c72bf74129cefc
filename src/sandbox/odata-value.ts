import type { ODataProperty, ODataRecord, ODataType, SqlFragment } from "./odata-set.ts";
import { canonicalValue } from "./record-key.ts";

/** A date that was never set. Observed in answers of real environments. */
export const emptyDate = "1900-01-01T00:00:00Z";
const emptyGuid = "00000000-0000-0000-0000-000000000000";

/** Name of the SQL function that gives a text in the form in which F&O's collation compares it. */
export const textFunction = "odata_text";

/** What textFunction does: blanks at the ends and case do not matter. */
export function comparableText(value: unknown): string {
  return canonicalValue(typeof value === "string" || typeof value === "number" ? String(value) : "");
}

/**
 * The value of a property in the form in which values of its type are compared and ordered. F&O has no null: an
 * empty text, 0, the first member of an enum and 1900-01-01 stand for "nothing".
 */
export function comparable(property: ODataProperty): SqlFragment {
  const { text, parameters } = property.value;
  const { type } = property;
  switch (type.kind) {
    case "string":
      return type.indexed === true ? property.value : { text: `${textFunction}(${text})`, parameters };
    case "guid":
      return { text: `${textFunction}(${text})`, parameters };
    case "decimal":
    case "int32":
    case "int64":
      return { text: `CAST(coalesce(${text}, '') AS NUMERIC)`, parameters };
    case "datetime":
      return { text: `coalesce(nullif(${text}, ''), '${emptyDate}')`, parameters };
    case "enum":
      return {
        text: `coalesce(nullif(${text}, ''), ?)`,
        parameters: [...parameters, type.members[0] ?? ""],
      };
  }
}

/** A value of a record as text of the type's own form, "nothing" included. */
export function valueText(property: ODataProperty, record: ODataRecord): string {
  const value = record[property.column];
  const text = typeof value === "string" || typeof value === "number" ? String(value) : "";
  return text === "" ? emptyText(property.type) : text;
}

/** A value as JSON. Numbers keep all their digits. */
export function valueJson(property: ODataProperty, record: ODataRecord): string {
  const text = valueText(property, record);
  switch (property.type.kind) {
    case "decimal":
    case "int32":
    case "int64":
      return text === "0" ? text : numberJson(text);
    default:
      return JSON.stringify(text);
  }
}

/** A value as it stands in the address of an entity: `usmf` quoted, a number bare, an enum with its type. */
export function valueLiteral(property: ODataProperty, record: ODataRecord): string {
  const text = valueText(property, record);
  const quoted = `'${encodeURIComponent(text.replaceAll("'", "''")).replaceAll("'", "%27").replaceAll("%27%27", "''")}'`;
  switch (property.type.kind) {
    case "string":
      return quoted;
    case "enum":
      return `Microsoft.Dynamics.DataEntities.${property.type.name}${quoted}`;
    default:
      return encodeURIComponent(text);
  }
}

function emptyText(type: ODataType): string {
  switch (type.kind) {
    case "string":
      return "";
    case "guid":
      return emptyGuid;
    case "datetime":
      return emptyDate;
    case "enum":
      return type.members[0] ?? "";
    default:
      return "0";
  }
}

/** Staged numbers may have a plus, leading zeros or a bare point, which JSON does not have. */
function numberJson(text: string): string {
  const match = /^([+-]?)0*(\d*)(?:\.(\d*))?$/.exec(text.trim());
  if (match === null) return "0";
  const [, sign = "", whole = "", fraction = ""] = match;
  return `${sign === "-" ? "-" : ""}${whole === "" ? "0" : whole}${fraction === "" ? "" : `.${fraction}`}`;
}
