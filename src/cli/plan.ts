import { existsSync } from "node:fs";
import path from "node:path";
import { ExitCode } from "../errors/exit-code.ts";
import { lastReading } from "../load/ledger/last-reading.ts";
import { Ledger } from "../load/ledger/ledger.ts";
import { loadOverview, type LoadOverview } from "../load/load-overview.ts";
import type { LoadOptions } from "../load/load-options.ts";
import { planLoad } from "../load/load-plan.ts";
import { ledgerFile } from "../load/run-folder.ts";
import { runOffline } from "../load/run-load.ts";
import { publishText } from "../package/partial-file.ts";
import { commandLine, loadOptions, openProject, type CommandContext } from "./command-context.ts";
import { planMermaid } from "./plan-mermaid.ts";
import { planPage } from "./plan-page.ts";
import { planText } from "./plan-text.ts";
import { showProgress } from "./progress.ts";

export interface PlanOptions {
  /** Reads the sources first, as `check` does, where no earlier run has read them as they are. */
  readonly read?: true;
  /** Prints a Mermaid flowchart instead of tables. */
  readonly mermaid?: true;
  /** File to write as a page with a picture, as the user named it. */
  readonly html?: string;
}

/**
 * `plan`: in which order the entities would be loaded, what waits for what, what would be sent where, and how long it
 * may take. Reads no records but with `read`, and sends nothing. Exit code 0; errors are those of reading the project.
 */
export async function plan(context: CommandContext, options: PlanOptions = {}): Promise<ExitCode> {
  const progress = showProgress({ ...context, quiet: context.options.quiet === true });
  const load = loadOptions(context, openProject(context), progress.listener);
  let overview = await overviewOf(load);
  if (options.read === true && overview.reading.kind !== "current") {
    const { error } = await runOffline(load, "check").finally(progress.end);
    overview = await overviewOf(load);
    // A budget that is exceeded, say, keeps nothing from being counted.
    if (error !== undefined && overview.reading.kind !== "current") throw error;
  }
  if (options.html !== undefined) {
    const file = path.resolve(context.workingFolder, options.html);
    await publishText(file, planPage(overview, load.clock.now()));
    context.tell(`Written: ${options.html}\n`);
  }
  if (context.options.json === true) context.print(`${JSON.stringify(overview, null, 2)}\n`);
  else if (options.mermaid === true) context.print(planMermaid(overview));
  else if (options.html === undefined) context.print(`${planText(overview)}\n`);
  if (overview.reading.kind !== "current" && context.options.quiet !== true) {
    context.tell(`Next: ${commandLine("plan --read", context.variables)} (or check) counts the records\n`);
  }
  return ExitCode.ok;
}

async function overviewOf(load: LoadOptions): Promise<LoadOverview> {
  const { project, environmentName, definition, catalogue, clock } = load;
  const planned = await planLoad(project, catalogue);
  const shared = { project, environmentName, definition, planned };
  const file = ledgerFile(project.root);
  // Looking at a plan leaves no trace, not even an empty ledger.
  if (!existsSync(file)) return loadOverview({ ...shared, reading: undefined, history: [] });
  const ledger = Ledger.open(file, clock);
  try {
    const reading = lastReading(project, planned, ledger);
    return loadOverview({ ...shared, reading, history: ledger.times.latest(environmentName) });
  } finally {
    ledger.close();
  }
}
