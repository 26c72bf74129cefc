import { z } from "zod";
import type { EntitySchema } from "../entity/entity-schema.ts";
import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import type { ODataClient } from "./odata-client.ts";

const page = z.object({
  value: z.array(z.record(z.string(), z.unknown())),
  "@odata.nextLink": z.string().optional(),
});

/** The key of one record in an environment. */
export interface EntityKey {
  /** Company code in upper case; "" for a shared entity. */
  readonly legalEntity: string;
  /** In key order. */
  readonly key: readonly string[];
}

/**
 * The keys of all records of an entity, in all companies, page by page: F&O answers with 10,000 rows at most and a
 * link to the next ones (Microsoft's documentation of OData in F&O). Throws DMFP-HTTP-REFUSED for an entity that is
 * not public, and what ODataClient throws.
 */
export async function* entityKeys(
  odata: ODataClient,
  options: { readonly base: string; readonly environment: string; readonly schema: EntitySchema },
): AsyncGenerator<readonly EntityKey[]> {
  const { base, environment, schema } = options;
  const names = schema.keys.map((key) => schema.fields.get(key)?.odataName ?? key);
  const company = schema.scope === "company";
  const select = [...(company ? ["dataAreaId"] : []), ...names].join(",");
  let path: string | undefined = `${schema.odataCollection ?? ""}?$select=${select}&cross-company=true`;
  while (path !== undefined) {
    const result = await odata.call({
      method: "GET",
      path,
      purpose: `Reading the keys of ${schema.label}`,
      effect: "repeatable",
      timeoutMs: 10 * 60_000,
    });
    if (!result.ok) {
      throw new DmfpipeError(
        "DMFP-HTTP-REFUSED",
        `Reading the keys of ${schema.label}: ${result.refusal.message}`,
        {
          at: { environment },
        },
      );
    }
    const parsed = page.safeParse(result.body);
    if (!parsed.success) {
      throw new DmfpipeError(
        "DMFP-HTTP-ANSWER",
        `Reading the keys of ${schema.label}: no list of records came back.`,
        {
          at: { environment },
        },
      );
    }
    yield parsed.data.value.map((row) => ({
      legalEntity: company ? text(row["dataAreaId"]).toUpperCase() : "",
      key: names.map((name) => text(row[name])),
    }));
    path = nextPath(parsed.data["@odata.nextLink"], base, environment);
  }
}

/** The link is followed only within the environment: the token must not go elsewhere. */
function nextPath(link: string | undefined, base: string, environment: string): string | undefined {
  if (link === undefined) return undefined;
  const prefix = `${base}/data/`;
  if (link.startsWith(prefix)) return link.slice(prefix.length);
  throw new DmfpipeError("DMFP-HTTP-ANSWER", `The environment links to a page elsewhere: ${link}`, {
    at: { environment },
  });
}

function text(value: unknown): string {
  return typeof value === "string" ? value : typeof value === "number" ? String(value) : "";
}
