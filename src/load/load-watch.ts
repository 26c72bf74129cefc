import { existsSync } from "node:fs";
import type { Clock } from "../errors/clock.ts";
import { asDmfpipeError } from "../errors/dmfpipe-error.ts";
import { ExitCode } from "../errors/exit-code.ts";
import type { Retention } from "../project/retention.ts";
import type { UnattendedSettings } from "../project/unattended-settings.ts";
import { isSending } from "./ledger/ledger-rows.ts";
import { Ledger } from "./ledger/ledger.ts";
import { loadMetrics } from "./telemetry/load-metrics.ts";
import type { RunResult } from "./load-options.ts";
import { outcomeOfFailure, outcomeOfRun, type LoadOutcome, type OutcomeFrame } from "./load-outcome.ts";
import { metricsFile, writeMetricsFile } from "./telemetry/metrics-file.ts";
import { notify } from "./notification/notify.ts";
import { purge } from "./purge.ts";
import { ledgerFile } from "./run-folder.ts";
import type { LoadCallListener, LoadListener } from "./run-log.ts";
import { RunTimes } from "./ledger/run-times.ts";
import { startTelemetry, type Telemetry } from "./telemetry/telemetry.ts";

export interface LoadWatchOptions {
  readonly settings: UnattendedSettings;
  readonly environment: string;
  readonly command: string;
  /** Version of dmfpipe. */
  readonly version: string;
  readonly clock: Clock;
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Metrics file named on the command line, absolute: instead of the one in project.yaml. */
  readonly metricsFile?: string;
  /** Hears, for a person, of what went wrong with telling the world; none of it changes how the run ends. */
  readonly warn: (text: string) => void;
  /** Hears, for a person, what was done beside the run. */
  readonly inform: (text: string) => void;
}

/**
 * Tells the world outside about one run: telemetry for every command that makes one; for what sends something (`load`
 * and `resume`) also the metrics file and the notification, be it that the run could not even begin, and at last the
 * cleaning up. Whatever fails here is a warning.
 */
export class LoadWatch {
  readonly #options: LoadWatchOptions;
  readonly #startedMs: number;
  readonly #times: RunTimes;
  readonly #telemetry: Telemetry | undefined;

  private constructor(options: LoadWatchOptions, startedMs: number, telemetry: Telemetry | undefined) {
    this.#options = options;
    this.#startedMs = startedMs;
    this.#times = new RunTimes(startedMs);
    this.#telemetry = telemetry;
  }

  /** To be begun before anything can fail. Never throws. */
  static async begin(options: LoadWatchOptions): Promise<LoadWatch> {
    const startedMs = options.clock.now();
    const { settings, ...rest } = options;
    try {
      const telemetry = await startTelemetry({ ...rest, project: settings.project });
      return new LoadWatch(options, startedMs, telemetry);
    } catch (thrown) {
      options.warn(`no telemetry: ${asDmfpipeError(thrown).message}`);
      return new LoadWatch(options, startedMs, undefined);
    }
  }

  /** Where the time of the run went so far. */
  get times(): RunTimes {
    return this.#times;
  }

  readonly listener: LoadListener = (event) => {
    this.#times.note(event, this.#options.clock.now());
    this.#telemetry?.listener(event);
  };

  readonly onCall: LoadCallListener = (call) => {
    this.#times.noteCall(call, this.#options.clock.now());
    this.#telemetry?.onCall(call);
  };

  /** The run came to an end, whichever. `next`: the command to type now. `keep`: how long runs are kept. */
  async ended(
    result: RunResult,
    options: { readonly next: string | undefined; readonly keep: Retention | undefined },
  ): Promise<void> {
    const outcome = outcomeOfRun(this.#frame(), result, options.next);
    await this.#tell(outcome);
    const complete = outcome.exitCode === ExitCode.ok || outcome.exitCode === ExitCode.rejections;
    if (complete && this.#sends && options.keep !== undefined) await this.#purge(options.keep);
  }

  /** There was no run: something was wrong before it could begin. */
  async failed(thrown: unknown): Promise<void> {
    await this.#tell(outcomeOfFailure(this.#frame(), thrown));
  }

  get #sends(): boolean {
    return ["load", "resume", "resubmit"].includes(this.#options.command);
  }

  #frame(): OutcomeFrame {
    const { settings, environment, command, clock } = this.#options;
    const { project } = settings;
    return { project, environment, command, startedMs: this.#startedMs, finishedMs: clock.now() };
  }

  async #tell(outcome: LoadOutcome): Promise<void> {
    await this.#telemetry?.end(outcome);
    if (!this.#sends) return;
    await this.#writeMetrics(outcome);
    const { settings, variables, clock, warn } = this.#options;
    if (settings.notify === undefined) return;
    const problem = await notify(outcome, { settings: settings.notify, variables, clock });
    if (problem !== undefined) warn(problem);
  }

  async #writeMetrics(outcome: LoadOutcome): Promise<void> {
    const { settings, environment, warn } = this.#options;
    const configured = this.#options.metricsFile ?? settings.metricsFile;
    if (configured === undefined) return;
    try {
      const loads = (await this.#withLedger((ledger) => ledger.runs())) ?? [];
      const ofEnvironment = loads.filter((run) => isSending(run) && run.environment === environment);
      const metrics = loadMetrics({ outcome, times: this.#times, loads: ofEnvironment });
      writeMetricsFile(metricsFile(settings.root, configured, environment), metrics);
    } catch (thrown) {
      warn(`no metrics: ${asDmfpipeError(thrown).message}`);
    }
  }

  async #purge(keep: Retention): Promise<void> {
    const { settings, clock, warn, inform } = this.#options;
    try {
      const purged = await this.#withLedger((ledger) =>
        purge({ projectRoot: settings.root, ledger, now: clock.now(), keep, dryRun: false }),
      );
      if (purged === undefined) return;
      const { runs, packages } = purged;
      if (runs.length > 0) inform(`old runs removed: ${runs.map(({ run }) => run).join(", ")}`);
      if (packages.length > 0) inform(`packages removed of: ${packages.map(({ run }) => run).join(", ")}`);
    } catch (thrown) {
      warn(`old runs could not be removed: ${asDmfpipeError(thrown).message}`);
    }
  }

  /** The result of the work, which has its ledger for as long as it takes; undefined where there is no ledger. */
  async #withLedger<T>(work: (ledger: Ledger) => T | Promise<T>): Promise<T | undefined> {
    const { settings, clock } = this.#options;
    const file = ledgerFile(settings.root);
    if (!existsSync(file)) return undefined;
    const ledger = Ledger.open(file, clock);
    try {
      return await work(ledger);
    } finally {
      ledger.close();
    }
  }
}
