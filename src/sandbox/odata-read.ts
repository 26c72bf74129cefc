import type { DatabaseSync } from "node:sqlite";
import { jsonAnswer, type SandboxAnswer } from "./http-exchange.ts";
import { odataErrorAnswer } from "./odata-answer.ts";
import { relatedRecords } from "./odata-expand.ts";
import { countRows, listed, readQuery, readRows, type ODataQuery } from "./odata-query.ts";
import { rowRenderer, type JsonMember } from "./odata-render.ts";
import type { ODataRecord, ODataSet } from "./odata-set.ts";
import type { SandboxSettings } from "./sandbox-settings.ts";

export interface ReadContext {
  readonly base: string;
  readonly database: DatabaseSync;
  readonly set: ODataSet;
  readonly sets: ReadonlyMap<string, ODataSet>;
  /** Only rows of this company; undefined for those of all (`cross-company=true`). */
  readonly company: string | undefined;
  readonly settings: SandboxSettings;
}

/**
 * A read of a set, in pages of at most `odataPageRows` rows, each with a link to the next one. Source: Microsoft's
 * documentation of OData in F&O; that the link goes on by $skip is an assumption. Throws ActionRefused for a query
 * it does not understand.
 */
export function answerRows(context: ReadContext, parameters: URLSearchParams): SandboxAnswer {
  const { database, set, company, settings } = context;
  const query = readQuery(context, parameters);
  const { where, orderBy, skip, top } = query;
  const limit = Math.min(top, settings.odataPageRows);
  const goesOn = top > settings.odataPageRows;
  // One more than the page holds tells whether there is a next one.
  const read = readRows(database, set, {
    ...{ company, where, orderBy, offset: skip },
    limit: goesOn ? limit + 1 : limit,
  });
  const records = read.slice(0, limit);
  const count = query.count ? countRows(database, set, company, where) : undefined;
  const next =
    read.length > limit ? nextLink(context, parameters, { skip: skip + limit, top: top - limit }) : undefined;
  const members = [
    `"@odata.context":${JSON.stringify(contextUrl(context, query))}`,
    ...(count === undefined ? [] : [`"@odata.count":${count}`]),
    `"value":[${rowsJson(context, query, records).join(",")}]`,
    ...(next === undefined ? [] : [`"@odata.nextLink":${JSON.stringify(next)}`]),
  ];
  return { ...jsonAnswer(200, null), body: `{${members.join(",")}}` };
}

/** One entity, or 404. */
export function answerEntity(
  context: ReadContext,
  parameters: URLSearchParams,
  record: ODataRecord | undefined,
): SandboxAnswer {
  const query = readQuery(context, parameters);
  // Assumption: the text is that of Microsoft's OData library.
  if (record === undefined) {
    return odataErrorAnswer(404, `Resource not found for the segment '${context.set.name}'.`);
  }
  const [json = "{}"] = rowsJson(context, query, [record]);
  const url = JSON.stringify(`${contextUrl(context, query)}/$entity`);
  return { ...jsonAnswer(200, null), body: `{"@odata.context":${url},${json.slice(1)}` };
}

/** The number of rows as plain text. Observed: it begins with the byte order mark of UTF-8. */
export function answerRowCount(context: ReadContext, parameters: URLSearchParams): SandboxAnswer {
  const { database, set, company } = context;
  const { where } = readQuery(context, parameters);
  const body = `\ufeff${countRows(database, set, company, where)}`;
  return { status: 200, headers: { "content-type": "text/plain; charset=utf-8" }, body };
}

function rowsJson(context: ReadContext, query: ODataQuery, records: readonly ODataRecord[]): string[] {
  const { database, set, company } = context;
  const expanded = query.expand.map((expansion) => {
    const { navigation, target } = expansion;
    const select = expansion.select === undefined ? undefined : listed(target, expansion.select);
    const render = rowRenderer(target, select);
    const related = relatedRecords(database, { set, records, expansion, company });
    return (record: ODataRecord): JsonMember => {
      const found = related(record).map((each) => render(each));
      return [navigation.name, navigation.many ? `[${found.join(",")}]` : (found[0] ?? "null")];
    };
  });
  const render = rowRenderer(set, query.select);
  return records.map((record) =>
    render(
      record,
      expanded.map((expand) => expand(record)),
    ),
  );
}

/** Observed: properties that were asked for stand in brackets, expanded ones with their own. */
function contextUrl({ base, set }: ReadContext, query: ODataQuery): string {
  const expanded = query.expand.map(
    ({ navigation, select }) => `${navigation.name}(${select?.trim() ?? ""})`,
  );
  const names = query.selected ? [...query.select, ...expanded] : expanded;
  return `${base}/data/$metadata#${set.name}${names.length === 0 ? "" : `(${names.join(",")})`}`;
}

function nextLink(
  { base, set }: ReadContext,
  query: URLSearchParams,
  page: { readonly skip: number; readonly top: number },
): string {
  const next = new URLSearchParams(query);
  next.set("$skip", String(page.skip));
  if (Number.isFinite(page.top)) next.set("$top", String(page.top));
  return `${base}/data/${set.name}?${next.toString()}`;
}
