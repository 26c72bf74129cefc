import type { Profiler } from "node:inspector";
import { Session } from "node:inspector/promises";

/** Once a millisecond: what a run spends half a percent of its time on is seen, for about a tenth more of its time. */
const intervalMicroseconds = 1000;
/** Samples are kept in memory, some hundred bytes each at worst; so they are summed up and let go this often. */
const roundMs = 20_000;

/**
 * Looks once a millisecond what this thread is doing, by the sampling profiler of Node itself. Nothing in the hot path
 * has to be measured for it, so a run that is not looked at costs nothing more.
 */
export class CpuSampling {
  readonly #session: Session;
  readonly #take: (profile: Profiler.Profile) => void;
  readonly #rounds: NodeJS.Timeout | undefined;
  #turn: Promise<void> = Promise.resolve();

  private constructor(session: Session, options: SamplingOptions) {
    this.#session = session;
    this.#take = options.take;
    if (options.inOne) return;
    this.#rounds = setInterval(() => {
      this.#turn = this.#turn.then(async () => {
        await this.#stop();
        await session.post("Profiler.start");
      });
    }, roundMs);
    this.#rounds.unref();
  }

  static async begin(options: SamplingOptions): Promise<CpuSampling> {
    const session = new Session();
    session.connect();
    await session.post("Profiler.enable");
    await session.post("Profiler.setSamplingInterval", { interval: intervalMicroseconds });
    await session.post("Profiler.start");
    return new CpuSampling(session, options);
  }

  /** Gives the last profile. */
  async end(): Promise<void> {
    clearInterval(this.#rounds);
    await this.#turn;
    await this.#stop();
    this.#session.disconnect();
  }

  async #stop(): Promise<void> {
    const { profile } = await this.#session.post("Profiler.stop");
    this.#take(profile);
  }
}

interface SamplingOptions {
  /** Is given what was seen, in the format of `.cpuprofile` files. */
  readonly take: (profile: Profiler.Profile) => void;
  /** All in one profile, however long the run takes, instead of one every 20 seconds. */
  readonly inOne: boolean;
}
