import type { Clock } from "../errors/clock.ts";

/** One planned failure of the sandbox. docs/sandbox.md shows every member at work. */
export interface Fault {
  /** Name of an action, `token`, `odata` and the other names of operation-name.ts, or `*` for every request. */
  readonly on: string;
  /** The first call that is hit, counted from 1 among the calls `on` names. Default 1. */
  readonly nth?: number;
  /** How many calls in a row are hit. Default 1. */
  readonly times?: number | "always";
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
  /** The scalar an action answers with, such as a status no source lists. */
  readonly value?: string;
  /** The connection is closed after so many bytes of the body, the header having promised all of them. */
  readonly cutBodyAfterBytes?: number;
  /** Life of the blob addresses in the answer; 0: expired when they arrive. */
  readonly urlLifetimeSeconds?: number;
  /** The token of this request is not accepted any more; one that is fetched afterwards is. */
  readonly revokeToken?: boolean;
  /** The execution this import starts stays at Executing until it is released or deleted. */
  readonly stuck?: boolean;
}

export interface FiredFault {
  readonly operation: string;
  /** Which call of the fault's own count it was. */
  readonly call: number;
  /** Milliseconds since 1970-01-01 UTC. */
  readonly at: number;
  readonly fault: Fault;
}

export interface PlannedFault {
  readonly fault: Fault;
  /** Calls seen so far that `on` names. */
  readonly calls: number;
  /** How many of them were hit. */
  readonly hits: number;
}

/** A plan that hits every request of a long test must not fill the memory. */
const listedHits = 10_000;

/** Counts calls and says which planned fault hits. Counts begin anew with every start of the sandbox. */
export class FaultPlan {
  readonly #clock: Clock;
  #faults: { readonly fault: Fault; calls: number; hits: number }[] = [];
  #fired: FiredFault[] = [];
  readonly #revoked = new Set<string>();

  constructor(faults: readonly Fault[], clock: Clock) {
    this.#clock = clock;
    this.add(faults);
  }

  /** The fault that hits this call of the operation, if any. Every matching fault counts the call. */
  take(operation: string): Fault | undefined {
    let hit: Fault | undefined;
    for (const entry of this.#faults) {
      const { fault } = entry;
      if (fault.on !== operation && fault.on !== "*") continue;
      entry.calls += 1;
      if (hit !== undefined || !hitsCall(fault, entry.calls)) continue;
      hit = fault;
      entry.hits += 1;
      this.#fired.push({ operation, call: entry.calls, at: this.#clock.now(), fault });
      if (this.#fired.length > listedHits) this.#fired.shift();
    }
    return hit;
  }

  /** More faults; each counts the calls from now on. */
  add(faults: readonly Fault[]): void {
    this.#faults.push(...faults.map((fault) => ({ fault, calls: 0, hits: 0 })));
  }

  /** Forgets the plan and the list of hits. A token that was revoked stays revoked. */
  clear(): void {
    this.#faults = [];
    this.#fired = [];
  }

  planned(): readonly PlannedFault[] {
    return this.#faults.map(({ fault, calls, hits }) => ({ fault, calls, hits }));
  }

  /** The faults that hit, in order: all of them, or the last 10,000. */
  fired(): readonly FiredFault[] {
    return [...this.#fired];
  }

  revokeToken(token: string): void {
    this.#revoked.add(token);
  }

  isRevoked(token: string): boolean {
    return this.#revoked.has(token);
  }
}

function hitsCall(fault: Fault, call: number): boolean {
  const first = fault.nth ?? 1;
  const { times = 1 } = fault;
  return call >= first && (times === "always" || call < first + times);
}
