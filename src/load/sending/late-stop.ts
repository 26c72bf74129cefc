import { DmfpipeError } from "../../errors/dmfpipe-error.ts";
import type { LedgerPackage } from "../ledger/ledger-rows.ts";
import { standing } from "./environment-budget.ts";

/**
 * What stopped a load while it was read, with what of it had been sent by then: with `sending: whileBuilding` that
 * packages of earlier entities are in F&O has to be in the message, whatever the exit code is known for.
 */
export function lateStop(error: DmfpipeError, packages: readonly LedgerPackage[]): DmfpipeError {
  const sent = packages.filter(
    ({ state }) => state !== "built" && state !== "uploaded" && state !== "unprocessed",
  );
  const which = sent.length === 0 ? "No package was sent." : `Sent before: ${ranges(sent)}.`;
  const { code, message, at, next, cause } = error;
  return new DmfpipeError(code, `${message} ${which} ${standing(packages)}`, { at, next, cause });
}

/** What is said when a run was asked to stop and needs a moment for it: why, and how it can be had faster. */
export function stopText({ code, message }: DmfpipeError, graceSeconds: number): string {
  const faster = code === "DMFP-INTERRUPTED" ? " Once more ends it at once, and loses nothing either." : "";
  return `${message} It stops as soon as F&O has answered what was asked, in ${graceSeconds} seconds at the latest.${faster}`;
}

/** `001-groups-usmf-001, 002-vendors-usmf-001 to 007`: packages of a legal entity's entity are sent in their order. */
function ranges(packages: readonly LedgerPackage[]): string {
  const parts = new Map<string, string[]>();
  for (const { key } of packages) {
    const end = key.lastIndexOf("-");
    const name = key.slice(0, end);
    parts.set(name, [...(parts.get(name) ?? []), key.slice(end + 1)]);
  }
  return [...parts]
    .map(([name, numbers]) => {
      const [first = ""] = numbers;
      return numbers.length === 1 ? `${name}-${first}` : `${name}-${first} to ${numbers.at(-1) ?? ""}`;
    })
    .join(", ");
}
