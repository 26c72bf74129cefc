import { randomBytes } from "node:crypto";
import type { Environment } from "../environment/environment.ts";
import type { Clock } from "../errors/clock.ts";
import { asDmfpipeError, DmfpipeError } from "../errors/dmfpipe-error.ts";
import { EnvironmentLock } from "./sending/environment-lock.ts";
import { Heartbeat } from "./telemetry/heartbeat.ts";
import { isSending, type LedgerRun } from "./ledger/ledger-rows.ts";
import { Ledger } from "./ledger/ledger.ts";
import { planLoad, type PlannedLoad } from "./load-plan.ts";
import { noneWaits } from "./none-waits.ts";
import { packageAtWork } from "./sending/package-at-work.ts";
import { ledgerFile, RunFolder } from "./run-folder.ts";
import type { ConnectionSource, LoadOptions, RunResult, SendingOptions } from "./load-options.ts";
import type { ResubmitRequest } from "./resubmit/prepare-resubmission.ts";
import type { Resubmission } from "./resubmit/resubmission.ts";
import { RunSession } from "./run-session.ts";
import { RunStop } from "./sending/run-stop.ts";

/**
 * The whole job: reads, maps and checks every source, builds all packages, and only then (or, with `sending:
 * whileBuilding`, meanwhile) sends them in the order of the plan; collects what F&O rejected; writes the reports.
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
      await buildAndSend(session);
    });
  });
}

async function buildAndSend(session: RunSession): Promise<void> {
  if (session.sendsWhileBuilding) {
    await session.buildAndSend();
    if (await session.buildSecondPass(true)) await session.send();
  } else {
    await session.build(true);
    await sendAll(session);
  }
}

/** Both passes: what the second one holds is known only when F&O has said what it refused of the first. */
async function sendAll(session: RunSession): Promise<void> {
  await session.send();
  if (await session.buildSecondPass(true)) await session.send();
}

/**
 * Goes on with a run where its ledger says it stopped. Throws DMFP-RUN-UNKNOWN,
 * DMFP-RUN-CHANGED, DMFP-NOTHING-TO-DO, and DMFP-USAGE for a run of another environment.
 */
export async function resumeLoad(options: SendingOptions, runId: string | undefined): Promise<RunResult> {
  const found = findResumable(options, runId);
  const { resubmissionOf: root } = found.choices;
  const resume = async (session: RunSession, begun?: () => void): Promise<RunResult> => {
    await session.environment?.signIn();
    const run = await session.takeUp();
    begun?.();
    return await session.conclude(async () => {
      if (run.phase === "building") await buildAndSend(session);
      else await sendAll(session);
    });
  };
  if (root === undefined) return await withSession(options, found.id, (session) => resume(session));
  const resubmission = await resubmissionFor(options);
  const result = await withSession(
    resubmission.options,
    found.id,
    (session) => resume(session, resubmission.noteAttempts),
    resubmission.planAgain(found.id, root),
  );
  await resubmission.settle();
  return result;
}

/**
 * Loads records that a run rejected once more, as they are or as they were corrected: a run like any other, whose sources
 * are these records. Without a connection it is a dry run, like `check`.
 *
 * Throws what prepareResubmission throws, and what runLoad does.
 */
export async function resubmitRejected(
  options: LoadOptions & { readonly connection?: ConnectionSource },
  request: ResubmitRequest,
): Promise<RunResult> {
  const resubmission = await resubmissionFor(options);
  const dry = options.connection === undefined;
  const work = async (session: RunSession): Promise<RunResult> => {
    await session.environment?.signIn();
    await session.begin(dry ? "check" : "resubmit");
    for (const text of resubmission.lines) session.tell(text);
    if (dry) return await session.conclude(() => session.check({ withSnapshot: false }));
    resubmission.noteAttempts();
    return await session.conclude(() => buildAndSend(session));
  };
  const runId = newRunId(options.clock);
  const result = await withSession(resubmission.options, runId, work, resubmission.plan(request, runId));
  if (!dry) await resubmission.settle();
  return result;
}

/**
 * Reads, maps and checks everything, and sends nothing: `check` also looks at references between records and to the
 * environment as its snapshot knows it, `build` writes the packages.
 */
export async function runOffline(options: LoadOptions, command: "check" | "build"): Promise<RunResult> {
  return await withSession(options, newRunId(options.clock), async (session) => {
    await session.begin(command);
    return await session.conclude(async () => {
      if (command === "check") await session.check();
      else {
        await session.build(true);
        await session.buildSecondPass(false);
      }
    });
  });
}

/** Loaded only by runs that are one, as all that speaks to an environment is only by those that do. */
async function resubmissionFor<T extends LoadOptions>(options: T): Promise<Resubmission<T>> {
  const { Resubmission } = await import("./resubmit/resubmission.ts");
  return new Resubmission(options);
}

/** `20261123-041530-7f3a`: sorts by time (UTC), and two runs of one second differ. */
function newRunId(clock: Clock): string {
  const [date = "", time = ""] = new Date(clock.now()).toISOString().split("T");
  return `${date.replaceAll("-", "")}-${time.slice(0, 8).replaceAll(":", "")}-${randomBytes(2).toString("hex")}`;
}

function findResumable(options: LoadOptions, runId: string | undefined): LedgerRun {
  const ledger = Ledger.open(ledgerFile(options.project.root), options.clock);
  try {
    const runs = ledger.runs().filter(isSending);
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
      assertSameEnvironment(run, options.environmentName);
      return run;
    }
    const open = runs.find((run) => run.phase !== "finished" && run.environment === options.environmentName);
    if (open !== undefined) return open;
    throw noneWaits(runs, { environment: options.environmentName, command: "resume" });
  } finally {
    ledger.close();
  }
}

/** What was begun in one environment must not go on in another: there, nobody knows what was sent already. */
function assertSameEnvironment(run: LedgerRun, environmentName: string): void {
  if (run.environment === environmentName) return;
  throw new DmfpipeError(
    "DMFP-USAGE",
    `Run ${run.id} is a load into ${run.environment}, not into ${environmentName}.`,
    { next: `dmfpipe resume ${run.id} --env ${run.environment}` },
  );
}

/** How a run comes to know what it loads. */
interface SessionPlan {
  /** What can be found out before the environment is locked. */
  before(): Promise<readonly PlannedLoad[]>;
  /** What must be found out under the lock, because another run could change it; and what it adds to the options. */
  underLock?(
    planned: readonly PlannedLoad[],
    run: { readonly ledger: Ledger; readonly folder: RunFolder },
  ): Promise<{
    readonly planned: readonly PlannedLoad[];
    readonly options: Pick<LoadOptions, "resubmissionOf">;
  }>;
}

async function withSession(
  options: LoadOptions & { readonly connection?: ConnectionSource },
  runId: string,
  work: (session: RunSession) => Promise<RunResult>,
  plan: SessionPlan = { before: () => planLoad(options.project, options.catalogue) },
): Promise<RunResult> {
  const { project, clock, connection } = options;
  const before = await plan.before();
  const folder = new RunFolder(project.root, runId);
  const { retry } = options;
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
  const stop = runStop(options);
  let heartbeat: Heartbeat | undefined;
  let ledger: Ledger | undefined;
  let environment: Environment | undefined;
  try {
    ledger = Ledger.open(ledgerFile(project.root), clock);
    const under = await plan.underLock?.(before, { ledger, folder });
    if (lock !== undefined) heartbeat = beginHeartbeat(options, runId);
    const session = new RunSession(withHeartbeat({ ...options, ...under?.options }, heartbeat), {
      runId,
      planned: under?.planned ?? before,
      folder,
      ledger,
      stop,
    });
    stop.soon.addEventListener("abort", () => {
      session.tellStop();
    });
    if (connection !== undefined) {
      const { Environment } = await import("../environment/environment.ts");
      environment = new Environment({
        connection: await connection.open(),
        clock,
        signal: stop.now,
        ...(retry === undefined ? {} : { retry }),
        onRetry: (text) => {
          session.log({ kind: "retry", ...forPackage(), text });
        },
        onCall: (call) => {
          session.logCall({ ...call, ...forPackage() });
        },
      });
      session.environment = environment;
    }
    const result = await work(session);
    const { status, exitCode } = result.summary;
    heartbeat?.end({ status, exitCode });
    return result;
  } catch (thrown) {
    const { message, entry } = asDmfpipeError(thrown);
    heartbeat?.end({ status: message, exitCode: entry.exitCode });
    throw thrown;
  } finally {
    stop.close();
    // Each is closed whatever comes of the others: a sandbox that stays open keeps the process alive.
    await using rest = new AsyncDisposableStack();
    rest.defer(() => lock?.release());
    rest.defer(() => ledger?.close());
    rest.defer(() => connection?.close());
    rest.defer(() => environment?.close());
  }
}

/** How the run stops: by its signal, or when it has to be over, whichever of the command line and the file is earlier. */
function runStop({ project, signal, clock, deadline }: LoadOptions): RunStop {
  const { hours, graceSeconds } = project.limits;
  const limit =
    hours === undefined
      ? undefined
      : { at: clock.now() + hours * 3_600_000, given: `limits.hours: ${hours}` };
  const first = [deadline, limit].filter((known) => known !== undefined).sort((a, b) => a.at - b.at)[0];
  return new RunStop({ signal, graceMs: graceSeconds * 1000, clock, deadline: first });
}

function beginHeartbeat({ project, environmentName, clock }: LoadOptions, run: string): Heartbeat {
  return new Heartbeat({ projectRoot: project.root, environment: environmentName, run, clock });
}

/** The options with the heartbeat told of everything that is told to the listeners. */
function withHeartbeat(options: LoadOptions, heartbeat: Heartbeat | undefined): LoadOptions {
  if (heartbeat === undefined) return options;
  const { listener, onCall } = options;
  return {
    ...options,
    listener: (event) => {
      heartbeat.note(event);
      listener?.(event);
    },
    onCall: (call) => {
      if (call.status !== undefined) heartbeat.noteAnswer();
      onCall?.(call);
    },
  };
}

/** The package a request is for, where it is for one. */
function forPackage(): { readonly package?: string } {
  const key = packageAtWork();
  return key === undefined ? {} : { package: key };
}
