import type { EntitySchema } from "../../entity/entity-schema.ts";
import type { ColumnProfile } from "../../source/column-profile.ts";
import { normalCompany } from "../legal-entity.ts";
import { knownColumn } from "./column-synonyms.ts";
import { columnText, pipe, quotedText } from "./expression-writing.ts";

/**
 * Stands for a legal entity a person has to say. It has the form of one, so the mapping compiles, and no
 * environment lists it under `writes`, so nothing can be sent with it.
 */
export const unknownCompany = "XXXX";

/** What `legalEntity` of a proposed mapping says. */
export interface ProposedLegalEntity {
  /** Undefined: the project's default legal entity is taken. */
  readonly expression?: string;
  /** The column it is taken from. */
  readonly column?: string;
  /** Why, in plain words. */
  readonly reason: string;
  /** Whether legal entities have to be filled in. */
  readonly open: boolean;
}

/** More companies than this are not one map any more. */
const mostCompanies = 20;

/**
 * Where the company of a record comes from: a column that is called like one, else the project's default; for a
 * shared entity, whose records belong to all legal entities, the latter at once. Values
 * that are legal entities of the project's environments are taken as they are; others get a map to fill in.
 */
export function proposeLegalEntity(options: {
  readonly schema: Pick<EntitySchema, "scope">;
  readonly profiles: readonly ColumnProfile[];
  readonly defaultLegalEntity?: string;
  readonly writableCompanies?: readonly string[];
}): ProposedLegalEntity {
  const { defaultLegalEntity } = options;
  const shared = options.schema.scope === "shared";
  const found = shared ? undefined : companyColumn(options.profiles);
  if (found === undefined) {
    const why = shared
      ? "these records belong to all legal entities, yet an import runs in one"
      : "no column names a company";
    if (defaultLegalEntity !== undefined) {
      return { reason: `${why}: the project's default, ${defaultLegalEntity}`, open: false };
    }
    return {
      expression: unknownCompany,
      reason: `${why}: write the legal entity instead of ${unknownCompany}`,
      open: true,
    };
  }
  const { profile, called } = found;
  const column = columnText(profile.name) ?? profile.name;
  const values = profile.examples.map(({ value }) => value.trim()).sort();
  const companies = new Set(options.writableCompanies ?? []);
  const own = { column: profile.name, open: false };
  if (values.length > 0 && values.every((value) => companies.has(normalCompany(value) ?? ""))) {
    return {
      ...own,
      expression: asExpression(column),
      reason: `${called} holds the legal entities themselves`,
    };
  }
  const [only] = values;
  const choice = companies.size === 0 ? "" : ` (${[...companies].join(", ")})`;
  if (profile.distinct.count === 1 && only !== undefined && defaultLegalEntity !== undefined) {
    const expression = pipe(column, [`map(${quotedText(only)} -> ${defaultLegalEntity})`]);
    return {
      ...own,
      expression,
      reason: `${called} is ${quotedText(only)} everywhere: the project's default`,
    };
  }
  const counts = [...profile.examples].map(
    ({ value, count }) => `${quotedText(value.trim())} in ${count.toLocaleString("en-US")} records`,
  );
  const entries = values.map((value) => `${quotedText(value)} -> ${unknownCompany}`);
  // Of values that are hardly repeated, the profile shows a few only.
  if (profile.distinct.count > values.length) entries.push(`* -> ${unknownCompany}`);
  return {
    column: profile.name,
    expression: pipe(column, [`map(${entries.join(", ")})`]),
    reason: `${called} holds ${counts.join(", ")}: write the legal entity${choice} of each instead of ${unknownCompany}`,
    open: true,
  };
}

function companyColumn(
  profiles: readonly ColumnProfile[],
): { readonly profile: ColumnProfile; readonly called: string } | undefined {
  for (const profile of profiles) {
    const known = knownColumn(profile.name);
    if (known?.name !== "company") continue;
    if (profile.filled < profile.records * 0.9 || profile.distinct.count > mostCompanies) continue;
    return { profile, called: known.called ?? profile.name };
  }
  return undefined;
}

/** One to four letters alone would be the company itself. */
function asExpression(column: string): string {
  return /^[\p{L}\p{N}]{1,4}$/u.test(column) ? pipe(column, ["trim"]) : column;
}
