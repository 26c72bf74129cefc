import type { DatabaseSync } from "node:sqlite";
import { compileFilter, type Filter } from "./odata-filter.ts";
import { expansions, type Expansion } from "./odata-expand.ts";
import { property, queryRefused, type ODataRecord, type ODataSet, type SqlFragment } from "./odata-set.ts";
import { comparable } from "./odata-value.ts";

/** What a client may ask of a set. */
export interface ODataQuery {
  readonly where: SqlFragment | undefined;
  readonly orderBy: readonly { readonly value: SqlFragment; readonly descending: boolean }[];
  /** Names of the properties to return, in the set's own order. */
  readonly select: readonly string[];
  readonly selected: boolean;
  readonly expand: readonly Expansion[];
  readonly top: number;
  readonly skip: number;
  readonly count: boolean;
}

export interface QueryContext {
  readonly set: ODataSet;
  readonly sets: ReadonlyMap<string, ODataSet>;
  /** Only rows of this company are asked for; undefined: of all. */
  readonly company: string | undefined;
}

const known = new Set(["$filter", "$orderby", "$select", "$expand", "$top", "$skip", "$count", "$format"]);

/**
 * Reads the query options. Those that start with `$` and are not in Microsoft's documentation of OData in F&O are
 * refused; others (`cross-company`) are somebody else's. Throws ActionRefused.
 */
export function readQuery({ set, sets, company }: QueryContext, query: URLSearchParams): ODataQuery {
  for (const name of query.keys()) {
    if (name.startsWith("$") && !known.has(name)) {
      throw queryRefused(`The query parameter '${name}' is not supported.`);
    }
    if (query.getAll(name).length > 1 && name.startsWith("$")) {
      throw queryRefused(
        `Query option '${name}' was specified more than once, but it must be specified at most once.`,
      );
    }
  }
  const filter = query.get("$filter");
  const expand = query.get("$expand");
  const select = query.get("$select");
  const names = select === null ? undefined : listed(set, select);
  return {
    where: filter === null ? undefined : withLookup(set, compileFilter(filter, set), company),
    orderBy: readOrder(set, query.get("$orderby")),
    select: names ?? [...set.properties.keys()],
    selected: names !== undefined,
    expand: expand === null ? [] : expansions(set, expand, sets),
    top: count(query, "$top") ?? Number.POSITIVE_INFINITY,
    skip: count(query, "$skip") ?? 0,
    count: readCount(query),
  };
}

/** Reads the rows of one page. */
export function readRows(
  database: DatabaseSync,
  set: ODataSet,
  options: {
    readonly company: string | undefined;
    readonly where?: SqlFragment | undefined;
    readonly orderBy?: ODataQuery["orderBy"];
    readonly limit: number;
    readonly offset?: number;
  },
): readonly ODataRecord[] {
  const source = set.source(options.company);
  const orderBy = options.orderBy ?? [];
  const order = [
    ...orderBy.map(({ value, descending }) => `${value.text} ${descending ? "DESC" : "ASC"}`),
    set.order,
  ];
  const sql = `SELECT ${set.select} ${source.text}${and(options.where)} ORDER BY ${order.join(", ")} LIMIT ? OFFSET ?`;
  return database
    .prepare(sql)
    .all(
      ...source.parameters,
      ...(options.where?.parameters ?? []),
      ...orderBy.flatMap(({ value }) => value.parameters),
      options.limit,
      options.offset ?? 0,
    )
    .map((row) => set.record(row));
}

/** How many rows fit. */
export function countRows(
  database: DatabaseSync,
  set: ODataSet,
  company: string | undefined,
  where: SqlFragment | undefined,
): number {
  const source = set.source(company);
  const sql = `SELECT count(*) AS number ${source.text}${and(where)}`;
  return database.prepare(sql).get(...source.parameters, ...(where?.parameters ?? []))?.["number"] as number;
}

/**
 * Clients look for a record by a filter on its key before they create it: such a filter finds it as quickly as the
 * key itself does.
 */
function withLookup(set: ODataSet, filter: Filter, company: string | undefined): SqlFragment {
  const { text, parameters, equal } = filter;
  const values = set.keys.map((name) => equal.get(name) ?? (name === "dataAreaId" ? company : undefined));
  const given = values.filter((value) => value !== undefined);
  if (set.lookup === undefined || given.length < values.length) return filter;
  const lookup = set.lookup(given);
  return {
    text: `${lookup.text} AND ${text}`,
    parameters: [...lookup.parameters, ...parameters],
  };
}

function and(where: SqlFragment | undefined): string {
  return where === undefined ? "" : ` AND ${where.text}`;
}

function readOrder(set: ODataSet, text: string | null): ODataQuery["orderBy"] {
  if (text === null || text.trim() === "") return [];
  const parts = text.split(",");
  if (parts.length > 30) throw queryRefused("The $orderby names too many properties.");
  return parts.map((part) => {
    const [name = "", direction = "asc", ...more] = part.trim().split(/\s+/);
    if (!["asc", "desc"].includes(direction) || more.length > 0) {
      throw queryRefused(`Syntax error in the $orderby '${part.trim()}'.`);
    }
    return { value: comparable(property(set, name)), descending: direction === "desc" };
  });
}

/** Names of a $select, each checked; undefined for all. */
export function listed(set: ODataSet, text: string): readonly string[] | undefined {
  const names = new Set(text.split(",").map((name) => name.trim()));
  if (names.has("*") || text.trim() === "") return undefined;
  const properties = [...names].filter((name) => !set.navigations.has(name));
  for (const name of properties) property(set, name);
  return [...set.properties.keys()].filter((name) => names.has(name));
}

function count(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  if (!/^\d{1,9}$/.test(text)) {
    throw queryRefused(
      `Invalid value '${text}' for ${name} query option found. It must be a non-negative integer.`,
    );
  }
  return Number(text);
}

function readCount(query: URLSearchParams): boolean {
  const text = query.get("$count");
  if (text !== null && text !== "true" && text !== "false") {
    throw queryRefused(
      `Invalid value '${text}' for $count query option found. Valid values are 'true' and 'false'.`,
    );
  }
  return text === "true";
}
