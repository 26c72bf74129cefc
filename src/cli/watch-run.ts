import { ExitCode } from "../errors/exit-code.ts";
import { pause } from "../environment/http-policy.ts";
import type { PackageMove } from "../load/ledger/ledger-moves.ts";
import { sumOf, type LedgerPackage, type LedgerRun } from "../load/ledger/ledger-rows.ts";
import type { Ledger } from "../load/ledger/ledger.ts";
import { runEndsAt } from "../load/sending/outlook.ts";
import { isFinal } from "../load/ledger/package-state.ts";
import { packagesAtATime } from "../project/environment-definition.ts";
import type { Project } from "../project/project.ts";
import { clockTime } from "./clock-time.ts";
import type { CommandContext } from "./command-context.ts";
import { formatCount } from "./number-text.ts";
import { textTable } from "./text-table.ts";

/** How often the ledger is looked at. */
const lookEveryMs = 500;

/**
 * Shows what a run does while it does it, from the ledger alone, so that it works beside the process that makes the run
 * and cannot disturb it. On a terminal what is going on is repainted; piped, there is one line for each step of a
 * package, those that happened before included, or with --json one object. Returns the run's own exit code once it has
 * one; that of an interruption when the process that made it is `gone`, and 0 when the watching is ended by Ctrl-C.
 */
export async function watchRun(options: {
  readonly context: CommandContext;
  readonly project: Project;
  readonly ledger: Ledger;
  readonly runId: string;
  /** Whether the process that made the run does not exist any more. */
  readonly isGone: (run: LedgerRun) => boolean;
}): Promise<ExitCode> {
  const { context, ledger, runId } = options;
  const screen = new RepaintedLines(context);
  let seen = 0;
  for (;;) {
    // Asked first: what a process did before it went is in the ledger then.
    const before = ledger.run(runId);
    const gone = before !== undefined && options.isGone(before);
    const moves = ledger.moves.since(runId, seen);
    seen = moves.at(-1)?.number ?? seen;
    const run = ledger.run(runId);
    if (run === undefined) return ExitCode.usage;
    if (!context.interactive) for (const move of moves) tellMove(context, move);
    if (run.exitCode !== null && run.finishedAt !== null) {
      screen.clear();
      return run.exitCode as ExitCode;
    }
    if (gone) {
      screen.clear();
      return ExitCode.interrupted;
    }
    if (context.interactive) screen.paint(picture(options, run));
    if (context.signal.aborted) break;
    try {
      await pause(lookEveryMs, context.signal);
    } catch {
      break;
    }
  }
  screen.clear();
  return ExitCode.ok;
}

function tellMove({ options, print, tell }: CommandContext, move: PackageMove): void {
  if (options.json === true) {
    const { key, state, at, reason, records } = move;
    print(`${JSON.stringify({ package: key, records, state, at, reason })}\n`);
  } else tell(`${move.key} (${formatCount(move.records)} records): ${move.state} · ${move.reason}\n`);
}

/** The run in one line, and a table of what is neither waiting for its turn nor over. */
function picture(
  { context, project, ledger }: Pick<Parameters<typeof watchRun>[0], "context" | "project" | "ledger">,
  run: LedgerRun,
): string[] {
  const packages = ledger.packages(run.id);
  const now = context.clock.now();
  const definition = project.environments[run.environment];
  const sideBySide = definition === undefined ? 1 : packagesAtATime(definition);
  const endsAt = runEndsAt(ledger, run, { sideBySide, now });
  const over = packages.filter(({ state }) => isFinal(state)).length;
  const reading = run.phase === "building" ? " so far; reading goes on" : "";
  const progress =
    packages.length === 0 ? "reading" : `${over} of ${packages.length} packages over${reading}`;
  const lines = [`${run.id} into ${run.environment}: ${progress}`];
  // On a line of its own: the end of a long line would be cut off.
  const end = endsAt === undefined ? "" : ` · at this pace it ends ${clockTime(endsAt, now)}`;
  if (packages.length > 0) lines.push(`${countsText(run, packages)}${end}`);
  const active = packages.filter(({ state }) => state !== "built" && !isFinal(state));
  if (active.length === 0) return lines;
  const table = textTable(
    [
      { title: "package", align: "left" },
      { title: "records", align: "right" },
      { title: "state", align: "left" },
    ],
    active.map((pack) => [pack.key, formatCount(sumOf(pack, "records")), pack.state]),
  );
  return [...lines, ...table.split("\n")];
}

function countsText({ choices }: LedgerRun, packages: readonly LedgerPackage[]): string {
  const sum = (count: Parameters<typeof sumOf>[1]): number =>
    packages.reduce((total, pack) => total + sumOf(pack, count), 0);
  const done =
    choices.stagingOnly === true
      ? `${formatCount(sum("staged"))} records staged, not loaded into the target`
      : `${formatCount(sum("created") + sum("updated"))} records loaded`;
  const rejected = sum("rejectedStaging") + sum("rejectedTarget");
  return `${done}${rejected === 0 ? "" : `, ${formatCount(rejected)} rejected`}`;
}

/** Lines at the foot of a terminal that are painted over again and again. */
class RepaintedLines {
  readonly #context: CommandContext;
  #painted: readonly string[] = [];

  constructor(context: CommandContext) {
    this.#context = context;
  }

  paint(lines: readonly string[]): void {
    const { columns, tell } = this.#context;
    // A line that wraps would take two, and the next painting would begin in the middle.
    const fitting = lines.map((line) => (line.length < columns ? line : `${line.slice(0, columns - 2)}…`));
    if (fitting.join("\n") === this.#painted.join("\n")) return;
    tell(`${this.#wipe()}${fitting.join("\n")}\n`);
    this.#painted = fitting;
  }

  clear(): void {
    if (this.#painted.length > 0) this.#context.tell(this.#wipe());
    this.#painted = [];
  }

  /** Up to the first of the lines, and nothing below it any more. */
  #wipe(): string {
    return this.#painted.length === 0 ? "" : `\x1b[${this.#painted.length}A\r\x1b[J`;
  }
}
