import { mkdir, rm } from "node:fs/promises";
import { Environment } from "../environment/environment.ts";
import { asDmfpipeError, DmfpipeError } from "../errors/dmfpipe-error.ts";
import { ExitCode } from "../errors/exit-code.ts";
import { demandCanaryPossible } from "../project/canary.ts";
import type { RunObjection, SnapshotSummary } from "../rejection/summary.ts";
import { SourceProfiles } from "../source/source-profile.ts";
import { buildEntity } from "./packing/build-packages.ts";
import { buildSecondPass } from "./packing/build-second-pass.ts";
import { CompositeSet } from "./composite/composite-set.ts";
import { fingerprintOf, fingerprintParts } from "./packing/fingerprint.ts";
import { finishRun } from "./finish-run.ts";
import type { BuildCounts, LedgerRun, RunChoices } from "./ledger/ledger-rows.ts";
import type { Ledger } from "./ledger/ledger.ts";
import type { PlannedLoad } from "./load-plan.ts";
import { defaultLoadSettings, type LoadSettings } from "./load-settings.ts";
import { objectionError, objectionsTo, withDeclared } from "./reading/objections.ts";
import { PackageSet } from "./packing/package-set.ts";
import { assertResumable } from "./resume-check.ts";
import { RunFolder } from "./run-folder.ts";
import { ReferenceCheck } from "./reading/reference-check.ts";
import { RunLog, scrubbedEvent, type LoadCall, type LoadListener } from "./run-log.ts";
import { readSnapshots } from "./reading/read-snapshot.ts";
import { referredEntities } from "./reading/snapshot.ts";
import { snapshotSummaries, staleWarning } from "./reading/snapshot-age.ts";
import type { RunStop } from "./sending/run-stop.ts";
import { sendRun } from "./sending/send-run.ts";
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
  #snapshots: readonly SnapshotSummary[] | undefined;
  #withoutSnapshot: readonly string[] | undefined;
  #profiles: SourceProfiles | undefined;

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
    this.#choices = chosen(options);
    const { importMinutes, doubtSeconds } = options.project.limits;
    const [importDeadlineMs, doubtGraceMs] = [importMinutes * 60_000, doubtSeconds * 1000];
    this.#settings = { ...defaultLoadSettings, importDeadlineMs, doubtGraceMs, ...options.settings };
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
    const { code, message } = this.#stop.reason;
    const { graceSeconds } = this.#options.project.limits;
    const faster = code === "DMFP-INTERRUPTED" ? " Once more ends it at once, and loses nothing either." : "";
    const text = `${message} It stops as soon as F&O has answered what was asked, in ${graceSeconds} seconds at the latest.${faster}`;
    this.log({ kind: "warning", text });
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
    assertResumable(run, parts, this.#ledger.packages(run.id));
    const { despiteRejections } = this.#options;
    this.#choices = { ...run.choices, ...(despiteRejections === true ? { despiteRejections } : {}) };
    this.#ledger.takeUpRun(run.id, this.#choices);
    await this.#openLog();
    const phase = run.phase === "building" ? "reading" : "loading";
    this.log({ kind: "run", run: run.id, phase, text: `resumed while ${run.phase}` });
    if (run.phase === "building") {
      this.#ledger.restartBuild(run.id);
      await rm(this.#folder.packages, { recursive: true, force: true });
    }
    return run;
  }

  /** Reads all sources and finds everything that is wrong with them, references included; writes no package. */
  async check(): Promise<void> {
    const { project, environmentName, catalogue } = this.#options;
    const referredTo = referredEntities(this.#planned);
    const snapshots = await readSnapshots(project.root, environmentName, referredTo);
    this.#noteSnapshots(snapshots);
    const known = new Map([...snapshots].map(([label, { keys }]) => [label, keys]));
    this.#profiles = new SourceProfiles();
    await this.build(false, new ReferenceCheck(this.#planned, known, (label) => catalogue.find(label)));
  }

  /** How old the snapshots are goes into the log and the summary: what was set up since then they do not know. */
  #noteSnapshots(snapshots: Parameters<typeof snapshotSummaries>[0]["snapshots"]): void {
    const limitDays = this.#options.project.limits.snapshotDays;
    const now = this.#options.clock.now();
    const referredTo = referredEntities(this.#planned);
    this.#snapshots = snapshotSummaries({ snapshots, referredTo, now, limitDays });
    this.#withoutSnapshot = referredTo.filter((label) => !snapshots.has(label));
    for (const { entity, records, age } of this.#snapshots) {
      this.log({ kind: "run", run: this.#runId, text: `snapshot of ${entity}: ${records} keys, ${age}` });
    }
    const warning = staleWarning(this.#snapshots, limitDays);
    if (warning !== undefined) this.log({ kind: "warning", text: warning });
  }

  /** Reads all sources and, where asked, writes the packages. Nothing is sent before all of it has succeeded. */
  async build(write: boolean, references?: ReferenceCheck): Promise<void> {
    const { project } = this.#options;
    const signal = this.#stop.soon;
    await mkdir(this.#folder.packages, { recursive: true, mode: 0o700 });
    for (const text of selfReferenceWarnings(this.#planned)) this.log({ kind: "warning", text });
    const packages = this.#packageSet(write);
    const composites = new CompositeSet({
      ...packages.options,
      planned: this.#planned,
      signal,
      deliver: async (built) => {
        await packages.insert(built);
      },
    });
    try {
      const counts: BuildCounts[] = [];
      for (const planned of this.#planned) {
        const counted = await buildEntity({
          project,
          planned,
          folder: this.#folder,
          packages,
          nested: composites.sinkOf(planned),
          signal,
          ...(references === undefined ? {} : { references }),
          ...(this.#profiles === undefined ? {} : { profiles: this.#profiles }),
          log: (event) => {
            this.log(event);
          },
        });
        counts.push(...counted);
      }
      this.#ledger.finishBuild(this.#runId, await packages.close(), counts);
    } catch (thrown) {
      composites.abort();
      await packages.abort();
      throw thrown;
    }
    this.#assertSendable(!write);
  }

  #packageSet(write: boolean, pass?: 2): PackageSet {
    const { project, definition } = this.#options;
    const writes =
      definition.writes === undefined
        ? undefined
        : new Set(definition.writes.map((code) => code.toUpperCase()));
    return new PackageSet({
      project,
      run: this.#runId,
      folder: this.#folder,
      writes,
      write,
      log: (event) => {
        this.log(event);
      },
      ...(pass === undefined ? {} : { pass }),
      canary: this.#choices.canary?.records,
    });
  }

  /** What speaks against sending what was read; nothing while it is not all read. */
  #objections(): readonly RunObjection[] {
    if (this.#ledger.run(this.#runId)?.phase === "building") return [];
    const { rejections } = this.#options.project.limits;
    return objectionsTo(this.#planned, this.#ledger.counts(this.#runId), rejections);
  }

  /** Rejections are what a dry run is made to find: only a load is stopped by many of them. */
  #assertSendable(dry: boolean): void {
    const error = objectionError(
      this.#objections().filter(({ code }) => !dry || code === "DMFP-SOURCE-DECLARED"),
    );
    if (error !== undefined) throw error;
  }

  /** Sends every package that is not over yet; see send-run.ts. */
  async send(): Promise<void> {
    // Once more for a run that is resumed: it may have been killed before it was stopped.
    this.#assertSendable(false);
    const { environment } = this;
    if (environment === undefined) throw new DmfpipeError("DMFP-BUG", "A dry run tried to send a package.");
    const { project, environmentName, definition } = this.#options;
    await sendRun({
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
      log: (event) => {
        this.log(event);
      },
    });
  }

  /**
   * Packs the second passes, once everything of the first ones is over, and adds them to the packages of the run.
   * Returns whether there are any; the second time, as when a run is resumed, it finds them there.
   *
   * @param sent false for `build`: nothing was sent, and every record is taken to be good
   */
  async buildSecondPass(sent: boolean): Promise<boolean> {
    if (this.#planned.every(({ secondPass }) => secondPass === undefined)) return false;
    const firstPackages = this.#ledger.packages(this.#runId);
    if (firstPackages.some(({ pass }) => pass === 2)) return true;
    const packages = this.#packageSet(true, 2);
    const { project } = this.#options;
    const signal = this.#stop.soon;
    const folder = this.#folder;
    try {
      for (const planned of this.#planned) {
        await buildSecondPass({ project, planned, folder, firstPackages, packages, sent, signal });
      }
      const built = await packages.close();
      const after = firstPackages.length;
      this.#ledger.addPackages(
        this.#runId,
        built.map((pack) => ({ ...pack, position: after + pack.position })),
      );
      return built.length > 0;
    } catch (thrown) {
      await packages.abort();
      throw thrown;
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
      error = this.#stop.explain(asDmfpipeError(thrown));
      // Packages of a build that broke off are of no use: nothing was sent, and a new run builds its own.
      const broken = this.#ledger.run(this.#runId)?.phase === "building";
      if (broken) await rm(this.#folder.packages, { recursive: true, force: true });
    }
    const packages = this.#ledger.packages(this.#runId);
    const entities = withDeclared(entitySummaries(this.#ledger.counts(this.#runId), packages), this.#planned);
    const objections = this.#objections();
    const end =
      error === undefined ? endOfRun(entities, packages, this.environment !== undefined) : endByError(error);
    const run = this.#ledger.run(this.#runId);
    if (run === undefined) throw new DmfpipeError("DMFP-BUG", `Run ${this.#runId} is not in the ledger.`);
    const resumable = error !== undefined && run.command === "load" && isResumable(run, error);
    this.log({
      kind: "run",
      run: run.id,
      phase: "reporting",
      text: "writing rejections, report and summary",
    });
    const summary = await finishRun({
      run,
      folder: this.#folder,
      planned: this.#planned,
      entities,
      packages,
      status: end.status,
      exitCode: end.exitCode,
      finishedAt: new Date(this.#options.clock.now()).toISOString(),
      ...(objections.length === 0 ? {} : { objections }),
      ...(this.#snapshots === undefined ? {} : { snapshots: this.#snapshots }),
      ...(this.#withoutSnapshot === undefined ? {} : { withoutSnapshot: this.#withoutSnapshot }),
      ...(this.#profiles === undefined ? {} : { profiles: this.#profiles.all() }),
    });
    this.#ledger.endRun(this.#runId, { status: end.status, exitCode: end.exitCode, resumable });
    const text = `${end.status}, exit code ${end.exitCode}`;
    this.log({ kind: "run", run: this.#runId, phase: "ended", text });
    return {
      summary,
      folder: this.#folder,
      resumable,
      ...(end.error === undefined ? {} : { error: end.error }),
      ...(this.#profiles === undefined ? {} : { profiles: this.#profiles.all() }),
    };
  }

  async #openLog(): Promise<void> {
    await mkdir(this.#folder.rejectionParts, { recursive: true, mode: 0o700 });
    const { clock, listener } = this.#options;
    this.#log = new RunLog({ file: this.#folder.logFile, run: this.#runId, clock, listener });
  }
}

/** What holds for a new run until its end, from the command line before the file. */
function chosen({ project, canaryRecords }: LoadOptions): RunChoices {
  demandCanaryPossible(canaryRecords, project.packages, {});
  const records = canaryRecords ?? project.canary?.records;
  if (records === undefined) return {};
  return { canary: { records, rejections: project.canary?.rejections ?? 0 } };
}

/** An interrupted build is built anew; once packages exist, everything but a stop on purpose can go on. */
function isResumable(run: LedgerRun, error: DmfpipeError): boolean {
  const { exitCode } = error.entry;
  if (error.code === "DMFP-ERROR-BUDGET" || error.code === "DMFP-SOURCE-DECLARED") return false;
  if (run.phase === "loading") return true;
  return exitCode === ExitCode.interrupted || exitCode === ExitCode.temporary;
}
