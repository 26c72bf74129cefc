import type { PlannedLoad } from "../load-plan.ts";

/** Which entities failed, and what may therefore not be sent: whatever waits for them, in the same company. */
export class FailedEntities {
  readonly #planned: readonly PlannedLoad[];
  readonly #failed = new Set<string>();

  constructor(planned: readonly PlannedLoad[]) {
    this.#planned = planned;
  }

  add(entities: readonly PlannedLoad[], legalEntity: string): void {
    for (const planned of entities) this.#failed.add(failureKey(planned, legalEntity));
  }

  /**
   * The label of a failed entity that one of these (the entities of one package) waits for, directly or through
   * others.
   */
  blocking(entities: readonly PlannedLoad[], legalEntity: string): string | undefined {
    for (const planned of entities) {
      for (const label of planned.place.waitsFor) {
        const parent = this.#planned.find((candidate) => candidate.schema.label === label);
        if (parent === undefined) continue;
        // Parts of one composite entity go in the same packages: one that failed says nothing about the next.
        if (planned.composite !== undefined && parent.composite?.of === planned.composite.of) continue;
        if (this.#failed.has(failureKey(parent, legalEntity))) return label;
        const further = this.blocking([parent], legalEntity);
        if (further !== undefined) return further;
      }
    }
    return undefined;
  }
}

/** A shared entity that failed, failed for every company. */
function failureKey(planned: PlannedLoad, legalEntity: string): string {
  return `${planned.schema.label}\n${planned.schema.scope === "shared" ? "" : legalEntity}`;
}
