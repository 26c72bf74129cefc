import type { Clock } from "../errors/clock.ts";

/**
 * Lets so many requests through in a window of time, and says how long the next one has to wait. The window slides:
 * a request leaves it `windowSeconds` after it came. Refused requests do not count.
 */
export class RequestThrottle {
  readonly #clock: Clock;
  readonly #maxRequests: number;
  readonly #windowMs: number;
  #times: number[] = [];

  /** @param options.maxRequests 0 lets everything through. */
  constructor(options: {
    readonly clock: Clock;
    readonly maxRequests: number;
    readonly windowSeconds: number;
  }) {
    this.#clock = options.clock;
    this.#maxRequests = options.maxRequests;
    this.#windowMs = options.windowSeconds * 1000;
  }

  /** Undefined when the request may pass, else the seconds after which one may: a whole number, at least 1. */
  take(): number | undefined {
    if (this.#maxRequests === 0) return undefined;
    const now = this.#clock.now();
    this.#times = this.#times.filter((time) => time > now - this.#windowMs);
    const [oldest] = this.#times;
    if (oldest !== undefined && this.#times.length >= this.#maxRequests) {
      return Math.max(1, Math.ceil((oldest + this.#windowMs - now) / 1000));
    }
    this.#times.push(now);
    return undefined;
  }
}
