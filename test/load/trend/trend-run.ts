import path from "node:path";
import { onTestFinished } from "vitest";
import type { Stewardship } from "../../../src/project/stewards.ts";
import { reason } from "../../../src/errors/reason.ts";
import { Ledger } from "../../../src/load/ledger/ledger.ts";
import { RunFolder } from "../../../src/load/run-folder.ts";
import { RunTrend, type RunTrendOptions } from "../../../src/load/trend/run-trend.ts";
import { settleTrend } from "../../../src/load/trend/settle-trend.ts";
import type { Rejection } from "../../../src/rejection/rejection.ts";
import type { TrendSummary } from "../../../src/rejection/trend/trend-summary.ts";
import { entitySummary, vendorRejection } from "../../rejection/report-fixture.ts";
import { temporaryFolder } from "../temporary-folder.ts";

export const nobody: Stewardship = { file: "mappings/project.yaml", rules: [], stewards: [] };

/** A ledger in a folder of its own; each look at its clock is a day later. */
export function trendLedger(): { readonly root: string; readonly ledger: Ledger } {
  const root = temporaryFolder();
  let time = Date.parse("2026-11-01T08:00:00Z");
  const ledger = Ledger.open(path.join(root, ".dmfpipe", "ledger.db"), { now: () => (time += 43_200_000) });
  onTestFinished(() => {
    ledger.close();
  });
  return { root, ledger };
}

export interface RunOfTest {
  readonly id: string;
  readonly command?: string;
  readonly rejections: readonly Rejection[];
  /** Entities that were read; all that have a rejection are among them. */
  readonly read?: readonly string[];
  /** Records of each that F&O did not get to. */
  readonly unprocessed?: number;
  readonly stewardship?: Stewardship;
  readonly lookAgain?: RunTrendOptions["lookAgain"];
  readonly choices?: { readonly stagingOnly: true };
}

/** Makes a run with these rejections, up to where it is over but nothing of it is noted. */
export async function endedRun(
  { root, ledger }: { readonly root: string; readonly ledger: Ledger },
  run: RunOfTest,
): Promise<{ readonly rejections: readonly Rejection[]; readonly trend: TrendSummary }> {
  const { id, rejections, read = ["Vendors V2"], unprocessed = 0 } = run;
  ledger.startRun({
    ...{ id, command: run.command ?? "load", project: "p", environment: "uat" },
    ...{ fingerprint: "", fingerprintParts: "{}" },
    ...(run.choices === undefined ? {} : { choices: run.choices }),
  });
  ledger.finishBuild(id, [], []);
  const begun = ledger.run(id);
  if (begun === undefined) throw new Error("the run is not in the ledger");
  const compared = RunTrend.begin({
    trend: ledger.trend,
    folder: new RunFolder(root, id),
    stewardship: run.stewardship ?? nobody,
    keyColumnsOf: () => ["LIFNR"],
    run: begun,
    planned: read,
    entities: read.map((entity) => entitySummary({ entity, legalEntity: "DEMF", unprocessed })),
    packages: [],
    ...(run.lookAgain === undefined ? {} : { lookAgain: run.lookAgain }),
  });
  if (compared === undefined) throw new Error("the run is part of no series");
  const noted = rejections.map((rejection) => compared.note(rejection));
  const trend = await compared.close();
  const end = { status: "finished with rejections", exitCode: 4, resumable: false };
  ledger.endRun(id, { ...end, trend: { series: compared.series, summary: trend } });
  return { rejections: noted, trend };
}

/** The same, noted. */
export async function notedRun(
  scene: { readonly root: string; readonly ledger: Ledger },
  run: RunOfTest,
): Promise<Awaited<ReturnType<typeof endedRun>>> {
  const ended = await endedRun(scene, run);
  await settleTrend(scene.ledger, scene.root);
  return ended;
}

/** A vendor whose name is missing. */
export function nameless(number: number, changes: Partial<Rejection> = {}): Rejection {
  const missing = reason("DMFP-VALUE-MISSING", { field: "VENDORORGANIZATIONNAME" });
  return vendorRejection(number, { stage: "validation", reasons: [missing], ...changes });
}
