import { forecast, type LaneAhead, type PackageAhead } from "./forecast.ts";
import type { LedgerLane } from "../ledger/ledger-lanes.ts";
import { expectedMs } from "../ledger/import-times.ts";
import { sumOf, type LedgerPackage, type LedgerRun } from "../ledger/ledger-rows.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { isFinal } from "../ledger/package-state.ts";

/**
 * When a run that another process makes will be over, as far as the ledger alone tells: in milliseconds since 1970-01-01
 * UTC. Undefined while the time of any package cannot be told, and where nothing is left.
 *
 * @param sideBySide how many packages F&O works on at a time
 */
export function runEndsAt(
  ledger: Ledger,
  run: LedgerRun,
  { sideBySide, now }: { readonly sideBySide: number; readonly now: number },
): number | undefined {
  // More packages will come, and nobody knows how many.
  if (run.phase === "building") return undefined;
  const begun = new Map<string, number>();
  for (const { key, state, at } of ledger.moves.since(run.id, 0)) {
    if (state === "importing") begun.set(key, Date.parse(at));
  }
  const times = ledger.times.latest(run.environment);
  const own = times.filter((time) => time.run === run.id);
  const known = ledger.lanes.of(run.id);
  const lanes = new Map<string, PackageAhead[]>();
  for (const [lane, packages] of packagesByLane(ledger.packages(run.id), known)) {
    const ahead: PackageAhead[] = [];
    for (const pack of packages) {
      if (isFinal(pack.state)) continue;
      const records = sumOf(pack, "records");
      const { pass, key } = pack;
      const timed = {
        entities: pack.parts.map(({ entity }) => entity),
        ...(pass === undefined ? {} : { pass }),
        records,
      };
      const expected = expectedMs(timed, own) ?? expectedMs(timed, times);
      if (expected === undefined) return undefined;
      const begunAt = begun.get(key);
      ahead.push({ expectedMs: expected, records, ...(begunAt === undefined ? {} : { begunAt }) });
    }
    if (ahead.length > 0) lanes.set(lane, ahead);
  }
  if (lanes.size === 0) return undefined;
  return forecast({ lanes: lanesAhead(lanes, known), sideBySide, now }).endsAt;
}

/** The packages of each lane, by its first one. Where nobody wrote lanes down, those of a data project are one. */
function packagesByLane(
  packages: readonly LedgerPackage[],
  known: readonly LedgerLane[],
): ReadonlyMap<string, readonly LedgerPackage[]> {
  const firsts = new Set(known.map(({ firstPackage }) => firstPackage));
  const latest = new Map<string, string>();
  const lanes = new Map<string, LedgerPackage[]>();
  for (const pack of packages) {
    const { key, dataProject } = pack;
    const lane = firsts.has(key) ? key : (latest.get(dataProject) ?? key);
    latest.set(dataProject, lane);
    const others = lanes.get(lane);
    if (others === undefined) lanes.set(lane, [pack]);
    else others.push(pack);
  }
  return lanes;
}

/** The lanes that are not over, with the indexes of those among them that each waits for. */
function lanesAhead(
  packages: ReadonlyMap<string, readonly PackageAhead[]>,
  known: readonly LedgerLane[],
): LaneAhead[] {
  const order = [...packages.keys()];
  const waits = new Map(known.map(({ firstPackage, waitsFor }) => [firstPackage, waitsFor]));
  return [...packages].map(([lane, ahead]) => ({
    packages: ahead,
    waitsFor: (waits.get(lane) ?? [])
      .filter((name) => name !== lane)
      .map((name) => order.indexOf(name))
      .filter((index) => index >= 0),
  }));
}
