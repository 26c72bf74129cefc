import { mkdir, rm } from "node:fs/promises";
import path from "node:path";
import { Environment } from "../environment/environment.ts";
import { asDmfpipeError, DmfpipeError } from "../errors/dmfpipe-error.ts";
import { ExitCode } from "../errors/exit-code.ts";
import { buildEntity, type NewPackage } from "./build-packages.ts";
import { collectPackage } from "./collect-package.ts";
import { assertWithinBudget } from "./error-budget.ts";
import { fingerprintOf, fingerprintParts } from "./fingerprint.ts";
import { finishRun } from "./finish-run.ts";
import { Ledger, type BuildCounts, type LedgerPackage, type LedgerRun } from "./ledger.ts";
import type { PlannedLoad } from "./load-plan.ts";
import { defaultLoadSettings, type LoadSettings } from "./load-settings.ts";
import { isFinal } from "./package-state.ts";
import { assertResumable } from "./resume-check.ts";
import { RunFolder } from "./run-folder.ts";
import { ReferenceCheck } from "./reference-check.ts";
import { RunLog, scrubbedEvent, type LoadListener } from "./run-log.ts";
import { PackageSender } from "./send-package.ts";
import { readSnapshots } from "./snapshot.ts";
import { endByError, endOfRun, entitySummaries } from "./summarize.ts";
import { FailedEntities } from "./failed-entities.ts";
import type { LoadOptions, RunResult } from "./load-options.ts";

/** One run while it is going on: begun or taken up again, built, sent, and concluded. */
export class RunSession {
  environment: Environment | undefined;
  readonly #options: LoadOptions;
  readonly #runId: string;
  readonly #planned: readonly PlannedLoad[];
  readonly #folder: RunFolder;
  readonly #ledger: Ledger;
  readonly #settings: LoadSettings;
  #log: RunLog | undefined;

  constructor(
    options: LoadOptions,
    parts: { runId: string; planned: readonly PlannedLoad[]; folder: RunFolder; ledger: Ledger },
  ) {
    this.#options = options;
    this.#runId = parts.runId;
    this.#planned = parts.planned;
    this.#folder = parts.folder;
    this.#ledger = parts.ledger;
    const importDeadlineMs = options.project.limits.importMinutes * 60_000;
    this.#settings = { ...defaultLoadSettings, importDeadlineMs, ...options.settings };
  }

  log(event: Parameters<LoadListener>[0]): void {
    // Before the run has a folder (while signing in) there is no log; the listener hears it all the same.
    if (this.#log === undefined) this.#options.listener?.(scrubbedEvent(event));
    else this.#log.write(event);
  }

  /** Enters a new run into the ledger and makes its folder. */
  async begin(command: string): Promise<void> {
    const { project, version, environmentName } = this.#options;
    // Only a load is ever resumed; for a dry run, hashing would mean reading every source once more.
    const parts = command === "load" ? await fingerprintParts(project, this.#planned, version) : {};
    await this.#openLog();
    this.#ledger.startRun({
      id: this.#runId,
      command,
      project: project.name,
      environment: environmentName,
      fingerprint: fingerprintOf(parts),
      fingerprintParts: JSON.stringify(parts),
    });
    this.log({ kind: "run", run: this.#runId, text: `${command} into ${environmentName} begins` });
  }

  /**
   * Takes a stopped run up again, after checking that it still means the same, and returns how it stands. Read here,
   * under the lock, and not before: the process that held the lock until now may have built, sent or ended it.
   */
  async takeUp(): Promise<LedgerRun> {
    const { project, version } = this.#options;
    const run = this.#ledger.run(this.#runId);
    if (run === undefined || run.phase === "finished") {
      throw new DmfpipeError("DMFP-NOTHING-TO-DO", `Run ${this.#runId} was just ended by another process.`);
    }
    const parts = await fingerprintParts(project, this.#planned, version);
    assertResumable(run, parts);
    await this.#openLog();
    this.log({ kind: "run", run: run.id, text: `resumed while ${run.phase}` });
    if (run.phase === "building") {
      this.#ledger.restartBuild(run.id);
      await rm(this.#folder.packages, { recursive: true, force: true });
    }
    return run;
  }

  /** Reads all sources and finds everything that is wrong with them, references included; writes no package. */
  async check(): Promise<void> {
    const { project, environmentName, catalogue } = this.#options;
    const snapshots = await readSnapshots(project.root, environmentName, catalogue);
    for (const { entity, records, takenAt } of snapshots.values()) {
      this.log({
        kind: "run",
        run: this.#runId,
        text: `${entity}: ${records} keys as of ${takenAt} (snapshot)`,
      });
    }
    const known = new Map([...snapshots].map(([label, { keys }]) => [label, keys]));
    await this.build(false, new ReferenceCheck(this.#planned, known, (label) => catalogue.find(label)));
  }

  /** Reads all sources and, where asked, writes the packages. Nothing is sent before all of it has succeeded. */
  async build(write: boolean, references?: ReferenceCheck): Promise<void> {
    const { project, definition, signal } = this.#options;
    await mkdir(this.#folder.packages, { recursive: true, mode: 0o700 });
    const writes =
      definition.writes === undefined
        ? undefined
        : new Set(definition.writes.map((code) => code.toUpperCase()));
    const packages: NewPackage[] = [];
    const counts: BuildCounts[] = [];
    for (const planned of this.#planned) {
      const built = await buildEntity({
        planned,
        run: this.#runId,
        project: project.name,
        folder: this.#folder,
        recordsPerPackage: project.limits.recordsPerPackage,
        writes,
        signal,
        write,
        ...(references === undefined ? {} : { references }),
        log: (event) => {
          this.log(event);
        },
      });
      packages.push(...built.packages);
      counts.push(...built.counts);
    }
    this.#ledger.finishBuild(this.#runId, packages, counts);
    assertWithinBudget(project.limits.rejections, counts);
  }

  /** Sends every package that is not over yet, one after the other: F&O takes one import at a time. */
  async send(): Promise<void> {
    const failed = new FailedEntities(this.#planned);
    for (const pack of this.#ledger.packages(this.#runId)) {
      const planned = this.#planned.find((candidate) => candidate.schema.label === pack.entity);
      if (planned === undefined) throw new DmfpipeError("DMFP-BUG", `No mapping is for ${pack.entity}.`);
      const cause = failed.blocking(planned, pack.legalEntity);
      const end = isFinal(pack.state)
        ? pack
        : cause !== undefined && pack.state === "built"
          ? this.#skip(pack, cause)
          : await this.#sendOne(pack, planned);
      if (end.state !== "done") failed.add(planned, pack.legalEntity);
    }
  }

  /**
   * Runs the work, and then writes rejections, summary and report, whether it ended well or not. A run that can
   * be resumed keeps its phase in the ledger.
   */
  async conclude(work: () => Promise<void>): Promise<RunResult> {
    let error: DmfpipeError | undefined;
    try {
      await work();
    } catch (thrown) {
      error = asDmfpipeError(thrown);
      // Packages of a build that broke off are of no use: nothing was sent, and a new run builds its own.
      const broken = this.#ledger.run(this.#runId)?.phase === "building";
      if (broken) await rm(this.#folder.packages, { recursive: true, force: true });
    }
    const packages = this.#ledger.packages(this.#runId);
    const entities = entitySummaries(this.#ledger.counts(this.#runId), packages);
    const end =
      error === undefined ? endOfRun(entities, packages, this.environment !== undefined) : endByError(error);
    const run = this.#ledger.run(this.#runId);
    if (run === undefined) throw new DmfpipeError("DMFP-BUG", `Run ${this.#runId} is not in the ledger.`);
    const resumable = error !== undefined && run.command === "load" && isResumable(run, error);
    const summary = await finishRun({
      run,
      folder: this.#folder,
      planned: this.#planned,
      entities,
      packages,
      status: end.status,
      exitCode: end.exitCode,
      finishedAt: new Date(this.#options.clock.now()).toISOString(),
    });
    this.#ledger.endRun(this.#runId, { status: end.status, exitCode: end.exitCode, resumable });
    this.log({ kind: "run", run: this.#runId, text: `${end.status}, exit code ${end.exitCode}` });
    return {
      summary,
      folder: this.#folder,
      resumable,
      ...(end.error === undefined ? {} : { error: end.error }),
    };
  }

  async #sendOne(pack: LedgerPackage, planned: PlannedLoad): Promise<LedgerPackage> {
    const { signal, definition } = this.#options;
    const { environment } = this;
    if (environment === undefined) throw new DmfpipeError("DMFP-BUG", "A dry run tried to send a package.");
    const sender = new PackageSender(pack, {
      run: this.#runId,
      ledger: this.#ledger,
      environment,
      settings: this.#settings,
      signal,
      file: this.#folder.packageFile(pack.key),
      onInDoubt: definition.onInDoubt,
      onMove: (moved, why) => {
        this.#logPackage(moved, why);
      },
    });
    const sent = await sender.send();
    if (sent.state !== "collecting") return sent;
    const collected = await collectPackage({
      pack: sent,
      planned,
      folder: this.#folder,
      environment,
      settings: this.#settings,
      signal,
    });
    const { counts, message, remarks } = collected;
    if (remarks > 0) {
      const where = path.relative(this.#options.project.root, this.#folder.errorChannels);
      const text = `F&O had remarks about ${remarks === 1 ? "1 record" : `${remarks} records`} of ${sent.key} that it loaded all the same; they are in ${where}`;
      this.log({ kind: "warning", text });
    }
    const why = `${counts.created} created, ${counts.updated} updated, ${counts.rejectedStaging + counts.rejectedTarget} rejected`;
    const over = this.#ledger.move(this.#runId, sent, collected.failed ? "failed" : "done", why, {
      counts,
      ...(message === undefined ? {} : { message }),
    });
    this.#logPackage(over, message ?? why);
    return over;
  }

  #skip(pack: LedgerPackage, cause: string): LedgerPackage {
    const why = `not sent, because ${cause} failed`;
    const skipped = this.#ledger.move(this.#runId, pack, "unprocessed", why, { message: why });
    this.#logPackage(skipped, why);
    return skipped;
  }

  #logPackage(pack: LedgerPackage, text: string): void {
    const { key, entity, legalEntity, records, state } = pack;
    this.log({ kind: "package", package: key, entity, legalEntity, records, state, text });
  }

  async #openLog(): Promise<void> {
    await mkdir(this.#folder.rejectionParts, { recursive: true, mode: 0o700 });
    const { clock, listener } = this.#options;
    this.#log = new RunLog({ file: this.#folder.logFile, run: this.#runId, clock, listener });
  }
}

/** An interrupted build is built anew; once packages exist, everything but a stop on purpose can go on. */
function isResumable(run: LedgerRun, error: DmfpipeError): boolean {
  const { exitCode } = error.entry;
  if (exitCode === ExitCode.errorBudget) return false;
  if (run.phase === "loading") return true;
  return exitCode === ExitCode.interrupted || exitCode === ExitCode.temporary;
}
