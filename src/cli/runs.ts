import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import { ExitCode } from "../errors/exit-code.ts";
import { readHeartbeat, type HeartbeatContent } from "../load/telemetry/heartbeat.ts";
import { isSending, sumOf, type LedgerRun } from "../load/ledger/ledger-rows.ts";
import { Ledger } from "../load/ledger/ledger.ts";
import { lifeSigns } from "../load/telemetry/life-signs.ts";
import { ledgerFile } from "../load/run-folder.ts";
import { flagsToGoOn } from "../project/production.ts";
import type { Project } from "../project/project.ts";
import { commandLine, openProject, type CommandContext } from "./command-context.ts";
import { lifeText } from "./life-text.ts";
import { formatCount } from "./number-text.ts";
import { textTable, type TextColumn } from "./text-table.ts";
import { watchRun } from "./watch-run.ts";

/** `runs`: what happened, the latest first. */
export function runs(context: CommandContext): ExitCode {
  const project = openProject(context);
  const all = withLedger(context, project, (ledger) => ledger.runs());
  if (context.options.json === true) {
    context.print(`${JSON.stringify(all.map(publicRun), null, 2)}\n`);
    return ExitCode.ok;
  }
  const rows = all.map((run) => [
    run.id,
    commandText(run),
    run.environment,
    run.startedAt.slice(0, 19).replace("T", " "),
    `${statusText(run, heartbeatOf(project, run), context.clock.now())}${run.purgedAt === null ? "" : ", purged"}`,
    run.exitCode === null ? "" : String(run.exitCode),
  ]);
  const titles = ["run", "command", "environment", "started (UTC)", "status", "exit code"];
  const table = textTable(
    titles.map((title) => ({ title, align: "left" })),
    rows,
  );
  context.print(`${all.length === 0 ? "There is no run yet." : table}\n`);
  return ExitCode.ok;
}

export interface StatusOptions {
  /** Go on until the run ends. */
  readonly watch?: true;
}

/**
 * `status [run]`: the packages of a run and where each stands; the latest run when none is named. With --watch first
 * what happens until the run ends, and then the same; it ends with the run's own exit code.
 */
export async function status(
  context: CommandContext,
  runId: string | undefined,
  { watch }: StatusOptions,
): Promise<ExitCode> {
  if (watch === undefined) return showStatus(context, runId);
  const project = openProject(context);
  const ledger = Ledger.open(ledgerFile(project.root), context.clock);
  let ended: { readonly run: string; readonly exitCode: ExitCode };
  try {
    const { id } = findRun(ledger, runId);
    const isGone = (run: LedgerRun): boolean => {
      const heartbeat = heartbeatOf(project, run);
      return heartbeat !== undefined && lifeSigns(heartbeat, context.clock.now()).state === "gone";
    };
    ended = { run: id, exitCode: await watchRun({ context, project, ledger, runId: id, isGone }) };
  } finally {
    ledger.close();
  }
  showStatus(context, ended.run);
  return ended.exitCode;
}

function showStatus(context: CommandContext, runId: string | undefined): ExitCode {
  const project = openProject(context);
  const { run, packages } = withLedger(context, project, (ledger) => {
    const found = findRun(ledger, runId);
    return { run: found, packages: ledger.packages(found.id) };
  });
  const heartbeat = heartbeatOf(project, run);
  if (context.options.json === true) {
    const life =
      heartbeat === undefined ? {} : { heartbeat, life: lifeSigns(heartbeat, context.clock.now()) };
    context.print(`${JSON.stringify({ ...publicRun(run), packages, ...life }, null, 2)}\n`);
    return ExitCode.ok;
  }
  // A load into staging only creates and updates nothing.
  const reached =
    run.choices.stagingOnly === true ? (["staged"] as const) : (["created", "updated"] as const);
  const table = textTable(
    [
      { title: "package", align: "left" },
      { title: "records", align: "right" },
      { title: "state", align: "left" },
      { title: "F&O says", align: "left" },
      ...reached.map((count): TextColumn => ({ title: count, align: "right" })),
      { title: "rejected", align: "right" },
    ],
    packages.map((pack) => [
      pack.key,
      formatCount(sumOf(pack, "records")),
      pack.state,
      pack.environmentStatus ?? "",
      ...reached.map((count) => formatCount(sumOf(pack, count))),
      formatCount(sumOf(pack, "rejectedStaging") + sumOf(pack, "rejectedTarget")),
    ]),
  );
  const { id, environment, phase, status: word } = run;
  context.print(`Run ${id} (${commandText(run)} into ${environment}): ${phase}, ${word}\n`);
  // How the process that made it ended means nothing any more.
  if (heartbeat !== undefined && word !== "abandoned")
    context.print(`${lifeText(heartbeat, context.clock.now())}\n`);
  context.print(`\n${table}\n`);
  const alive = heartbeat !== undefined && lifeSigns(heartbeat, context.clock.now()).state === "alive";
  if (isSending(run) && phase !== "finished" && !alive) {
    const flags = flagsToGoOn(project, environment);
    context.tell(`Next: ${commandLine(`resume ${id}${flags}`, context.variables)}\n`);
  }
  return ExitCode.ok;
}

/** How a run ended, or what is known of one that has not said so. */
function statusText(run: LedgerRun, heartbeat: HeartbeatContent | undefined, now: number): string {
  if (run.phase === "finished" || run.finishedAt !== null) return run.status;
  switch (heartbeat === undefined ? undefined : lifeSigns(heartbeat, now).state) {
    case "alive":
      return "running";
    case "gone":
      return "ended without a word";
    default:
      return "running, or ended without a word";
  }
}

/** The sign of life of the run, if it is that of this run. */
function heartbeatOf(project: Project, { id, environment }: LedgerRun): HeartbeatContent | undefined {
  const heartbeat = readHeartbeat(project.root, environment);
  return heartbeat?.run === id ? heartbeat : undefined;
}

/** The named run, or the latest. Throws DMFP-RUN-UNKNOWN, and DMFP-NOTHING-TO-DO where there is none at all. */
export function findRun(ledger: Ledger, runId: string | undefined): LedgerRun {
  const found = runId === undefined ? ledger.runs()[0] : ledger.run(runId);
  if (found !== undefined) return found;
  if (runId === undefined) throw new DmfpipeError("DMFP-NOTHING-TO-DO", "There is no run yet.");
  throw new DmfpipeError("DMFP-RUN-UNKNOWN", `There is no run with the id ${runId}.`);
}

export function withLedger<T>(context: CommandContext, project: Project, work: (ledger: Ledger) => T): T {
  const ledger = Ledger.open(ledgerFile(project.root), context.clock);
  try {
    return work(ledger);
  } finally {
    ledger.close();
  }
}

/** The command as it was given, as far as it makes another run of it. */
function commandText({ command, choices }: LedgerRun): string {
  return choices.stagingOnly === true ? `${command} --dry-run` : command;
}

/** A run without its fingerprint, which is of use to nobody but the ledger. */
function publicRun(run: LedgerRun): Partial<LedgerRun> {
  const shown: Partial<Record<keyof LedgerRun, unknown>> = { ...run };
  delete shown.fingerprint;
  delete shown.fingerprintParts;
  return shown as Partial<LedgerRun>;
}
