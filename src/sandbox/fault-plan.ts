/** One planned failure of the sandbox. */
export interface Fault {
  /** Name of an action, `token`, `odata` (a read of /data), or `*` for every request. */
  readonly on: string;
  /** The first call that is hit, counted from 1 among the calls `on` names. Default 1. */
  readonly nth?: number;
  /** How many calls in a row are hit. Default 1. */
  readonly times?: number;
  /** `before`: the request has no effect. `after`: it takes effect, only its answer is lost or replaced. Default before. */
  readonly when?: "before" | "after";
  /** Waited before the answer. */
  readonly delayMs?: number;
  /** Closes the connection without an answer. */
  readonly drop?: boolean;
  readonly status?: number;
  /** Value of the Retry-After header, as it is. */
  readonly retryAfter?: string;
  /** Body of the answer; without it the documented one of the status. */
  readonly body?: string;
  readonly contentType?: string;
}

export interface FiredFault {
  readonly operation: string;
  /** Which call of the fault's own count it was. */
  readonly call: number;
  readonly fault: Fault;
}

/** Counts calls and says which planned fault hits. */
export class FaultPlan {
  readonly #faults: { readonly fault: Fault; calls: number }[];
  readonly #fired: FiredFault[] = [];

  constructor(faults: readonly Fault[]) {
    this.#faults = faults.map((fault) => ({ fault, calls: 0 }));
  }

  /** The fault that hits this call of the operation, if any. Every matching fault counts the call. */
  take(operation: string): Fault | undefined {
    let hit: Fault | undefined;
    for (const entry of this.#faults) {
      const { fault } = entry;
      if (fault.on !== operation && fault.on !== "*") continue;
      entry.calls += 1;
      const first = fault.nth ?? 1;
      if (hit !== undefined || entry.calls < first || entry.calls >= first + (fault.times ?? 1)) continue;
      hit = fault;
      this.#fired.push({ operation, call: entry.calls, fault });
    }
    return hit;
  }

  /** Every fault that hit, in order. */
  fired(): readonly FiredFault[] {
    return [...this.#fired];
  }
}
