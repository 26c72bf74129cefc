import { crc32 } from "node:zlib";
import { property, type ODataRecord, type ODataSet } from "./odata-set.ts";
import { valueJson, valueLiteral } from "./odata-value.ts";

/** A member of an object as JSON: a name and a value. */
export type JsonMember = readonly [name: string, json: string];

/**
 * Makes the function that writes a row as JSON: its etag, the properties asked for, and what was expanded. Observed
 * in answers of real environments: the etag comes first and comes always.
 */
export function rowRenderer(
  set: ODataSet,
  names: Iterable<string> = set.properties.keys(),
): (record: ODataRecord, expanded?: readonly JsonMember[]) => string {
  const columns = [...names].map((name) => ({
    prefix: `,${JSON.stringify(name)}:`,
    column: property(set, name),
    // Most values of a wide entity were never set.
    nothing: valueJson(property(set, name), {}),
  }));
  return (record, expanded = []) => {
    let json = `{"@odata.etag":${JSON.stringify(etag(set, record))}`;
    for (const { prefix, column, nothing } of columns) {
      json += prefix + ((record[column.column] ?? "") === "" ? nothing : valueJson(column, record));
    }
    for (const [name, value] of expanded) json += `,${JSON.stringify(name)}:${value}`;
    return `${json}}`;
  };
}

/**
 * Changes whenever a stored value does. The real one holds record versions and ids between quotes, in base64; here
 * they are check sums.
 */
export function etag(set: ODataSet, record: ODataRecord): string {
  const sums = `'${crc32(JSON.stringify(record))},${crc32(entityAddress(set, record))}'`;
  return `W/"${Buffer.from(sums).toString("base64")}"`;
}

/** The address of a row below `/data/`: `VendorsV2(dataAreaId='usmf',VendorAccountNumber='1')`. */
export function entityAddress(set: ODataSet, record: ODataRecord): string {
  const key = set.keys.map((name) => `${name}=${valueLiteral(property(set, name), record)}`);
  return `${set.name}(${key.join(",")})`;
}
