import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { onTestFinished } from "vitest";
import { reason, type Reason } from "../../src/errors/reason.ts";
import type { Rejection, RejectionStage } from "../../src/rejection/rejection.ts";
import type { EntitySummary, RunSummary } from "../../src/rejection/summary.ts";

/** A folder that is gone after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), "dmfpipe-report-"));
  onTestFinished(() => {
    rmSync(folder, { recursive: true });
  });
  return folder;
}

/** A rejected vendor; `number` makes line, key and first value its own. */
export function vendorRejection(number: number, changes: Partial<Rejection> = {}): Rejection {
  const account = String(number).padStart(10, "0");
  const values = [account, "Müller & Söhne", "ZX", "-12,50"];
  return {
    entity: "Vendors V2",
    legalEntity: "DEMF",
    stage: "mapping",
    key: [account],
    reasons: [lookupReason("ZX")],
    position: {
      file: "samples/vendors.csv",
      line: number + 1,
      record: number,
      byteOffset: 40 * number,
      byteLength: 38,
    },
    columns: ["LIFNR", "NAME1", "KTOKK", "KLIMK"],
    values,
    raw: values.join(";"),
    ...changes,
  };
}

export function lookupReason(value: string): Reason {
  return reason("DMFP-MAP-LOOKUP", {
    field: "VENDORGROUPID",
    value,
    message: `The lookup vendor-groups has no entry for "${value}".`,
    fix: `Add "${value}" to the lookup file.`,
  });
}

export async function* stream<T>(items: Iterable<T>): AsyncGenerator<T> {
  for (const item of items) yield await Promise.resolve(item);
}

export function entitySummary(changes: Partial<EntitySummary> = {}): EntitySummary {
  return {
    entity: "Vendors V2",
    legalEntity: "DEMF",
    read: 0,
    filtered: 0,
    rejectedHere: 0,
    packaged: 0,
    staged: 0,
    rejectedStaging: 0,
    created: 0,
    updated: 0,
    rejectedTarget: 0,
    unprocessed: 0,
    balanced: true,
    controlTotals: {},
    ...changes,
  };
}

export function runSummary(
  changes: Partial<RunSummary> = {},
  byStage: Partial<Record<RejectionStage, number>> = {},
): RunSummary {
  const stages = { source: 0, mapping: 0, validation: 0, staging: 0, target: 0, ...byStage };
  return {
    run: "20260302-140311-7f3a",
    project: "erp-cutover",
    environment: "uat",
    command: "load",
    status: "finished with rejections",
    exitCode: 4,
    startedAt: "2026-03-02T14:03:11Z",
    finishedAt: "2026-03-02T14:07:23Z",
    balanced: true,
    entities: [],
    packages: [],
    rejections: {
      total: Object.values(stages).reduce((sum, count) => sum + count, 0),
      byStage: stages,
      byCode: {},
      unattributed: 0,
    },
    ...changes,
  };
}
