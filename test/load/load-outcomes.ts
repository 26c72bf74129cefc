import { DmfpipeError } from "../../src/errors/dmfpipe-error.ts";
import { outcomeOfFailure, type LoadOutcome } from "../../src/load/load-outcome.ts";
import type { EntitySummary, RunSummary } from "../../src/rejection/summary.ts";

const frame = {
  project: "contoso",
  environment: "prod",
  command: "load",
  startedMs: Date.parse("2026-11-23T02:00:00Z"),
  finishedMs: Date.parse("2026-11-23T02:10:30Z"),
};

export function entityCounts(changes: Partial<EntitySummary> = {}): EntitySummary {
  return {
    entity: "Vendors V2",
    legalEntity: "USMF",
    read: 1200,
    filtered: 10,
    rejectedHere: 5,
    packaged: 1185,
    staged: 1185,
    rejectedStaging: 0,
    created: 1000,
    updated: 180,
    rejectedTarget: 5,
    unprocessed: 0,
    balanced: true,
    controlTotals: {},
    ...changes,
  };
}

/** A load that ended with some records rejected. */
export function outcomeWithRejections(entities: readonly EntitySummary[] = [entityCounts()]): LoadOutcome {
  const summary: RunSummary = {
    run: "20261123-020000-7f3a",
    project: "contoso",
    environment: "prod",
    command: "load",
    status: "finished with rejections",
    exitCode: 4,
    startedAt: new Date(frame.startedMs).toISOString(),
    finishedAt: new Date(frame.finishedMs).toISOString(),
    balanced: entities.every(({ balanced }) => balanced),
    entities,
    packages: [
      {
        key: "001-vendors-v2-usmf-001",
        file: "packages/001.zip",
        entity: "Vendors V2",
        legalEntity: "USMF",
        sha256: "",
        sizeBytes: 123_456,
        records: 1185,
        executionId: "e",
        status: "done",
      },
    ],
    rejections: {
      total: 10,
      byStage: { source: 0, mapping: 2, validation: 3, staging: 0, target: 5 },
      byCode: { "DMFP-MAP-NUMBER": 2, "DMFP-FNO-REFERENCE": 5 },
      unattributed: 0,
    },
  };
  return {
    ...frame,
    exitCode: 4,
    status: summary.status,
    resumable: false,
    summary,
    reportFile: "/srv/contoso/.dmfpipe/runs/20261123-020000-7f3a/report.html",
    next: "dmfpipe rejections 20261123-020000-7f3a",
  };
}

/** A load that did not begin, because of a mapping; the message quotes what no outsider should read. */
export function outcomeThatDidNotBegin(): LoadOutcome {
  const error = new DmfpipeError("DMFP-MAPPING-INVALID", 'vendors.yaml: "Meier, account 4711" is wrong.', {
    at: { file: "mappings/vendors.yaml", line: 12, column: 3 },
  });
  return outcomeOfFailure(frame, error);
}
