import type { LedgerPackage, PartCounts } from "../ledger/ledger-rows.ts";
import type { MoveDetails } from "../ledger/ledger.ts";
import type { PackageState } from "../ledger/package-state.ts";
import type { OpenPackage } from "./open-package.ts";

/** Records a step of a package and returns how it stands then. */
export type Move = (pack: LedgerPackage, to: PackageState, why: string, set?: MoveDetails) => LedgerPackage;

/**
 * Ends a package that F&O has, or may have had, with what F&O counted. Which records it refused is not asked any more:
 * of what is not in F&O's counts, all is unprocessed.
 */
export function settlePackage(open: OpenPackage, move: Move): LedgerPackage {
  if (open.kind === "never taken") return neverTaken(open.pack, move);
  const { status, details } = open;
  const said = status === undefined ? "F&O does not know the execution any more" : `F&O says ${status}`;
  let { pack } = open;
  if (pack.state === "importing") pack = move(pack, "in doubt", "given up before F&O answered");
  if (pack.state === "in doubt") pack = move(pack, "executing", "F&O knows the execution id");
  if (pack.state === "executing") {
    pack = move(pack, "collecting", said, status === undefined ? {} : { environmentStatus: status });
  }
  const counts = pack.parts.map(({ entity, records }): PartCounts => {
    const detail = details.find((candidate) => sameLabel(candidate.entity, entity));
    const { staged = 0, created = 0, updated = 0 } = detail ?? {};
    const unprocessed = Math.max(0, records - created - updated);
    return { staged, created, updated, rejectedStaging: 0, rejectedTarget: 0, unprocessed };
  });
  const loaded = counts.reduce((sum, { created, updated }) => sum + created + updated, 0);
  const message = `The load was given up; ${said}. Which records it refused was not asked any more.`;
  return move(pack, loaded > 0 ? "done" : "failed", message, { counts, message });
}

/** Ends a package that was not sent. */
export function leaveOut(pack: LedgerPackage, move: Move): LedgerPackage {
  const message = "Not sent: the load was given up.";
  // One that was uploaded: nobody will import that blob, and it ends by itself.
  const built = pack.state === "uploaded" ? move(pack, "built", message) : pack;
  return move(built, "unprocessed", message, { message });
}

function neverTaken(pack: LedgerPackage, move: Move): LedgerPackage {
  const message = "The load was given up; F&O never took this package.";
  const doubtful = pack.state === "importing" ? move(pack, "in doubt", message) : pack;
  const counts = pack.parts.map(({ records }): PartCounts => ({
    staged: 0,
    created: 0,
    updated: 0,
    rejectedStaging: 0,
    rejectedTarget: 0,
    unprocessed: records,
  }));
  return move(doubtful, "failed", message, { counts, message });
}

function sameLabel(a: string, b: string): boolean {
  return a.trim().toLowerCase() === b.trim().toLowerCase();
}
