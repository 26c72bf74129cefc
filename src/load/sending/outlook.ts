import { forecast, type LaneAhead, type PackageAhead } from "./forecast.ts";
import type { LedgerLane } from "../ledger/ledger-lanes.ts";
import { expectedMs } from "../ledger/import-times.ts";
import { sumOf, type LedgerRun } from "../ledger/ledger-rows.ts";
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
  const lanes = new Map<string, PackageAhead[]>();
  for (const pack of ledger.packages(run.id)) {
    if (isFinal(pack.state)) continue;
    const records = sumOf(pack, "records");
    const { pass, dataProject, key } = pack;
    const timed = {
      entities: pack.parts.map(({ entity }) => entity),
      ...(pass === undefined ? {} : { pass }),
      records,
    };
    const expected = expectedMs(timed, own) ?? expectedMs(timed, times);
    if (expected === undefined) return undefined;
    const lane = lanes.get(dataProject) ?? [];
    const begunAt = begun.get(key);
    lane.push({ expectedMs: expected, records, ...(begunAt === undefined ? {} : { begunAt }) });
    lanes.set(dataProject, lane);
  }
  if (lanes.size === 0) return undefined;
  return forecast({ lanes: lanesAhead(lanes, ledger.lanes.of(run.id)), sideBySide, now }).endsAt;
}

/** The lanes that are not over, with the indexes of those among them that each waits for. */
function lanesAhead(
  packages: ReadonlyMap<string, readonly PackageAhead[]>,
  known: readonly LedgerLane[],
): LaneAhead[] {
  const order = [...packages.keys()];
  const waits = new Map(known.map(({ dataProject, waitsFor }) => [dataProject, waitsFor]));
  return [...packages].map(([dataProject, ahead]) => ({
    packages: ahead,
    waitsFor: (waits.get(dataProject) ?? [])
      .filter((name) => name !== dataProject)
      .map((name) => order.indexOf(name))
      .filter((index) => index >= 0),
  }));
}
