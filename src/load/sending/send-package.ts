import type { Environment } from "../../environment/environment.ts";
import { finalStatuses, type ExecutionStatus, type ImportOutcome } from "../../environment/package-api.ts";
import { asDmfpipeError, DmfpipeError } from "../../errors/dmfpipe-error.ts";
import { monotonicMs } from "../../errors/clock.ts";
import { interrupted } from "../../errors/interruption.ts";
import type { ErrorCode } from "../../errors/registry.ts";
import { dataProjectAdvice } from "./data-project.ts";
import type { LedgerPackage, PartCounts } from "../ledger/ledger-rows.ts";
import type { Ledger, MoveDetails } from "../ledger/ledger.ts";
import type { LoadSettings } from "../load-settings.ts";
import type { PackageState } from "../ledger/package-state.ts";
import { poll } from "./polling.ts";

/** The state a package is to be brought to. */
export type SendGoal = "uploaded" | "executing" | "collecting";

export interface SendOptions {
  readonly run: string;
  readonly ledger: Ledger;
  readonly environment: Environment;
  readonly settings: LoadSettings;
  readonly signal: AbortSignal | undefined;
  /** F&O is to write no further than its staging tables. Default: no. */
  readonly stagingOnly?: boolean;
  /** Absolute path of the package's zip. */
  readonly file: string;
  /** What to do when it is in doubt whether F&O took the package: ask F&O, or stop for a person. */
  readonly onInDoubt: "ask" | "stop";
  /** Makes the data project ready, and says whether the package's definition replaces that of the project. */
  readonly prepare: (pack: LedgerPackage) => Promise<boolean>;
  /** F&O took the package. */
  readonly onImported: (pack: LedgerPackage, replaced: boolean) => void;
  readonly onMove: (pack: LedgerPackage, why: string) => void;
}

/**
 * Errors that are certain to have come before F&O's logic saw the call: no connection, no token, no role, throttled
 * at the door, a status that only the web server gives. After every other error the import may have been accepted.
 */
const neverTaken: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "DMFP-HOST-UNREACHABLE",
  "DMFP-TLS-REFUSED",
  "DMFP-HTTP-TEMPORARY",
  "DMFP-HTTP-REFUSED",
  "DMFP-AUTH-REFUSED",
  "DMFP-AUTH-NOT-REGISTERED",
  "DMFP-AUTH-ROLE",
]);

/** A package that was refused as a whole: every record of it is unprocessed. */
const nothingDone: Omit<PartCounts, "unprocessed"> = {
  staged: 0,
  created: 0,
  updated: 0,
  rejectedStaging: 0,
  rejectedTarget: 0,
};

/** F&O could not fetch the package: its address ran out while the import waited for its turn. */
const addressExpired = /remote server returned an error: \(403\)|AuthenticationFailed/i;

/** What F&O answers when another import runs at the same moment, as users have met it. Nothing was taken then. */
const collision = /deadlock|BOX API|never been selected|Enhanced parallel package import|parallel/i;

/**
 * Brings one package from wherever the ledger says it is to `collecting` or `failed`: upload, intent, import,
 * and waiting for F&O's final status. The order of writes is what makes a load resumable: the intent with our
 * execution id is in the ledger before ImportFromPackage is sent, so after a crash F&O can be asked about it.
 */
export class PackageSender {
  readonly #options: SendOptions;
  #pack: LedgerPackage;
  /** Upload address of this process; never kept, because it carries a signature. */
  #url: string | undefined;
  /** When its address was asked for, on the clock that goes on evenly. */
  #addressSinceMs = 0;
  #attempts = 0;
  /** The last answer was a clear no because of another import: trying again is no doubt a person must look at. */
  #collided = false;
  /** A doubt that an earlier process left has had its pause: `resume` is the word to ask. */
  #mayAsk: boolean;

  constructor(pack: LedgerPackage, options: SendOptions) {
    this.#pack = pack;
    this.#options = options;
    this.#mayAsk = options.onInDoubt === "ask" || pack.state === "in doubt" || pack.state === "importing";
  }

  /**
   * Returns the package in state `collecting` or `failed`. It may be brought there in steps, up to `uploaded` and up to
   * `executing`, so that the next package can have its turn in between; a step that it is past does nothing.
   *
   * Throws DMFP-IN-DOUBT, DMFP-POLL-DEADLINE, DMFP-INTERRUPTED and what the environment throws; the ledger then
   * holds the state from which `resume` goes on.
   */
  async send(upTo: SendGoal = "collecting"): Promise<LedgerPackage> {
    for (;;) {
      const { state } = this.#pack;
      if (state === upTo && (state !== "uploaded" || this.#url !== undefined)) return this.#pack;
      switch (state) {
        case "built":
          await this.#upload();
          break;
        case "uploaded": {
          const url = this.#address();
          if (this.#url === undefined)
            this.#move("built", "the upload address of the earlier process is not kept");
          else if (url === undefined) this.#move("built", "its upload address is about to run out");
          else await this.#import(url);
          break;
        }
        case "importing":
          this.#move("in doubt", "the process ended before F&O answered");
          break;
        case "in doubt":
          await this.#resolveDoubt();
          break;
        case "executing":
          await this.#waitForEnd();
          break;
        case "collecting":
        case "done":
        case "failed":
        case "unprocessed":
          return this.#pack;
        default:
          return state satisfies never;
      }
    }
  }

  async #upload(): Promise<void> {
    this.#url = await this.#uploadFile();
    this.#move("uploaded", "the blob store has it");
  }

  /** The address the package was uploaded to, while F&O can still fetch it from there. */
  #address(): string | undefined {
    const ageMs = monotonicMs() - this.#addressSinceMs;
    return ageMs < this.#options.settings.addressLifetimeMs ? this.#url : undefined;
  }

  /** Uploads under a name that is the execution id, so that a blob can be traced to its run. */
  async #uploadFile(): Promise<string> {
    const { environment, file, settings } = this.#options;
    const address = async (): Promise<string> => {
      // The life of an address begins when it is given out, not when the upload is done.
      this.#addressSinceMs = monotonicMs();
      return await environment.api.getAzureWriteUrl(`${this.#pack.executionId}.zip`);
    };
    const { sha256 } = this.#pack;
    return await environment.blobs.upload(file, address, { sha256, addresses: settings.uploadAttempts });
  }

  async #import(url: string): Promise<void> {
    // A run that is to stop does not begin an import; here nothing is in doubt yet.
    if (this.#options.signal?.aborted === true) throw interrupted();
    const overwrite = await this.#options.prepare(this.#pack);
    this.#move("importing", `about to send it as ${this.#pack.executionId}`);
    this.#attempts++;
    this.#collided = false;
    let outcome: ImportOutcome;
    // Nothing but the call itself: a step of the ledger that fails says nothing about what F&O did.
    try {
      outcome = await this.#options.environment.api.importFromPackage({
        packageUrl: url,
        definitionGroupId: this.#pack.dataProject,
        executionId: this.#pack.executionId,
        legalEntityId: this.#pack.legalEntity,
        execute: this.#options.stagingOnly !== true,
        overwrite,
      });
    } catch (thrown) {
      this.#unanswered(asDmfpipeError(thrown));
      return;
    }
    switch (outcome.kind) {
      case "accepted":
        this.#accepted(outcome.executionId);
        this.#options.onImported(this.#pack, overwrite);
        break;
      case "known":
        await this.#adoptKnown();
        break;
      case "refused":
        this.#refused(outcome.refusal.message);
        break;
      default:
        outcome satisfies never;
    }
  }

  /** From here on F&O is asked under the id it named, should that be another than the one that was sent. */
  #accepted(executionId: string): void {
    if (executionId === this.#pack.executionId) this.#move("executing", "F&O accepted it");
    else this.#move("executing", `F&O accepted it under an id of its own, ${executionId}`, { executionId });
  }

  /** Returns where F&O is to be asked what became of the call; throws where the run stops here. */
  #unanswered(error: DmfpipeError): void {
    if (neverTaken.has(error.code)) {
      this.#move("uploaded", `not sent: ${error.message}`);
      throw error;
    }
    this.#move("in doubt", error.message);
    if (error.code !== "DMFP-IN-DOUBT" && error.code !== "DMFP-HTTP-ANSWER") throw error;
    if (!this.#mayAsk) throw this.#inDoubt(`: ${error.message}`, error);
  }

  #refused(message: string): void {
    const again = this.#attempts < this.#options.settings.importAttempts;
    if (again && collision.test(message)) {
      this.#collided = true;
      this.#move("in doubt", `F&O was busy with another import: ${message}`);
    } else if (again && addressExpired.test(message)) {
      this.#url = undefined;
      this.#move("uploaded", `F&O could not fetch the package: ${message}`);
    } else {
      const counts = this.#pack.parts.map(({ records }) => ({ ...nothingDone, unprocessed: records }));
      const advice = dataProjectAdvice(message, this.#pack.dataProject);
      const words = advice === undefined ? message : `${message} ${advice}`;
      this.#move("failed", `refused: ${words}`, { message: words, counts });
    }
  }

  /** Invariant: a doubt ends only by asking F&O for our execution id, and a second POST uses the same one. */
  async #resolveDoubt(): Promise<void> {
    const { environment, settings } = this.#options;
    if (!this.#mayAsk && !this.#collided) throw this.#inDoubt(".");
    try {
      const status = await this.#poll(
        async (endsAtMs) => await environment.api.getExecutionSummaryStatus(this.#pack.executionId, endsAtMs),
        settings.doubtGraceMs,
      );
      const details = status === undefined ? await environment.jobDetails(this.#pack.executionId) : [];
      if (status !== undefined || details.length > 0) {
        await this.#assertOurs();
        this.#move("executing", `F&O knows the execution id (${status ?? "in its job details"})`);
        return;
      }
      if (this.#attempts >= settings.importAttempts) {
        throw this.#inDoubt(`: it was sent ${this.#attempts} times, and F&O does not know it.`);
      }
      this.#url = this.#address() ?? (await this.#uploadFile());
    } catch (thrown) {
      throw this.#stillInDoubt(thrown);
    }
    await this.#import(this.#url);
  }

  /** F&O refused the call because it has the execution id: from an earlier call of ours, unless somebody else used it. */
  async #adoptKnown(): Promise<void> {
    try {
      await this.#assertOurs();
    } catch (thrown) {
      this.#move("in doubt", asDmfpipeError(thrown).message);
      throw this.#stillInDoubt(thrown);
    }
    this.#move("executing", "F&O knows the execution id already");
  }

  /** Throws DMFP-IN-DOUBT where F&O has our execution id for another data project than the package's. */
  async #assertOurs(): Promise<void> {
    const { executionId, dataProject } = this.#pack;
    const details = await this.#options.environment.jobDetails(executionId);
    const foreign = details.find((detail) => {
      const name = detail.dataProject.trim().toLowerCase();
      return name !== "" && name !== dataProject.toLowerCase();
    });
    if (foreign === undefined) return;
    const whose = `of data project ${foreign.dataProject}, not of ${dataProject}`;
    throw this.#inDoubt(
      `: F&O has an execution ${executionId} ${whose}. Somebody else used this id; look at it there.`,
    );
  }

  /** `words` go on after the sentence about the package. */
  #inDoubt(words: string, cause?: DmfpipeError): DmfpipeError {
    const text = `It is not known whether F&O accepted package ${this.#pack.key}${words}`;
    return new DmfpipeError("DMFP-IN-DOUBT", text, {
      at: { environment: this.#options.environment.name },
      cause,
    });
  }

  /** While nobody can be asked, the run's result is the doubt, not the reason why asking failed. */
  #stillInDoubt(thrown: unknown): DmfpipeError {
    const error = asDmfpipeError(thrown);
    if (error.code === "DMFP-INTERRUPTED" || error.code === "DMFP-IN-DOUBT") return error;
    return this.#inDoubt(`, and it could not be asked: ${error.message}`, error);
  }

  async #waitForEnd(): Promise<void> {
    const { environment, settings } = this.#options;
    let last: ExecutionStatus | undefined;
    let finalSinceMs = Infinity;
    const status = await this.#poll(async (endsAtMs) => {
      last = await environment.api.getExecutionSummaryStatus(this.#pack.executionId, endsAtMs);
      if (last === undefined || !finalStatuses.has(last)) return undefined;
      finalSinceMs = Math.min(finalSinceMs, monotonicMs());
      // Nobody documents that a status does not go back to Executing: it counts when all entities are at their end, too.
      const settled = (await this.#settled(last)) || monotonicMs() - finalSinceMs >= settings.doubtGraceMs;
      return settled ? last : undefined;
    }, settings.importDeadlineMs);
    if (status === undefined) {
      throw new DmfpipeError(
        "DMFP-POLL-DEADLINE",
        `Package ${this.#pack.key} was still ${last ?? "not known"} in F&O when the deadline came.`,
        { at: { environment: environment.name } },
      );
    }
    this.#move("collecting", `F&O says ${status}`, { environmentStatus: status });
  }

  /** Whether no entity is still to be worked on, as far as F&O's details say. */
  async #settled(status: ExecutionStatus): Promise<boolean> {
    const details = await this.#options.environment.jobDetails(this.#pack.executionId);
    const open =
      status === "Failed" || status === "Canceled" ? /^Executing$/i : /^(Executing|Waiting|NotStarted)$/i;
    return !details.some(
      ({ stagingStatus, targetStatus }) => open.test(stagingStatus) || open.test(targetStatus),
    );
  }

  async #poll<T>(
    ask: (endsAtMs: number) => Promise<T | undefined>,
    deadlineMs: number,
  ): Promise<T | undefined> {
    const { settings, signal } = this.#options;
    return await poll(ask, {
      firstMs: settings.firstPollMs,
      longestMs: settings.longestPollMs,
      deadlineMs,
      signal,
    });
  }

  #move(to: PackageState, why: string, set?: MoveDetails): void {
    this.#pack = this.#options.ledger.move(this.#options.run, this.#pack, to, why, set);
    this.#options.onMove(this.#pack, why);
  }
}
