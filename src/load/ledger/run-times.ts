import type { LoadCall, LoadEvent, RunPhase } from "../run-log.ts";

/** What a package is busy with while it is in a state, see package-state.ts; uploaded, it waits for its turn. */
const steps: Readonly<Record<string, string>> = {
  built: "uploading",
  uploaded: "waiting",
  importing: "importing",
  "in doubt": "in_doubt",
  executing: "executing",
  collecting: "collecting",
};

/**
 * Where the time of a run goes: phases one after the other, and the steps of its packages, summed over packages that
 * may be under way side by side. Times are of this process; what an interrupted run did before is not in them.
 */
export class RunTimes {
  readonly #phases = new Map<RunPhase, number>();
  readonly #steps = new Map<string, number>();
  readonly #packages = new Map<string, { readonly state: string; readonly sinceMs: number }>();
  readonly #statuses = new Map<string, number>();
  readonly #bytes = new Map<string, number>();
  #phase: RunPhase = "starting";
  #sinceMs: number;
  #retries = 0;

  /** `nowMs`, here and below: of one clock, which one does not matter. */
  constructor(nowMs: number) {
    this.#sinceMs = nowMs;
  }

  note(event: LoadEvent, nowMs: number): void {
    switch (event.kind) {
      case "run":
        if (event.phase !== undefined) this.#enter(event.phase, nowMs);
        break;
      case "reading":
        this.#bytes.set(event.entity, event.bytes);
        break;
      case "package":
        if (this.#phase !== "loading") this.#enter("loading", nowMs);
        this.#leave(event.package, nowMs);
        this.#packages.set(event.package, { state: event.state, sinceMs: nowMs });
        break;
      case "retry":
        this.#retries++;
        break;
      case "forecast":
      case "warning":
      case "forecast":
        break;
      default:
        event satisfies never;
    }
  }

  noteCall(call: LoadCall, nowMs: number): void {
    const status = call.status === undefined ? "none" : String(call.status);
    this.#statuses.set(status, (this.#statuses.get(status) ?? 0) + 1);
    const { package: key } = call;
    // Nothing is told when a package's turn comes: its first request is the beginning of its upload.
    if (key === undefined || this.#packages.has(key)) return;
    if (this.#phase !== "loading") this.#enter("loading", nowMs - call.durationMs);
    this.#packages.set(key, { state: "built", sinceMs: nowMs - call.durationMs });
  }

  /** Seconds by phase; the phase that goes on counts up to `nowMs`. */
  phaseSeconds(nowMs: number): ReadonlyMap<RunPhase, number> {
    this.#enter(this.#phase, nowMs);
    return this.#phases;
  }

  stepSeconds(): ReadonlyMap<string, number> {
    return this.#steps;
  }

  /** Requests by the status of their answer; `none` where none came. */
  requests(): ReadonlyMap<string, number> {
    return this.#statuses;
  }

  get retries(): number {
    return this.#retries;
  }

  get sourceBytes(): number {
    return [...this.#bytes.values()].reduce((sum, bytes) => sum + bytes, 0);
  }

  #enter(phase: RunPhase, nowMs: number): void {
    if (this.#phase !== "ended") add(this.#phases, this.#phase, nowMs - this.#sinceMs);
    this.#phase = phase;
    this.#sinceMs = nowMs;
  }

  #leave(key: string, nowMs: number): void {
    const before = this.#packages.get(key);
    const step = before === undefined ? undefined : steps[before.state];
    if (before !== undefined && step !== undefined) add(this.#steps, step, nowMs - before.sinceMs);
  }
}

function add<K>(sums: Map<K, number>, key: K, ms: number): void {
  sums.set(key, (sums.get(key) ?? 0) + Math.max(0, ms) / 1000);
}
