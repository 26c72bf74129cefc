import type { SendLane } from "./send-lanes.ts";

/** Which lanes may go on: those that wait for no other any more. More may come behind those that are there. */
export class LaneProgress {
  readonly #open: number[] = [];
  readonly #followers = new Map<number, number[]>();
  readonly #over = new Set<number>();

  constructor(lanes: readonly Pick<SendLane, "waitsFor">[]) {
    for (const lane of lanes) this.add(lane);
  }

  /** One lane more, behind all there are. */
  add({ waitsFor }: Pick<SendLane, "waitsFor">): void {
    const open = waitsFor.filter((earlier) => !this.#over.has(earlier));
    for (const earlier of open) {
      const followers = this.#followers.get(earlier) ?? [];
      followers.push(this.#open.length);
      this.#followers.set(earlier, followers);
    }
    this.#open.push(open.length);
  }

  /** Whether all that this lane waits for is over. */
  isReady(lane: number): boolean {
    return this.#open[lane] === 0;
  }

  /** Every package of the lane is over. Saying it twice changes nothing. */
  end(lane: number): void {
    if (this.#over.has(lane)) return;
    this.#over.add(lane);
    for (const follower of this.#followers.get(lane) ?? [])
      this.#open[follower] = (this.#open[follower] ?? 0) - 1;
  }
}
