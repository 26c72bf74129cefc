import { mkdir, rm } from "node:fs/promises";
import type { Environment } from "../environment/environment.ts";
import { asDmfpipeError, DmfpipeError } from "../errors/dmfpipe-error.ts";
import type { RunObjection } from "../rejection/summary.ts";
import { expiredNoiseWarnings } from "../rejection/meaning/noise.ts";
import { buildRun, type BuiltEntities } from "./packing/build-run.ts";
import { packSecondPasses } from "./packing/build-second-pass.ts";
import { fingerprintOf, fingerprintParts } from "./packing/fingerprint.ts";
import { endRun } from "./end-run.ts";
import { isSending, type LedgerRun, type RunChoices } from "./ledger/ledger-rows.ts";
import type { Ledger } from "./ledger/ledger.ts";
import type { PlannedLoad } from "./load-plan.ts";
import { defaultLoadSettings, type LoadSettings } from "./load-settings.ts";
import type { DryRunFacts } from "./reading/dry-run-facts.ts";
import { objectionError, objectionsSoFar, objectionsTo, withDeclared } from "./reading/objections.ts";
import { PackageSet } from "./packing/package-set.ts";
import { demandStaging } from "./packing/staging-guard.ts";
import { assertResumable } from "./resume-check.ts";
import { isResumable, runChoicesOf } from "./run-choices.ts";
import { RunFolder } from "./run-folder.ts";
import { RunLog, scrubbedEvent, type LoadCall, type LoadListener } from "./run-log.ts";
import type { RunStop } from "./sending/run-stop.ts";
import { lateStop, stopText } from "./sending/late-stop.ts";
import type { RunSending } from "./sending/send-run.ts";
import { writableCompanies } from "./sending/writable-company.ts";
import { sendWhileBuilding } from "./sending/send-while-building.ts";
import { endByError, endOfRun, entitySummaries } from "./summarize.ts";
import { selfReferenceWarnings } from "./reading/self-references.ts";
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
  readonly #stop: RunStop;
  /** Of a run that is resumed: what was chosen when it began. */
  #choices: RunChoices;
  #log: RunLog | undefined;
  /** Of `check`. */
  #facts: DryRunFacts | undefined;

  readonly #tell: LoadListener = (event) => {
    this.log(event);
  };

  constructor(
    options: LoadOptions,
    parts: {
      runId: string;
      planned: readonly PlannedLoad[];
      folder: RunFolder;
      ledger: Ledger;
      stop: RunStop;
    },
  ) {
    this.#options = options;
    this.#runId = parts.runId;
    this.#planned = parts.planned;
    this.#folder = parts.folder;
    this.#ledger = parts.ledger;
    this.#stop = parts.stop;
    if (options.stagingOnly === true) demandStaging(options.project, parts.planned);
    this.#choices = runChoicesOf(options);
    const { importMinutes, doubtSeconds, executionErrorsBytes } = options.project.limits;
    const [importDeadlineMs, doubtGraceMs] = [importMinutes * 60_000, doubtSeconds * 1000];
    const limits = { importDeadlineMs, doubtGraceMs, executionErrorsBytes };
    this.#settings = { ...defaultLoadSettings, ...limits, ...options.settings };
  }

  log(event: Parameters<LoadListener>[0]): void {
    // Before the run has a folder (while signing in) there is no log; the listener hears it all the same.
    if (this.#log === undefined) this.#options.listener?.(scrubbedEvent(event));
    else this.#log.write(event);
  }

  /** A request that was made; what is worth it goes into the log. */
  logCall(call: LoadCall): void {
    this.#log?.writeCall(call);
    this.#options.onCall?.(call);
  }

  /** The run was asked to stop, and may take a moment for it: who waits should know why, and that it can be had faster. */
  tellStop(): void {
    const { graceSeconds } = this.#options.project.limits;
    this.log({ kind: "warning", text: stopText(this.#stop.reason, graceSeconds) });
  }

  /** Enters a new run into the ledger and makes its folder. */
  async begin(command: string): Promise<void> {
    const { project, version, environmentName } = this.#options;
    // Only a load is ever resumed; for a dry run, hashing would mean reading every source once more.
    const parts = isSending({ command }) ? await fingerprintParts(project, this.#planned, version) : {};
    await this.#openLog();
    this.#ledger.startRun({
      id: this.#runId,
      command,
      project: project.name,
      environment: environmentName,
      fingerprint: fingerprintOf(parts),
      fingerprintParts: JSON.stringify(parts),
      choices: this.#choices,
    });
    this.log({
      kind: "run",
      run: this.#runId,
      phase: "reading",
      text: `${command} into ${environmentName} begins`,
    });
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
    assertResumable(run, parts, { packages: this.#ledger.packages(run.id), project });
    const { despiteRejections } = this.#options;
    this.#choices = { ...run.choices, ...(despiteRejections === true ? { despiteRejections } : {}) };
    this.#ledger.takeUpRun(run.id, this.#choices);
    await this.#openLog();
    const phase = run.phase === "building" ? "reading" : "loading";
    this.log({ kind: "run", run: run.id, phase, text: `resumed while ${run.phase}` });
    if (run.phase === "building" && !this.sendsWhileBuilding) {
      this.#ledger.restartBuild(run.id);
      await rm(this.#folder.packages, { recursive: true, force: true });
    }
    return run;
  }

  /** Something that a person should know about the run. */
  tell(text: string): void {
    this.log({ kind: "run", run: this.#runId, text });
  }

  /**
   * Reads all sources and finds everything that is wrong with them, references included; writes no package. Without a
   * snapshot of the environment only references to what is rejected itself are found.
   */
  async check({ withSnapshot = true } = {}): Promise<void> {
    const { project, environmentName, catalogue, clock } = this.#options;
    const planned = this.#planned;
    const { factsWithSnapshot, factsWithoutSnapshot } = await import("./reading/dry-run-facts.ts");
    this.#facts = withSnapshot
      ? await factsWithSnapshot({
          ...{ project, environmentName, catalogue, planned },
          profilesEveryRecord: this.#options.profilesEveryRecord,
          now: clock.now(),
          tell: (text) => {
            this.tell(text);
          },
          warn: (text) => {
            this.log({ kind: "warning", text });
          },
        })
      : factsWithoutSnapshot({ catalogue, planned });
    await this.build(false);
  }

  /**
   * Reads all sources and, where asked, writes the packages. Nothing is sent before all of it has succeeded, unless
   * `ahead` says where packages go meanwhile, and when that has ended.
   */
  async build(
    write: boolean,
    options: {
      readonly ahead?: { readonly sending: RunSending; readonly signal: AbortSignal };
    } = {},
  ): Promise<void> {
    const { ahead } = options;
    const { project } = this.#options;
    const { references, profiles } = this.#facts ?? {};
    const signal = this.#stop.soon;
    await mkdir(this.#folder.packages, { recursive: true, mode: 0o700 });
    for (const text of selfReferenceWarnings(this.#planned)) this.log({ kind: "warning", text });
    const today = new Date(this.#options.clock.now()).toISOString();
    for (const text of expiredNoiseWarnings(project.messages?.noise ?? [], today)) {
      this.log({ kind: "warning", text });
    }
    const { packages, counts } = await buildRun({
      project,
      planned: this.#planned,
      alreadyRead: new Set(this.#ledger.counts(this.#runId).map(({ entity }) => entity)),
      folder: this.#folder,
      packages: this.#packageSet({ write }),
      signal: ahead === undefined ? signal : AbortSignal.any([signal, ahead.signal]),
      ...(references === undefined ? {} : { references }),
      ...(profiles === undefined ? {} : { profiles }),
      ...(ahead === undefined
        ? {}
        : {
            onRead: async (built) => {
              await this.#sendAhead(ahead.sending, built);
            },
          }),
      log: this.#tell,
    });
    this.#ledger.finishBuild(this.#runId, packages, counts);
    this.#assertSendable(!write);
    ahead?.sending.add(packages);
  }

  /** Whether packages are sent while later entities are read. */
  get sendsWhileBuilding(): boolean {
    return this.#choices.sending === "whileBuilding";
  }

  /**
   * Reads, packs and sends at the same time: the packages of an entity are sent when it was read to its end and nothing
   * speaks against it, while the next ones are read. What stops the reading stops the sending of what has not begun.
   */
  async buildAndSend(): Promise<void> {
    await this.#sendWhile((signal, sending) => this.build(true, { ahead: { sending, signal } }));
  }

  async #sendWhile(
    build: ((signal: AbortSignal, sending: RunSending) => Promise<void>) | undefined,
  ): Promise<void> {
    const sending = await this.#sending(build !== undefined);
    await sendWhileBuilding({
      sending,
      // A run that is resumed may have been killed before it was stopped.
      objection: objectionError(this.#objections(), true),
      build: build === undefined ? undefined : (signal) => build(signal, sending),
      explain: (error) => lateStop(error, this.#ledger.packages(this.#runId)),
    });
  }

  /** Entities were read to their ends: what they hold is in the ledger before it is sent. */
  async #sendAhead(sending: RunSending, { packages, counts }: BuiltEntities): Promise<void> {
    this.#ledger.addEntities(this.#runId, packages, counts);
    const error = objectionError(this.#objections(), true);
    if (error !== undefined) throw error;
    sending.add(packages);
    await sending.roomForMore();
  }

  #packageSet({ write, pass }: { readonly write: boolean; readonly pass?: 2 }): PackageSet {
    const { project, definition } = this.#options;
    return new PackageSet({
      project,
      run: this.#runId,
      folder: this.#folder,
      writes: writableCompanies(definition),
      write,
      log: this.#tell,
      ...(pass === undefined ? {} : { pass }),
      canary: this.#choices.canary?.records,
      packagesBefore: this.#ledger.packages(this.#runId).length,
    });
  }

  /** What speaks against sending what was read. While not all is read, of a load that sends meanwhile: of those that are. */
  #objections(): readonly RunObjection[] {
    const { rejections } = this.#options.project.limits;
    const counts = this.#ledger.counts(this.#runId);
    if (this.#ledger.run(this.#runId)?.phase !== "building")
      return objectionsTo(this.#planned, counts, rejections);
    if (!this.sendsWhileBuilding) return [];
    return objectionsSoFar(this.#planned, counts, rejections);
  }

  /** Rejections are what a dry run is made to find: only a load is stopped by many of them. */
  #assertSendable(dry: boolean): void {
    const error = objectionError(
      this.#objections().filter(({ code }) => !dry || code === "DMFP-SOURCE-DECLARED"),
      !dry && this.sendsWhileBuilding,
    );
    if (error !== undefined) throw error;
  }

  /** Sends every package that is not over yet; see send-run.ts. */
  async send(): Promise<void> {
    // Once more for a run that is resumed: it may have been killed before it was stopped.
    if (!this.sendsWhileBuilding) this.#assertSendable(false);
    await this.#sendWhile(undefined);
  }

  async #sending(more: boolean): Promise<RunSending> {
    const { environment } = this;
    if (environment === undefined) throw new DmfpipeError("DMFP-BUG", "A dry run tried to send a package.");
    const { project, environmentName, definition } = this.#options;
    const options = {
      run: this.#runId,
      project,
      environmentName,
      definition,
      environment,
      planned: this.#planned,
      ledger: this.#ledger,
      folder: this.#folder,
      settings: this.#settings,
      choices: this.#choices,
      stop: this.#stop,
      log: this.#tell,
    };
    // Only now: who builds or checks sends nothing.
    const { RunSending } = await import("./sending/send-run.ts");
    return new RunSending(options, { more });
  }

  /**
   * Packs the second passes, once everything of the first ones is over, and adds them to the packages of the run.
   * Returns whether there are any; the second time, as when a run is resumed, it finds them there.
   *
   * @param sent false for `build`: nothing was sent, and every record is taken to be good
   */
  async buildSecondPass(sent: boolean): Promise<boolean> {
    // What is in staging only, nothing can be added to.
    if (this.#choices.stagingOnly === true) return false;
    if (this.#planned.every(({ secondPass }) => secondPass === undefined)) return false;
    const firstPackages = this.#ledger.packages(this.#runId);
    if (firstPackages.some(({ pass }) => pass === 2)) return true;
    const built = await packSecondPasses({
      ...{ project: this.#options.project, planned: this.#planned, folder: this.#folder },
      ...{ firstPackages, sent, signal: this.#stop.soon },
      packages: this.#packageSet({ write: true, pass: 2 }),
    });
    this.#ledger.addPackages(this.#runId, built);
    return built.length > 0;
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
      error = this.#stop.explain(asDmfpipeError(thrown));
      // Packages of a build that broke off are of no use: nothing was sent, and a new run builds its own.
      const building = this.#ledger.run(this.#runId)?.phase === "building";
      if (building && !this.sendsWhileBuilding)
        await rm(this.#folder.packages, { recursive: true, force: true });
    }
    const profiles = this.#facts?.profiles === undefined ? {} : { profiles: this.#facts.profiles.all() };
    const packages = this.#ledger.packages(this.#runId);
    const entities = withDeclared(entitySummaries(this.#ledger.counts(this.#runId), packages), this.#planned);
    const objections = this.#objections();
    const sent = this.environment !== undefined && this.#choices.stagingOnly !== true;
    const end = error === undefined ? endOfRun(entities, packages, sent) : endByError(error);
    const run = this.#ledger.run(this.#runId);
    if (run === undefined) throw new DmfpipeError("DMFP-BUG", `Run ${this.#runId} is not in the ledger.`);
    const resumable = error !== undefined && isSending(run) && isResumable(run, error);
    this.log({
      kind: "run",
      run: run.id,
      phase: "reporting",
      text: "writing rejections, report and summary",
    });
    const summary = await endRun({
      run,
      ledger: this.#ledger,
      sources: this.#planned,
      resumable,
      log: this.#tell,
      project: this.#options.project,
      folder: this.#folder,
      planned: this.#planned,
      entities,
      packages,
      status: end.status,
      exitCode: end.exitCode,
      finishedAt: new Date(this.#options.clock.now()).toISOString(),
      ...(objections.length === 0 ? {} : { objections }),
      ...this.#facts?.summary,
      ...profiles,
    });
    const text = `${end.status}, exit code ${end.exitCode}`;
    this.log({ kind: "run", run: this.#runId, phase: "ended", text });
    return {
      summary,
      folder: this.#folder,
      resumable,
      ...(end.error === undefined ? {} : { error: end.error }),
      ...profiles,
    };
  }

  async #openLog(): Promise<void> {
    for (const folder of [this.#folder.rejections, this.#folder.rejectionParts]) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
    }
    const { clock, listener } = this.#options;
    this.#log = new RunLog({ file: this.#folder.logFile, run: this.#runId, clock, listener });
  }
}
