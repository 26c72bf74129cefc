import path from "node:path";
import type { Environment } from "../../environment/environment.ts";
import type { Project } from "../../project/project.ts";
import { MessageMeaning } from "../../rejection/meaning/message-meaning.ts";
import { collectPackage } from "../collecting/collect-package.ts";
import { DataProjectCheck } from "./data-project.ts";
import {
  entitiesOf,
  sumOf,
  type LedgerPackage,
  type PartCounts,
  type RunChoices,
} from "../ledger/ledger-rows.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { PlannedLoad } from "../load-plan.ts";
import type { LoadSettings } from "../load-settings.ts";
import type { RunFolder } from "../run-folder.ts";
import type { LoadEvent } from "../run-log.ts";
import { PackageSender } from "./send-package.ts";

export interface DeliveryOptions {
  readonly run: string;
  readonly project: Project;
  readonly environment: Environment;
  readonly ledger: Ledger;
  readonly folder: RunFolder;
  readonly settings: LoadSettings;
  readonly onInDoubt: "ask" | "stop";
  readonly choices: Pick<RunChoices, "stagingOnly">;
  /** Aborted when the run is to stop soon. */
  readonly signal: AbortSignal;
  readonly log: (event: LoadEvent) => void;
}

/** What is done with one package, step by step; when each step has its turn is the business of package-flow.ts. */
export class PackageDelivery {
  readonly #options: DeliveryOptions;
  readonly #dataProjects: DataProjectCheck;
  readonly #broken = new AbortController();
  readonly #meaning: MessageMeaning;
  readonly #signal: AbortSignal;

  constructor(options: DeliveryOptions) {
    const { run, project, environment, ledger, log } = options;
    this.#options = options;
    // By the day the run began: a run that is resumed goes on judging as it did.
    const today = ledger.run(run)?.startedAt ?? "";
    this.#meaning = new MessageMeaning({ messages: project.messages, today });
    this.#signal = AbortSignal.any([options.signal, this.#broken.signal]);
    this.#dataProjects = new DataProjectCheck({ run, project, environment, ledger, log });
  }

  /** Ends all waiting for F&O, because the load cannot go on: it throws DMFP-INTERRUPTED, and the ledger has the rest. */
  stopWaiting(): void {
    this.#broken.abort();
  }

  /** What brings the package from where the ledger says it is to its end in F&O. */
  sender(pack: LedgerPackage, planned: readonly PlannedLoad[]): PackageSender {
    const { run, ledger, environment, settings, folder, onInDoubt, choices } = this.#options;
    return new PackageSender(pack, {
      run,
      ledger,
      environment,
      settings,
      signal: this.#signal,
      file: folder.packageFile(pack.key),
      onInDoubt,
      stagingOnly: choices.stagingOnly === true,
      prepare: async (current) => await this.#dataProjects.prepare(current, planned),
      onImported: (current, replaced) => {
        this.#dataProjects.imported(current, replaced);
      },
      onMove: (moved, why) => {
        this.#tell(moved, why);
      },
    });
  }

  /**
   * Collects what became of a package whose execution is over. Throws DMFP-INTERRUPTED and what the environment throws;
   * the package then stays `collecting`.
   */
  async collect(pack: LedgerPackage, planned: readonly PlannedLoad[]): Promise<LedgerPackage> {
    const { run, project, ledger, environment, settings, folder, log, choices } = this.#options;
    const signal = this.#signal;
    const stagingOnly = choices.stagingOnly === true;
    const shared = { project, folder, environment, settings, signal, stagingOnly, meaning: this.#meaning };
    const collected = await collectPackage({ ...shared, pack, planned });
    const { counts, unattributed, message, remarks, note } = collected;
    if (note !== undefined) log({ kind: "warning", text: note });
    if (remarks > 0) {
      const where = path.relative(project.root, folder.errorChannels);
      const text = `F&O had remarks about ${remarks === 1 ? "1 record" : `${remarks} records`} of ${pack.key} that it loaded all the same; they are in ${where}`;
      log({ kind: "warning", text });
    }
    const sum = (pick: (part: PartCounts) => number): number =>
      counts.reduce((total, part) => total + pick(part), 0);
    const rejected = sum((part) => part.rejectedStaging + part.rejectedTarget);
    const staged = stagingOnly ? `${sum((part) => part.staged)} in staging, ` : "";
    const why = `${staged}${sum((part) => part.created)} created, ${sum((part) => part.updated)} updated, ${rejected} rejected`;
    const over = ledger.move(run, pack, collected.failed ? "failed" : "done", why, {
      counts,
      unattributed,
      ...(message === undefined ? {} : { message }),
    });
    this.#tell(over, message ?? why);
    return over;
  }

  /** Gives up a package that cannot be sent, because what it waits for failed. */
  skip(pack: LedgerPackage, cause: string): LedgerPackage {
    const { run, ledger } = this.#options;
    const why = `not sent, because ${cause} failed`;
    // One that was uploaded ahead of its turn: nobody will import that blob.
    const built = pack.state === "uploaded" ? ledger.move(run, pack, "built", why) : pack;
    const skipped = ledger.move(run, built, "unprocessed", why, { message: why });
    this.#tell(skipped, why);
    return skipped;
  }

  #tell(pack: LedgerPackage, text: string): void {
    const { key, legalEntity, state, sizeBytes, executionId } = pack;
    const records = sumOf(pack, "records");
    const entity = entitiesOf(pack);
    this.#options.log({
      kind: "package",
      package: key,
      entity,
      legalEntity,
      records,
      sizeBytes,
      executionId,
      state,
      text,
    });
  }
}
