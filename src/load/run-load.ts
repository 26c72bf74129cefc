import { randomBytes } from "node:crypto";
import { mkdir, rm } from "node:fs/promises";
import type { EntityCatalogue } from "../entity/catalogue.ts";
import { Environment } from "../environment/environment.ts";
import type { RetrySettings } from "../environment/http-policy.ts";
import type { Clock } from "../errors/clock.ts";
import { asDmfpipeError, DmfpipeError } from "../errors/dmfpipe-error.ts";
import { ExitCode } from "../errors/exit-code.ts";
import type { EnvironmentConnection, EnvironmentDefinition } from "../project/environment-definition.ts";
import type { Project } from "../project/project.ts";
import type { RunSummary } from "../rejection/summary.ts";
import { buildEntity, type NewPackage } from "./build-packages.ts";
import { collectPackage } from "./collect-package.ts";
import { EnvironmentLock } from "./environment-lock.ts";
import { assertWithinBudget } from "./error-budget.ts";
import { fingerprintOf, fingerprintParts } from "./fingerprint.ts";
import { finishRun } from "./finish-run.ts";
import { Ledger, type BuildCounts, type LedgerPackage, type LedgerRun } from "./ledger.ts";
import { planLoad, type PlannedLoad } from "./load-plan.ts";
import { defaultLoadSettings, type LoadSettings } from "./load-settings.ts";
import { isFinal } from "./package-state.ts";
import { assertResumable } from "./resume-check.ts";
import { ledgerFile, RunFolder } from "./run-folder.ts";
import { RunLog, type LoadListener } from "./run-log.ts";
import { PackageSender } from "./send-package.ts";
import { endByError, endOfRun, entitySummaries } from "./summarize.ts";

export interface LoadOptions {
  readonly project: Project;
  /** Name of the environment in project.yaml. */
  readonly environmentName: string;
  readonly definition: EnvironmentDefinition;
  readonly catalogue: EntityCatalogue;
  readonly clock: Clock;
  /** Version of dmfpipe; part of a run's fingerprint. */
  readonly version: string;
  readonly signal?: AbortSignal;
  readonly listener?: LoadListener;
  readonly settings?: Partial<LoadSettings>;
  readonly retry?: RetrySettings;
}

/**
 * How to reach the environment. It is opened after the lock is taken and the configuration was found good: an
 * embedded sandbox is started then, and nothing is started, or asked for, in vain.
 */
export interface ConnectionSource {
  open(): Promise<EnvironmentConnection>;
  close(): Promise<void>;
}

export interface SendingOptions extends LoadOptions {
  readonly connection: ConnectionSource;
}

/** How a run ended. `error` is what stopped it, where something did; the summary is written all the same. */
export interface RunResult {
  readonly summary: RunSummary;
  readonly folder: RunFolder;
  /** Whether `resume` can go on with it. */
  readonly resumable: boolean;
  readonly error?: DmfpipeError;
}

/**
 * The whole job: reads, maps and checks every source, builds all packages, and only then sends them, one after
 * the other in the order of the plan; collects what F&O rejected; writes the reports.
 *
 * Throws what is found before a run exists (configuration, sources, credentials, lock). Whatever stops a run
 * later is in the result, and the ledger holds what `resume` needs.
 */
export async function runLoad(options: SendingOptions): Promise<RunResult> {
  return await withSession(options, newRunId(options.clock), async (session) => {
    const { environment } = session;
    await environment?.signIn();
    await session.begin("load");
    return await session.conclude(async () => {
      await session.build(true);
      await session.send();
    });
  });
}

/** Goes on with a run where its ledger says it stopped. Throws DMFP-RUN-UNKNOWN, DMFP-RUN-CHANGED, DMFP-NOTHING-TO-DO. */
export async function resumeLoad(options: SendingOptions, runId: string | undefined): Promise<RunResult> {
  const found = findResumable(options, runId);
  return await withSession(options, found.id, async (session) => {
    await session.environment?.signIn();
    await session.takeUp(found);
    return await session.conclude(async () => {
      if (found.phase === "building") await session.build(true);
      await session.send();
    });
  });
}

/** Reads, maps and checks everything, and sends nothing. `write`: also writes the packages (`build`). */
export async function runOffline(options: LoadOptions, command: "check" | "build"): Promise<RunResult> {
  return await withSession(options, newRunId(options.clock), async (session) => {
    await session.begin(command);
    return await session.conclude(async () => {
      await session.build(command === "build");
    });
  });
}

/** `20261123-041530-7f3a`: sorts by time (UTC), and two runs of one second differ. */
function newRunId(clock: Clock): string {
  const [date = "", time = ""] = new Date(clock.now()).toISOString().split("T");
  return `${date.replaceAll("-", "")}-${time.slice(0, 8).replaceAll(":", "")}-${randomBytes(2).toString("hex")}`;
}

function findResumable(options: LoadOptions, runId: string | undefined): LedgerRun {
  const ledger = Ledger.open(ledgerFile(options.project.root), options.clock);
  try {
    const runs = ledger.runs().filter((run) => run.command === "load");
    if (runId !== undefined) {
      const run = runs.find((candidate) => candidate.id === runId);
      if (run === undefined)
        throw new DmfpipeError("DMFP-RUN-UNKNOWN", `There is no load with the id ${runId}.`);
      if (run.phase === "finished") {
        throw new DmfpipeError(
          "DMFP-NOTHING-TO-DO",
          `Run ${runId} is over (${run.status}); nothing is left to resume.`,
        );
      }
      return run;
    }
    const open = runs.find((run) => run.phase !== "finished" && run.environment === options.environmentName);
    if (open !== undefined) return open;
    throw new DmfpipeError(
      "DMFP-NOTHING-TO-DO",
      `No run is waiting to be resumed in ${options.environmentName}.`,
    );
  } finally {
    ledger.close();
  }
}

async function withSession<T>(
  options: LoadOptions & { readonly connection?: ConnectionSource },
  runId: string,
  work: (session: RunSession) => Promise<T>,
): Promise<T> {
  const { project, catalogue, clock, connection } = options;
  const planned = await planLoad(project, catalogue);
  const folder = new RunFolder(project.root, runId);
  const { signal, retry } = options;
  // A dry run writes nothing an environment could notice, so it needs no lock and disturbs no load.
  const lock =
    connection === undefined
      ? undefined
      : EnvironmentLock.take({
          projectRoot: project.root,
          environment: options.environmentName,
          runId,
          clock,
        });
  let ledger: Ledger | undefined;
  let environment: Environment | undefined;
  try {
    ledger = Ledger.open(ledgerFile(project.root), clock);
    const session = new RunSession(options, { runId, planned, folder, ledger });
    if (connection !== undefined) {
      environment = new Environment({
        connection: await connection.open(),
        clock,
        ...(signal === undefined ? {} : { signal }),
        ...(retry === undefined ? {} : { retry }),
        onRetry: (text) => {
          session.log({ kind: "retry", text });
        },
      });
      session.environment = environment;
    }
    return await work(session);
  } finally {
    await environment?.close();
    await connection?.close();
    ledger?.close();
    lock?.release();
  }
}

/** One run while it is going on. */
class RunSession {
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
    if (this.#log === undefined) this.#options.listener?.(event);
    else this.#log.write(event);
  }

  /** Enters a new run into the ledger and makes its folder. */
  async begin(command: string): Promise<void> {
    const { project, version, environmentName } = this.#options;
    const parts = await fingerprintParts(project, this.#planned, version);
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

  /** Takes a stopped run up again, after checking that it still means the same. */
  async takeUp(run: LedgerRun): Promise<void> {
    const { project, version } = this.#options;
    const parts = await fingerprintParts(project, this.#planned, version);
    assertResumable(run, parts);
    await this.#openLog();
    this.log({ kind: "run", run: run.id, text: `resumed while ${run.phase}` });
    if (run.phase === "building") {
      this.#ledger.restartBuild(run.id);
      await rm(this.#folder.packages, { recursive: true, force: true });
    }
  }

  /** Reads all sources and, where asked, writes the packages. Nothing is sent before all of it has succeeded. */
  async build(write: boolean): Promise<void> {
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
    const { clock, signal, definition } = this.#options;
    const { environment } = this;
    if (environment === undefined) throw new DmfpipeError("DMFP-BUG", "A dry run tried to send a package.");
    const sender = new PackageSender(pack, {
      run: this.#runId,
      ledger: this.#ledger,
      environment,
      clock,
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
      clock,
      settings: this.#settings,
      signal,
    });
    const { counts, message } = collected;
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

/** Which entities failed, and what may therefore not be sent: whatever waits for them, in the same company. */
class FailedEntities {
  readonly #planned: readonly PlannedLoad[];
  readonly #failed = new Set<string>();

  constructor(planned: readonly PlannedLoad[]) {
    this.#planned = planned;
  }

  add(planned: PlannedLoad, legalEntity: string): void {
    this.#failed.add(failureKey(planned, legalEntity));
  }

  /** The label of a failed entity this one waits for, directly or through others. */
  blocking(planned: PlannedLoad, legalEntity: string): string | undefined {
    for (const label of planned.place.waitsFor) {
      const parent = this.#planned.find((candidate) => candidate.schema.label === label);
      if (parent === undefined) continue;
      if (this.#failed.has(failureKey(parent, legalEntity))) return label;
      const further = this.blocking(parent, legalEntity);
      if (further !== undefined) return further;
    }
    return undefined;
  }
}

/** A shared entity that failed, failed for every company. */
function failureKey(planned: PlannedLoad, legalEntity: string): string {
  return `${planned.schema.label}\n${planned.schema.scope === "shared" ? "" : legalEntity}`;
}
