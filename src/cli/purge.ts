import { existsSync } from "node:fs";
import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import { ExitCode } from "../errors/exit-code.ts";
import { Ledger } from "../load/ledger/ledger.ts";
import { purge as purgeRuns, type PurgedFolder, type PurgeResult } from "../load/purge.ts";
import { ledgerFile } from "../load/run-folder.ts";
import type { Retention } from "../project/retention.ts";
import { openProject, type CommandContext } from "./command-context.ts";
import { formatCount, formatSize } from "./number-text.ts";

export interface PurgeCommandOptions {
  /** `30d`, `12h`, `6w`; instead of what project.yaml says under keep. */
  readonly olderThan?: string;
  /** Packages only; reports, rejections and logs stay. */
  readonly packages?: true;
  readonly dryRun?: true;
}

/** `purge`: removes what old runs left behind, by the ages in project.yaml or the one that is given. */
export async function purge(context: CommandContext, options: PurgeCommandOptions): Promise<ExitCode> {
  const project = openProject(context);
  const keep = retention(project.keep, options);
  const file = ledgerFile(project.root);
  const dryRun = options.dryRun === true;
  let result: PurgeResult = { runs: [], packages: [], resumable: [] };
  // Looking at a project that never ran should not leave a ledger behind.
  if (existsSync(file)) {
    const ledger = Ledger.open(file, context.clock);
    try {
      result = await purgeRuns({
        projectRoot: project.root,
        ledger,
        now: context.clock.now(),
        keep,
        dryRun,
      });
    } finally {
      ledger.close();
    }
  }
  if (context.options.json === true) context.print(`${JSON.stringify({ dryRun, ...result }, null, 2)}\n`);
  else if (context.options.quiet !== true) context.print(purgeText(result, dryRun));
  return ExitCode.ok;
}

function retention(configured: Retention | undefined, options: PurgeCommandOptions): Retention {
  const age = options.olderThan === undefined ? undefined : daysOf(options.olderThan);
  const keep: Retention =
    options.packages === true
      ? { packages: age ?? configured?.packages }
      : { days: age ?? configured?.days, packages: configured?.packages };
  if (keep.days !== undefined || keep.packages !== undefined) return keep;
  throw new DmfpipeError("DMFP-USAGE", "Nothing says how long runs are kept.", {
    next: "Give an age, dmfpipe purge --older-than 90d, or write keep: { days: 90, packages: 7 } into project.yaml.",
  });
}

/** `90d` → 90, `12h` → 0.5, `2w` → 14. Throws DMFP-USAGE. */
function daysOf(text: string): number {
  const [, number, unit] = /^(\d{1,5})([hdw])$/.exec(text) ?? [];
  if (number !== undefined) return Number(number) * (unit === "w" ? 7 : unit === "h" ? 1 / 24 : 1);
  throw new DmfpipeError("DMFP-USAGE", `"${text}" is no age.`, {
    next: "Write a number and its unit: 12h, 30d or 6w.",
  });
}

function purgeText({ runs, packages, resumable }: PurgeResult, dryRun: boolean): string {
  const verb = dryRun ? "would be removed" : "removed";
  const line = (what: string, folders: readonly PurgedFolder[]): string[] => {
    const sizeBytes = folders.reduce((sum, folder) => sum + folder.sizeBytes, 0);
    return folders.length === 0 ? [] : [`${what} ${verb}, ${formatSize(sizeBytes)}`];
  };
  const count = (folders: readonly PurgedFolder[]): string =>
    folders.length === 1 ? "1 run" : `${formatCount(folders.length)} runs`;
  const names = (folders: readonly PurgedFolder[]): string[] =>
    folders.map(({ run, sizeBytes }) => `  ${run}  ${formatSize(sizeBytes)}`);
  const kept = resumable.map(
    (run) => `kept: ${run}, which can be resumed, or given up with dmfpipe abandon ${run}`,
  );
  const lines = [
    ...line(count(runs), runs),
    ...names(runs),
    ...line(`packages of ${count(packages)}`, packages),
    ...names(packages),
    ...kept,
  ];
  return `${runs.length + packages.length === 0 ? ["Nothing is old enough to be removed.", ...kept].join("\n") : lines.join("\n")}\n`;
}
