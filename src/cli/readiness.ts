import { existsSync } from "node:fs";
import path from "node:path";
import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import { ExitCode } from "../errors/exit-code.ts";
import { Ledger } from "../load/ledger/ledger.ts";
import { ledgerFile } from "../load/run-folder.ts";
import { readReadiness } from "../load/trend/read-readiness.ts";
import { settleTrend } from "../load/trend/settle-trend.ts";
import type { TrendSeries } from "../load/trend/trend-series.ts";
import { publishText } from "../package/partial-file.ts";
import { findEnvironment } from "../project/project.ts";
import type { Readiness } from "../rejection/trend/readiness.ts";
import { readinessPage } from "../rejection/trend/readiness-page.ts";
import { commandLine, environmentName, openProject, type CommandContext } from "./command-context.ts";
import { readinessText } from "./readiness-text.ts";

export interface ReadinessCommandOptions {
  /** Which runs to judge by, as the user said it. */
  readonly of?: string;
  /** File to write the page into, as the user named it. */
  readonly html?: string;
}

const kinds: readonly TrendSeries["kind"][] = ["load", "check", "staging"];

/**
 * `readiness`: whether the cutover may go ahead, judged by the runs so far and the criteria of project.yaml. Writes a page
 * for the meeting, sends and reads nothing else. Exit code 0: go; 4: no go. Throws what readReadiness throws, and
 * DMFP-USAGE.
 */
export async function readiness(
  context: CommandContext,
  { of, html }: ReadinessCommandOptions,
): Promise<ExitCode> {
  const { options, workingFolder, clock, variables, print, tell } = context;
  const kind = kinds.find((known) => known === of);
  if (of !== undefined && kind === undefined) {
    throw new DmfpipeError("DMFP-USAGE", `--of ${of} is not known.`, {
      next: `Use one of: ${kinds.join(", ")}.`,
    });
  }
  const project = openProject(context);
  const environment = environmentName(context, project);
  findEnvironment(project, environment);
  const file = ledgerFile(project.root);
  if (!existsSync(file)) {
    throw new DmfpipeError("DMFP-NOTHING-TO-DO", "There is no run yet: there is nothing to judge.", {
      next: commandLine("check", variables),
    });
  }
  const ledger = Ledger.open(file, clock);
  let judged: Readiness;
  try {
    // A process that was killed when its run had just ended left it to others.
    await settleTrend(ledger, project.root);
    judged = readReadiness({ project, ledger, environment, of: kind, now: clock.now() });
  } finally {
    ledger.close();
  }
  const page =
    html === undefined
      ? path.join(project.root, ".dmfpipe", `readiness-${environment}.html`)
      : path.resolve(workingFolder, html);
  await publishText(page, readinessPage(judged));
  const shown = path.relative(workingFolder, page);
  if (options.json === true) print(`${JSON.stringify(judged, null, 2)}\n`);
  else if (options.quiet !== true || !judged.go) print(`${readinessText(judged)}\n\n  page: ${shown}\n`);
  const where = options.env === undefined || judged.open > 0 ? "" : ` --env ${options.env}`;
  if (!judged.go) tell(`Next: ${commandLine(`${nextOf(judged)}${where}`, variables)}\n`);
  return judged.go ? ExitCode.ok : ExitCode.rejections;
}

/** Where the open records are to be seen. */
function nextOf({ open, runs, of }: Readiness): string {
  if (open > 0) return `rejections ${runs.at(-1)?.run ?? ""}`.trim();
  return of === "check" ? "check" : of === "staging" ? "load --dry-run" : "load";
}
