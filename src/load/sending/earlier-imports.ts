import type { Environment } from "../../environment/environment.ts";
import { finalStatuses } from "../../environment/package-api.ts";
import { DmfpipeError } from "../../errors/dmfpipe-error.ts";
import type { ImportInFlight } from "../ledger/ledger-moves.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { LoadSettings } from "../load-settings.ts";
import { poll } from "./polling.ts";
import type { LoadEvent } from "../run-log.ts";

export interface EarlierImportsOptions {
  readonly run: string;
  readonly environmentName: string;
  readonly environment: Environment;
  readonly ledger: Ledger;
  readonly settings: LoadSettings;
  readonly signal: AbortSignal;
  readonly log: (event: LoadEvent) => void;
}

/**
 * What F&O works on, counted from the ledger and not from what this process happens to have begun: a run that was
 * interrupted may have left packages behind that are still being imported. They are not this run's business, and their
 * states are left as they are for whoever resumes that run; only F&O is asked whether they are over.
 */
export class EarlierImports {
  readonly #options: EarlierImportsOptions;
  readonly #over = new Set<string>();

  constructor(options: EarlierImportsOptions) {
    this.#options = options;
  }

  /** Packages that F&O works on or may work on, of this run and of earlier ones. */
  inFlight(): number {
    const { ledger, environmentName } = this.#options;
    return ledger.moves.inFlight(environmentName).filter(({ executionId }) => !this.#over.has(executionId))
      .length;
  }

  /**
   * Waits until F&O is done with the packages of earlier runs. Throws DMFP-POLL-DEADLINE where one does not end,
   * DMFP-INTERRUPTED and what the environment throws.
   */
  async waitForEnd(): Promise<void> {
    const { ledger, environmentName, run } = this.#options;
    for (const left of ledger.moves.inFlight(environmentName)) {
      if (left.run === run) continue;
      await this.#waitFor(left);
      this.#over.add(left.executionId);
    }
  }

  async #waitFor(left: ImportInFlight): Promise<void> {
    const { environment, settings, signal, log } = this.#options;
    let told = false;
    const over = await poll(
      async (endsAtMs) => {
        const status = await environment.api.getExecutionSummaryStatus(left.executionId, endsAtMs);
        // Not known: F&O never took it, or its history was cleaned up since.
        if (status === undefined || finalStatuses.has(status)) return true;
        if (!told)
          log({ kind: "warning", text: `F&O still works on ${left.key} of run ${left.run}; waiting for it` });
        told = true;
        return undefined;
      },
      {
        firstMs: settings.firstPollMs,
        longestMs: settings.longestPollMs,
        deadlineMs: settings.importDeadlineMs,
        signal,
      },
    );
    if (over === true) return;
    throw new DmfpipeError(
      "DMFP-POLL-DEADLINE",
      `F&O still worked on package ${left.key} of the earlier run ${left.run} when the deadline came, so nothing was sent.`,
      {
        at: { environment: environment.name },
        next: `If nothing moves there any more, delete ${left.executionId} from the Job history of Data management and give that run up: dmfpipe abandon ${left.run}; then: dmfpipe resume`,
      },
    );
  }
}
