import { ActionRefused } from "./action-refused.ts";
import { jsonAnswer, type SandboxAnswer } from "./http-exchange.ts";
import { compileFilter, type ODataRow } from "./odata-filter.ts";

/** F&O's greatest page. Source: Microsoft's documentation of OData in F&O. */
const pageRows = 10_000;

export interface ODataSet {
  readonly base: string;
  readonly name: string;
  readonly columns: ReadonlySet<string>;
  readonly rows: Iterable<ODataRow>;
}

/**
 * Answers a read of an entity set: $filter, $select, $orderby, $top, $skip and $count, pages of 10,000 rows with a
 * nextLink. Throws ActionRefused for a query it does not understand.
 */
export function answerQuery(set: ODataSet, query: URLSearchParams): SandboxAnswer {
  const filter = query.get("$filter");
  const test = filter === null ? undefined : compileFilter(filter, set.columns);
  let rows = [...set.rows].filter((row) => test?.(row) ?? true);
  const total = rows.length;
  const order = query.get("$orderby");
  if (order !== null) rows = sortRows(rows, order, set.columns);
  const skip = count(query, "$skip") ?? 0;
  const top = count(query, "$top") ?? Number.POSITIVE_INFINITY;
  const page = rows.slice(skip, skip + Math.min(top, pageRows));
  const more = top > pageRows && total > skip + pageRows;
  return jsonAnswer(200, {
    "@odata.context": `${set.base}/data/$metadata#${set.name}`,
    ...(query.get("$count") === "true" ? { "@odata.count": total } : {}),
    value: select(page, query.get("$select"), set.columns),
    ...(more
      ? { "@odata.nextLink": nextLink(set, query, { skip: skip + pageRows, top: top - pageRows }) }
      : {}),
  });
}

function sortRows(rows: readonly ODataRow[], order: string, columns: ReadonlySet<string>): ODataRow[] {
  const keys = order.split(",").map((part) => {
    const [column = "", direction = "asc"] = part.trim().split(/\s+/);
    requireColumn(column, columns);
    return { column, sign: direction === "desc" ? -1 : 1 };
  });
  return rows.toSorted((a, b) => {
    for (const { column, sign } of keys) {
      const [left, right] = [a[column] ?? "", b[column] ?? ""];
      if (left !== right) return left < right ? -sign : sign;
    }
    return 0;
  });
}

function select(
  rows: readonly ODataRow[],
  list: string | null,
  columns: ReadonlySet<string>,
): readonly ODataRow[] {
  if (list === null || list.trim() === "" || list.trim() === "*") return rows;
  const names = list.split(",").map((name) => name.trim());
  for (const name of names) requireColumn(name, columns);
  return rows.map((row) => Object.fromEntries(names.map((name) => [name, row[name] ?? null])));
}

function requireColumn(name: string, columns: ReadonlySet<string>): void {
  if (columns.has(name)) return;
  throw new ActionRefused(`Could not find a property named '${name}'.`, {
    type: "Microsoft.OData.ODataException",
  });
}

function count(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  if (!/^\d{1,9}$/.test(text)) {
    throw new ActionRefused(`Invalid value '${text}' for ${name}.`, {
      type: "Microsoft.OData.ODataException",
    });
  }
  return Number(text);
}

function nextLink(set: ODataSet, query: URLSearchParams, page: { skip: number; top: number }): string {
  const next = new URLSearchParams(query);
  next.set("$skip", String(page.skip));
  if (Number.isFinite(page.top)) next.set("$top", String(page.top));
  return `${set.base}/data/${set.name}?${next.toString()}`;
}
