import type { Clock } from "../../errors/clock.ts";
import { DmfpipeError } from "../../errors/dmfpipe-error.ts";
import { interrupted } from "../../errors/interruption.ts";

/** When a load has to be over: a time of the wall clock, as the one who waits for the end reads it. */
export interface RunDeadline {
  /** Milliseconds since 1970-01-01 UTC. */
  readonly at: number;
  /** How it was given, for messages: `--until 05:30`. */
  readonly given: string;
}

export interface RunStopOptions {
  /** Ctrl-C or SIGTERM. */
  readonly signal: AbortSignal | undefined;
  /** How long what was begun may go on after the word to stop, in milliseconds. */
  readonly graceMs: number;
  readonly clock: Clock;
  readonly deadline?: RunDeadline | undefined;
}

/**
 * How a run stops before its end, in two steps:
 *
 * - `soon`: nothing is begun any more. Reading stops at the next records, waiting for F&O ends. What costs least to
 *   finish goes on: an ImportFromPackage that was sent, because without its answer the package is in doubt, and the
 *   collection of rejections.
 * - `now`: requests are broken off, too. It follows as soon as nothing of that kind is left, at the latest after the
 *   grace.
 *
 * In every moment the ledger holds what `resume` needs, so neither step can lose anything; the first one only saves
 * `resume` questions. A second Ctrl-C is no matter of this class: it ends the process.
 */
export class RunStop {
  readonly #soon = new AbortController();
  readonly #now = new AbortController();
  /** When the run has to be over; undefined: whenever it is. */
  readonly deadline: RunDeadline | undefined;
  readonly clock: Clock;
  readonly #graceMs: number;
  readonly #signal: AbortSignal | undefined;
  readonly #onSignal = (): void => {
    this.request(interrupted());
  };
  #finishing = 0;
  #reason: DmfpipeError | undefined;
  #grace: NodeJS.Timeout | undefined;
  #deadline: NodeJS.Timeout | undefined;

  constructor(options: RunStopOptions) {
    const { signal, graceMs, clock, deadline } = options;
    this.#graceMs = graceMs;
    this.#signal = signal;
    this.clock = clock;
    this.deadline = deadline;
    if (signal?.aborted === true) this.#onSignal();
    else signal?.addEventListener("abort", this.#onSignal, { once: true });
    if (deadline !== undefined) this.#waitFor(deadline, clock);
  }

  /** Why the run is to stop. Throws DMFP-BUG while it is not. */
  get reason(): DmfpipeError {
    if (this.#reason === undefined) throw new DmfpipeError("DMFP-BUG", "Nobody asked the run to stop.");
    return this.#reason;
  }

  /** Aborted when nothing may be begun any more. */
  get soon(): AbortSignal {
    return this.#soon.signal;
  }

  /** Aborted when everything is to be broken off. */
  get now(): AbortSignal {
    return this.#now.signal;
  }

  /** Asks the run to stop; the first reason stays. */
  request(reason: DmfpipeError): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    this.#soon.abort(reason);
    this.#grace = setTimeout(() => {
      this.#now.abort(reason);
    }, this.#graceMs);
    this.#endWhenIdle();
  }

  /** Work that is worth the grace: it may go on when the run is to stop soon. */
  async finishing<T>(work: () => Promise<T>): Promise<T> {
    this.#finishing++;
    try {
      return await work();
    } finally {
      this.#finishing--;
      this.#endWhenIdle();
    }
  }

  /** What a run that was stopped ends with: whatever broke off says only that it did. */
  explain(error: DmfpipeError): DmfpipeError {
    return error.code === "DMFP-INTERRUPTED" ? (this.#reason ?? error) : error;
  }

  /** Ends its timers. */
  close(): void {
    clearTimeout(this.#grace);
    clearTimeout(this.#deadline);
    this.#signal?.removeEventListener("abort", this.#onSignal);
  }

  #endWhenIdle(): void {
    if (this.#reason !== undefined && this.#finishing === 0) this.#now.abort(this.#reason);
  }

  /** Looks at the clock every second: the wall clock may be set, and a machine may sleep. */
  #waitFor(deadline: RunDeadline, clock: Clock): void {
    const leftMs = deadline.at - clock.now();
    if (leftMs <= 0) {
      this.request(deadlineReached(deadline));
      return;
    }
    this.#deadline = setTimeout(
      () => {
        this.#waitFor(deadline, clock);
      },
      Math.min(leftMs, 1000),
    );
  }
}

/** The deadline came while something was still going on. */
export function deadlineReached({ given }: RunDeadline): DmfpipeError {
  return new DmfpipeError("DMFP-DEADLINE", `The load had to be over (${given}), and was not.`);
}
