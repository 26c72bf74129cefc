import { asDmfpipeError, type DmfpipeError } from "../../errors/dmfpipe-error.ts";
import { interrupted } from "../../errors/interruption.ts";
import { LaneProgress } from "./lane-progress.ts";
import type { LedgerPackage } from "../ledger/ledger-rows.ts";
import type { PlannedLoad } from "../load-plan.ts";
import { workingOn } from "./package-at-work.ts";
import { isFinal, type PackageState } from "../ledger/package-state.ts";
import type { RunStop } from "./run-stop.ts";
import type { SendLane } from "./send-lanes.ts";
import type { PackageSender } from "./send-package.ts";

/** What is done with a package; the real thing is in package-delivery.ts. */
export interface FlowDelivery {
  sender(pack: LedgerPackage, planned: readonly PlannedLoad[]): FlowSender;
  collect(pack: LedgerPackage, planned: readonly PlannedLoad[]): Promise<LedgerPackage>;
  skip(pack: LedgerPackage, cause: string): LedgerPackage;
  stopWaiting(): void;
}

/** Brings one package from state to state, as PackageSender does. */
export type FlowSender = Pick<PackageSender, "send">;

export interface FlowOptions {
  readonly lanes: readonly SendLane[];
  /** Whether more lanes come, until `close`. Default: no. */
  readonly more?: boolean;
  readonly delivery: FlowDelivery;
  readonly stop: RunStop;
  /** How many packages F&O may work on at a time. */
  readonly sideBySide: number;
  /** Whether ImportFromPackage may be called while another call has not been answered. */
  readonly parallelCalls: boolean;
  readonly uploadsAhead: number;
  /** The mappings of a package's entities. */
  readonly plannedOf: (pack: LedgerPackage) => readonly PlannedLoad[];
  /** Packages of this run that F&O works on or may work on, as the ledger has them. */
  readonly inFlight: () => number;
  /** Awaited, once, before the first import. */
  readonly beforeImports: () => Promise<void>;
  /** Why a package can never be sent: the label of an entity it waits for that failed. */
  readonly blockedBy: (pack: LedgerPackage) => string | undefined;
  /** Whether the package can be over before the run has to be. */
  readonly isInTime: (pack: LedgerPackage) => boolean;
  /** What the load ends with when packages were left out because they would not be over in time. */
  readonly tooLate: () => DmfpipeError;
  /** Told when nothing is going on and nothing may be begun in time, though packages are left and more may come. */
  readonly onStuck?: () => void;
  readonly onBegin: (pack: LedgerPackage) => void;
  /** Told of each package that is over; an answer ends the load after what has begun. */
  readonly onOver: (pack: LedgerPackage) => DmfpipeError | undefined;
}

/**
 * Where a package is in the flow. `waiting` → `uploading` → `uploaded` → `calling` (ImportFromPackage is being called,
 * or it is in doubt) → `executing` → `collecting` → `over`. The ledger has the state that counts; this is only what
 * this process is busy with.
 */
type Step = "waiting" | "uploading" | "uploaded" | "calling" | "executing" | "collecting" | "over";

/** F&O is given no more work while so many packages are being collected: each holds what was said of its records. */
const collectedAtOnce = 4;

interface Job {
  readonly lane: number;
  pack: LedgerPackage;
  sender: FlowSender | undefined;
  step: Step;
}

/**
 * Sends the packages of a load: the next ones are uploaded and the rejections of the last ones collected while F&O
 * works. What has to wait for what is in the lanes; beyond that
 *
 * - ImportFromPackage is called one at a time: Microsoft's documentation says that parallel calls fail, unless the
 *   environment is set up for enhanced parallel import. The documented limit is one of the call, which lasts until the
 *   package is in staging; how many packages F&O then works on side by side is the project's own choice.
 * - In a lane the next package begins when F&O is done with the last one. Where the last one decides about the
 *   next (a canary, or entities that depend on each other), it waits for its rejections, too.
 * - Packages begin in the order of the load as far as they can: one at a time, another one goes first only while what
 *   would have its turn waits for such a decision.
 *
 * Packages may come while others are on their way (`add`), until `close` says that there are no more.
 *
 * The first failure ends the load: nothing is begun any more, and what waits for F&O stops waiting. An objection (a
 * budget that is used up, or a reason why no more packages come) ends it more gently: what has begun is seen through.
 */
export class PackageFlow {
  readonly #options: FlowOptions;
  readonly #progress = new LaneProgress([]);
  readonly #lanes: SendLane[] = [];
  readonly #jobs: (readonly Job[])[] = [];
  #inOrder: readonly Job[] = [];
  readonly #steps = new Map<Step, number>();
  #running = 0;
  #isOpen: boolean;
  #isPrepared = false;
  #mayImport = false;
  #wake: (() => void) | undefined;
  #changes = 0;
  #failure: DmfpipeError | undefined;
  #objection: DmfpipeError | undefined;

  constructor(options: FlowOptions) {
    this.#options = options;
    this.#isOpen = options.more === true;
    this.add(options.lanes);
  }

  /** Adds lanes behind those that are there. */
  add(lanes: readonly SendLane[]): void {
    for (const added of lanes) {
      const lane = this.#lanes.push(added) - 1;
      const jobs = added.packages.map((pack): Job => {
        const step = isFinal(pack.state) ? "over" : "waiting";
        this.#steps.set(step, this.#count(step) + 1);
        return { lane, pack, sender: undefined, step };
      });
      this.#jobs.push(jobs);
      this.#progress.add(added);
      this.#endLane(lane);
    }
    this.#inOrder = this.#jobs.flat().sort((a, b) => a.pack.position - b.pack.position);
    this.#note();
  }

  /** No more lanes come. With a reason, nothing further is begun, and `run` throws it once what has begun is over. */
  close(reason?: DmfpipeError): void {
    this.#isOpen = false;
    this.#objection ??= reason;
    this.#note();
  }

  /** Returns when nothing is left that can be done. Throws what stopped it; the ledger has where every package is. */
  async run(): Promise<void> {
    this.#options.stop.soon.addEventListener("abort", this.#note, { once: true });
    while (this.#goesOn()) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    this.#options.stop.soon.removeEventListener("abort", this.#note);
    const error = this.#failure ?? this.#objection ?? this.#unfinished();
    if (error !== undefined) throw error;
  }

  /** Why a load in which nothing went wrong has packages left. */
  #unfinished(): DmfpipeError | undefined {
    if (!this.#isOpen && this.#inOrder.every(({ step }) => step === "over")) return undefined;
    const { stop, tooLate } = this.#options;
    return stop.soon.aborted ? stop.explain(interrupted()) : tooLate();
  }

  readonly #note = (): void => {
    this.#changes++;
    this.#wake?.();
  };

  #isStopped(): boolean {
    const stopped = this.#options.stop.soon.aborted || this.#failure !== undefined;
    return stopped || this.#objection !== undefined;
  }

  /** Begins what may begin, until that changes nothing any more; whether anything is left to wait for. */
  #goesOn(): boolean {
    let before: number;
    do {
      before = this.#changes;
      this.#begin();
    } while (this.#changes !== before);
    if (this.#running > 0) return true;
    const open = this.#isOpen && !this.#isStopped();
    if (open && this.#inOrder.some(({ step }) => step !== "over")) this.#options.onStuck?.();
    return open;
  }

  /** Begins whatever may begin now. */
  #begin(): void {
    if (this.#options.stop.soon.aborted || this.#failure !== undefined) return;
    this.#prepare();
    this.#takeUp();
    if (this.#objection !== undefined) return;
    this.#skipBlocked();
    if (this.#mayImport) this.#beginImports();
    this.#beginUploads();
  }

  /** Once, as soon as there is something to send. */
  #prepare(): void {
    // With an objection, only what may be in F&O already has to be seen through.
    const toSend = ({ step, pack: { state } }: Job): boolean =>
      step !== "over" && (this.#objection === undefined || isDoubtful(state));
    if (this.#isPrepared || !this.#inOrder.some(toSend)) return;
    this.#isPrepared = true;
    this.#start(async () => {
      await this.#options.beforeImports();
      this.#mayImport = true;
    });
  }

  /** What an earlier process left in the middle comes first: it counts among what F&O works on. */
  #takeUp(): void {
    for (const job of this.#inOrder) {
      if (job.step !== "waiting") continue;
      const { state } = job.pack;
      if (state === "executing") this.#follow(job);
      else if (state === "collecting") this.#collect(job);
      else if (isDoubtful(state) && this.#mayImport && this.#mayCall()) this.#import(job);
    }
  }

  #beginImports(): void {
    const { sideBySide, inFlight, isInTime } = this.#options;
    for (const job of this.#inOrder) {
      const working = this.#count("calling") + this.#count("executing");
      if (!this.#mayCall() || Math.max(working, inFlight()) >= sideBySide) return;
      if (this.#count("collecting") >= collectedAtOnce) return;
      if (job.step !== "uploaded" || !this.#isNext(job)) continue;
      if (isInTime(job.pack)) this.#import(job);
    }
  }

  #beginUploads(): void {
    const { sideBySide, uploadsAhead, isInTime } = this.#options;
    for (;;) {
      if (this.#count("uploading") > 0) return;
      const waiting = this.#inOrder.filter(
        ({ step, pack }) => step === "waiting" && (pack.state === "built" || pack.state === "uploaded"),
      );
      // Side by side, what may begin comes before what has to wait; one at a time, the order of the load is kept.
      const ready = sideBySide === 1 ? undefined : waiting.find((job) => this.#isNext(job));
      const next = ready ?? waiting[0];
      if (next === undefined) return;
      const ahead = this.#inOrder.filter(({ step }) => step === "uploaded");
      // What fills the places ahead may itself have to wait for something that is not uploaded yet.
      const needed = this.#isNext(next) && !ahead.some((job) => this.#isNext(job));
      if (ahead.length >= uploadsAhead && !needed) return;
      if (!isInTime(next.pack)) return;
      this.#upload(next);
    }
  }

  #skipBlocked(): void {
    for (const job of this.#inOrder) {
      if (job.step !== "waiting" && job.step !== "uploaded") continue;
      if (job.pack.state !== "built" && job.pack.state !== "uploaded") continue;
      if (!this.#isNext(job)) continue;
      const cause = this.#options.blockedBy(job.pack);
      if (cause === undefined) continue;
      job.pack = this.#options.delivery.skip(job.pack, cause);
      this.#end(job);
    }
  }

  /** Whether nothing of the load has to come before this package any more. */
  #isNext(job: Job): boolean {
    if (!this.#progress.isReady(job.lane)) return false;
    const several = (this.#lanes[job.lane]?.entities.length ?? 0) > 1;
    for (const other of this.#jobs[job.lane] ?? []) {
      if (other === job) break;
      if (other.step === "over") continue;
      const decides = several || other.pack.canary === true;
      if (other.step !== "collecting" || decides) return false;
    }
    return true;
  }

  #mayCall(): boolean {
    return this.#options.parallelCalls || this.#count("calling") === 0;
  }

  #count(step: Step): number {
    return this.#steps.get(step) ?? 0;
  }

  #enter(job: Job, step: Step): void {
    this.#steps.set(job.step, this.#count(job.step) - 1);
    this.#steps.set(step, this.#count(step) + 1);
    job.step = step;
    this.#note();
  }

  #upload(job: Job): void {
    this.#enter(job, "uploading");
    const sender = this.#senderOf(job);
    job.sender = sender;
    this.#start(async () => {
      job.pack = await workingOn(job.pack.key, () => sender.send("uploaded"));
      this.#enter(job, "uploaded");
    });
  }

  #import(job: Job): void {
    this.#enter(job, "calling");
    this.#options.onBegin(job.pack);
    const sender = (job.sender ??= this.#senderOf(job));
    this.#start(async () => {
      await workingOn(job.pack.key, async () => {
        job.pack = await this.#options.stop.finishing(() => sender.send("executing"));
        if (isFinal(job.pack.state)) this.#end(job);
        else this.#follow(job);
      });
    });
  }

  /** Waits for F&O, and collects. */
  #follow(job: Job): void {
    this.#enter(job, "executing");
    const sender = (job.sender ??= this.#senderOf(job));
    this.#start(async () => {
      await workingOn(job.pack.key, async () => {
        job.pack = await sender.send("collecting");
        if (isFinal(job.pack.state)) this.#end(job);
        else this.#collect(job);
      });
    });
  }

  #collect(job: Job): void {
    this.#enter(job, "collecting");
    const { delivery, plannedOf, stop } = this.#options;
    this.#start(async () => {
      await workingOn(job.pack.key, async () => {
        job.pack = await stop.finishing(() => delivery.collect(job.pack, plannedOf(job.pack)));
      });
      this.#end(job);
    });
  }

  #end(job: Job): void {
    job.sender = undefined;
    this.#enter(job, "over");
    this.#objection ??= this.#options.onOver(job.pack);
    this.#endLane(job.lane);
  }

  #endLane(lane: number): void {
    if (this.#jobs[lane]?.every(({ step }) => step === "over") === true) this.#progress.end(lane);
  }

  #senderOf(job: Job): FlowSender {
    return this.#options.delivery.sender(job.pack, this.#options.plannedOf(job.pack));
  }

  #start(work: () => Promise<void>): void {
    this.#running++;
    void work()
      .catch((thrown: unknown) => {
        this.#fail(asDmfpipeError(thrown));
      })
      .finally(() => {
        this.#running--;
        this.#note();
      });
  }

  #fail(error: DmfpipeError): void {
    if (this.#failure !== undefined) return;
    this.#failure = this.#options.stop.explain(error);
    this.#options.delivery.stopWaiting();
  }
}

/** The ledger has the intent to import it, and no answer. */
function isDoubtful(state: PackageState): boolean {
  return state === "importing" || state === "in doubt";
}
