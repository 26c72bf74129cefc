import type { SendLane } from "./send-lanes.ts";

/** Which lanes may go on: those that wait for no other any more. */
export class LaneProgress {
  readonly #open: number[];
  readonly #followers: number[][];
  readonly #over = new Set<number>();

  constructor(lanes: readonly Pick<SendLane, "waitsFor">[]) {
    this.#open = lanes.map(({ waitsFor }) => waitsFor.length);
    this.#followers = lanes.map(() => []);
    for (const [index, { waitsFor }] of lanes.entries()) {
      for (const earlier of waitsFor) this.#followers[earlier]?.push(index);
    }
  }

  /** Whether all that this lane waits for is over. */
  isReady(lane: number): boolean {
    return this.#open[lane] === 0;
  }

  /** Every package of the lane is over. Saying it twice changes nothing. */
  end(lane: number): void {
    if (this.#over.has(lane)) return;
    this.#over.add(lane);
    for (const follower of this.#followers[lane] ?? [])
      this.#open[follower] = (this.#open[follower] ?? 0) - 1;
  }
}
