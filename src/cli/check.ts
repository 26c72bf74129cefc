import path from "node:path";
import { asDmfpipeError, type DmfpipeError } from "../errors/dmfpipe-error.ts";
import type { ExitCode } from "../errors/exit-code.ts";
import type { RunResult } from "../load/load-options.ts";
import { runOffline } from "../load/run-load.ts";
import { writeJunit } from "../rejection/junit.ts";
import { readRejections } from "../rejection/rejection-ndjson.ts";
import type { Rejection } from "../rejection/rejection.ts";
import { writeSarif } from "../rejection/sarif.ts";
import { version, type CommandContext } from "./command-context.ts";
import { profileText } from "./profile-text.ts";
import { runCommand } from "./run-command.ts";
import type { TimingOptions } from "./timings.ts";

export interface CheckOptions extends TimingOptions {
  /** File to write as SARIF, as the user named it. */
  readonly sarif?: string;
  /** File to write as a JUnit report. */
  readonly junit?: string;
  /** Prints what the sources hold, column by column. */
  readonly profile?: true;
}

/** `build`: reads, maps and checks every record, and writes the packages. Nothing is sent. */
export async function build(context: CommandContext, timing: TimingOptions = {}): Promise<ExitCode> {
  return await runCommand(context, { command: "build", ...timing }, (options) =>
    runOffline(options, "build"),
  );
}

/**
 * `check`: the dry run. With `sarif` and `junit` what it found also goes into files for CI systems, be it wrong
 * records or mistakes of the configuration that kept it from beginning.
 */
export async function check(context: CommandContext, options: CheckOptions): Promise<ExitCode> {
  let ended: RunResult | undefined;
  try {
    return await runCommand(context, { command: "check", ...options }, async (load) => {
      const wholly = options.profile === true ? { profilesEveryRecord: options.profile } : {};
      ended = await runOffline({ ...load, ...wholly }, "check");
      await writeFindings(context, options, ended);
      return options.profile === true ? profiled(context, ended) : ended;
    });
  } catch (thrown) {
    // Whatever is thrown after the run has ended has nothing to do with what it found.
    if (ended === undefined) await writeFindings(context, options, { error: asDmfpipeError(thrown) });
    throw thrown;
  }
}

async function writeFindings(
  context: CommandContext,
  options: CheckOptions,
  ended: Partial<Pick<RunResult, "summary" | "folder">> & { readonly error?: DmfpipeError },
): Promise<void> {
  const { summary, folder, error } = ended;
  const { workingFolder, tell } = context;
  const rejections = (): AsyncIterable<Rejection> =>
    folder === undefined ? none() : readRejections(folder.rejectionsFile);
  const found = {
    ...(summary === undefined ? {} : { summary }),
    ...(error === undefined ? {} : { error }),
  };
  const written: string[] = [];
  if (options.sarif !== undefined) {
    const file = path.resolve(workingFolder, options.sarif);
    // As the project is found: it is the folder above the one of project.yaml.
    const root = path.dirname(path.dirname(path.resolve(workingFolder, context.options.project)));
    const environment = summary?.environment ?? context.options.env ?? "default";
    await writeSarif({ ...found, file, root, environment, version: version(), rejections: rejections() });
    written.push(options.sarif);
  }
  if (options.junit !== undefined) {
    const file = path.resolve(workingFolder, options.junit);
    const fullList = folder === undefined ? "" : path.relative(workingFolder, folder.rejectionsFile);
    await writeJunit({ ...found, file, fullList, rejections: rejections() });
    written.push(options.junit);
  }
  if (written.length > 0 && context.options.quiet !== true) tell(`written: ${written.join(", ")}\n`);
}

/** Prints the profiles, or adds them to what --json prints. */
function profiled(context: CommandContext, result: RunResult): RunResult {
  const { profiles = [], summary } = result;
  if (context.options.json === true) {
    const withProfile = { ...summary, profile: profiles };
    return { ...result, summary: withProfile };
  }
  const columns = context.interactive ? context.columns : Number.POSITIVE_INFINITY;
  context.print(`${profiles.map((profile) => profileText(profile, columns)).join("\n\n")}\n\n`);
  return result;
}

// eslint-disable-next-line @typescript-eslint/require-await -- there is nothing to wait for
async function* none(): AsyncGenerator<Rejection> {
  yield* [];
}
