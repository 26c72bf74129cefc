import type { Rejection, RejectionStage } from "./rejection.ts";

/** Counts rejections as summary.json has them. */
export class RejectionTally {
  total = 0;
  readonly byStage: Record<RejectionStage, number> = {
    source: 0,
    mapping: 0,
    validation: 0,
    staging: 0,
    target: 0,
  };
  readonly byCode: Record<string, number> = {};

  add(rejection: Rejection): void {
    this.total++;
    this.byStage[rejection.stage]++;
    for (const code of new Set(rejection.reasons.map((reason) => reason.code))) {
      this.byCode[code] = (this.byCode[code] ?? 0) + 1;
    }
  }
}
