import { randomBytes } from "node:crypto";
import { Environment } from "../environment/environment.ts";
import type { Clock } from "../errors/clock.ts";
import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import { EnvironmentLock } from "./environment-lock.ts";
import { Ledger, type LedgerRun } from "./ledger.ts";
import { planLoad } from "./load-plan.ts";
import { ledgerFile, RunFolder } from "./run-folder.ts";
import type { ConnectionSource, LoadOptions, RunResult, SendingOptions } from "./load-options.ts";
import { RunSession } from "./run-session.ts";

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

/**
 * Goes on with a run where its ledger says it stopped. Throws DMFP-RUN-UNKNOWN,
 * DMFP-RUN-CHANGED, DMFP-NOTHING-TO-DO, and DMFP-USAGE for a run of another environment.
 */
export async function resumeLoad(options: SendingOptions, runId: string | undefined): Promise<RunResult> {
  const found = findResumable(options, runId);
  return await withSession(options, found.id, async (session) => {
    await session.environment?.signIn();
    const run = await session.takeUp();
    return await session.conclude(async () => {
      if (run.phase === "building") await session.build(true);
      await session.send();
    });
  });
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
      else await session.build(true);
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
      assertSameEnvironment(run, options.environmentName);
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

/** What was begun in one environment must not go on in another: there, nobody knows what was sent already. */
function assertSameEnvironment(run: LedgerRun, environmentName: string): void {
  if (run.environment === environmentName) return;
  throw new DmfpipeError(
    "DMFP-USAGE",
    `Run ${run.id} is a load into ${run.environment}, not into ${environmentName}.`,
    { next: `dmfpipe resume ${run.id} --env ${run.environment}` },
  );
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
