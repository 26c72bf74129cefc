import type { PlannedLoad } from "./load-plan.ts";

/** Which entities failed, and what may therefore not be sent: whatever waits for them, in the same company. */
export class FailedEntities {
  readonly #planned: readonly PlannedLoad[];
  readonly #failed = new Set<string>();

  constructor(planned: readonly PlannedLoad[]) {
    this.#planned = planned;
  }

  add(planned: PlannedLoad, legalEntity: string): void {
    this.#failed.add(failureKey(planned, legalEntity));
  }

  /** The label of a failed entity this one waits for, directly or through others. */
  blocking(planned: PlannedLoad, legalEntity: string): string | undefined {
    for (const label of planned.place.waitsFor) {
      const parent = this.#planned.find((candidate) => candidate.schema.label === label);
      if (parent === undefined) continue;
      if (this.#failed.has(failureKey(parent, legalEntity))) return label;
      const further = this.blocking(parent, legalEntity);
      if (further !== undefined) return further;
    }
    return undefined;
  }
}

/** A shared entity that failed, failed for every company. */
function failureKey(planned: PlannedLoad, legalEntity: string): string {
  return `${planned.schema.label}\n${planned.schema.scope === "shared" ? "" : legalEntity}`;
}
