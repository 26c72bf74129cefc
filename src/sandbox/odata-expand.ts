import type { DatabaseSync } from "node:sqlite";
import {
  namespace,
  property,
  queryRefused,
  type ODataNavigation,
  type ODataRecord,
  type ODataSet,
} from "./odata-set.ts";
import { comparable, comparableText, textFunction, valueText } from "./odata-value.ts";

/** One navigation to follow. */
export interface Expansion {
  readonly navigation: ODataNavigation;
  readonly target: ODataSet;
  /** Text of the $select inside the brackets. */
  readonly select: string | undefined;
}

const separator = "\u001f";

/**
 * Reads an $expand: names of navigations, each with at most a $select in brackets. Only the first level can be
 * expanded (Microsoft's documentation of OData in F&O). Throws ActionRefused.
 */
export function expansions(
  set: ODataSet,
  text: string,
  sets: ReadonlyMap<string, ODataSet>,
): readonly Expansion[] {
  const list: Expansion[] = [];
  const item = /\s*(\w+)\s*(?:\(([^()]*)\))?\s*(?:,|$)/y;
  while (item.lastIndex < text.length && list.length < 20) {
    const match = item.exec(text);
    if (match === null) throw queryRefused(`Syntax error in the $expand '${text}'.`);
    const [, name = "", options] = match;
    const navigation = set.navigations.get(name);
    const target = navigation === undefined ? undefined : sets.get(navigation.target);
    if (navigation === undefined || target === undefined) {
      throw queryRefused(`Could not find a property named '${name}' on type '${namespace}.${set.typeName}'.`);
    }
    list.push({ navigation, target, select: readSelect(options) });
  }
  return list;
}

function readSelect(options: string | undefined): string | undefined {
  if (options === undefined || options.trim() === "") return undefined;
  const select = /^\s*\$select\s*=([^;$]*)$/.exec(options)?.[1];
  if (select === undefined) {
    throw queryRefused(
      "Only the first level can be expanded, and $select is the only option of an expansion.",
    );
  }
  return select;
}

/**
 * Finds what an expansion leads to, for all records of a page with one pass over the target. The result gives the
 * related records of a record, in the target's order.
 */
export function relatedRecords(
  database: DatabaseSync,
  options: {
    readonly set: ODataSet;
    readonly records: readonly ODataRecord[];
    readonly expansion: Expansion;
    readonly company: string | undefined;
  },
): (record: ODataRecord) => readonly ODataRecord[] {
  const { set, records, expansion, company } = options;
  const { navigation, target } = expansion;
  const withCompany = set.byCompany && target.byCompany;
  const own = keyOf(set, navigation.properties, withCompany);
  const wanted = [...new Set(records.map(own).filter((key) => key !== undefined))];
  const parts = navigation.targetProperties.map((name) => comparable(property(target, name)));
  const source = target.source(company);
  const sql = `SELECT ${target.select} ${source.text} AND (${parts
    .map(({ text }) => `${textFunction}(${text})`)
    .join(" || char(31) || ")}) IN (SELECT value FROM json_each(?)) ORDER BY ${target.order}`;
  const values = wanted.map((key) => (withCompany ? key.slice(key.indexOf(separator) + 1) : key));
  const found = new Map<string, ODataRecord[]>();
  const theirs = keyOf(target, navigation.targetProperties, withCompany);
  const rows = database
    .prepare(sql)
    .iterate(
      ...source.parameters,
      ...parts.flatMap(({ parameters }) => parameters),
      JSON.stringify([...new Set(values)]),
    );
  for (const row of rows) {
    const record = target.record(row);
    const key = theirs(record);
    if (key === undefined) continue;
    const list = found.get(key);
    if (list === undefined) found.set(key, [record]);
    else list.push(record);
  }
  return (record) => found.get(own(record) ?? "") ?? [];
}

/** Where the records of both sides meet: company, if both have one, and values; undefined for an empty reference. */
function keyOf(
  set: ODataSet,
  names: readonly string[],
  withCompany: boolean,
): (record: ODataRecord) => string | undefined {
  const properties = names.map((name) => property(set, name));
  return (record) => {
    const values = properties.map((each) => comparableText(valueText(each, record)));
    if (values.includes("")) return undefined;
    return [...(withCompany ? [comparableText(record["dataAreaId"])] : []), ...values].join(separator);
  };
}
