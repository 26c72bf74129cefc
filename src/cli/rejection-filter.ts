import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import { didYouMean } from "../errors/suggestion.ts";
import { ownerOf, unassigned, type Stewardship } from "../project/stewards.ts";
import type { Rejection } from "../rejection/rejection.ts";

/** Which rejections to show; all that are given must fit. */
export interface RejectionFilter {
  readonly entity?: string;
  readonly company?: string;
  readonly stage?: string;
  readonly code?: string;
  /** As project.yaml names the owner. */
  readonly owner?: string;
  /** Only what is not known since earlier runs: new, back again, or rejected for another reason than before. */
  readonly new?: true;
}

/** Whether a rejection is one of those asked for; `stewardship` says whose it is. */
export function fitsFilter(rejection: Rejection, filter: RejectionFilter, stewardship: Stewardship): boolean {
  const same = (wanted: string | undefined, value: string): boolean =>
    wanted === undefined || wanted.toLowerCase() === value.toLowerCase();
  return (
    same(filter.entity, rejection.entity) &&
    same(filter.company, rejection.legalEntity ?? "") &&
    same(filter.stage, rejection.stage) &&
    (filter.new === undefined || rejection.history?.standing !== "known") &&
    (filter.owner === undefined || same(filter.owner, ownerOf(rejection, stewardship))) &&
    (filter.code === undefined || rejection.reasons.some((reason) => same(filter.code, reason.code)))
  );
}

/** Throws DMFP-USAGE for an owner that project.yaml does not name. */
export function demandOwner({ owner }: RejectionFilter, { stewards }: Stewardship): void {
  if (owner === undefined) return;
  const owners = [...stewards.map((steward) => steward.owner), unassigned];
  if (owners.some((known) => known.toLowerCase() === owner.toLowerCase())) return;
  throw new DmfpipeError("DMFP-USAGE", `project.yaml names no owner ${owner}.${didYouMean(owner, owners)}`, {
    next: `Use one of: ${owners.join(", ")}.`,
  });
}

/** The filter in words, `Vendors V2, DEMF`; undefined where it lets everything through. */
export function filterWords({
  entity,
  company,
  stage,
  code,
  owner,
  ...others
}: RejectionFilter): string | undefined {
  const fresh = others.new === true ? "not known before" : undefined;
  const given = [owner, entity, company, stage, code, fresh].filter((part) => part !== undefined);
  return given.length === 0 ? undefined : given.join(", ");
}
