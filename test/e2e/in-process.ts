import { errorText } from "../../src/cli/error-text.ts";
import type { CommandContext, GlobalOptions } from "../../src/cli/command-context.ts";
import { systemClock } from "../../src/errors/clock.ts";
import { asDmfpipeError } from "../../src/errors/dmfpipe-error.ts";
import type { ExitCode } from "../../src/errors/exit-code.ts";
import type { Finished } from "./command-line.ts";

/**
 * Runs one command as dmfpipe.js does, in this process: for what a command does, where how the process starts and ends
 * is not the point. `root` is the project's folder.
 */
export async function inProcess(
  root: string,
  work: (context: CommandContext) => Promise<ExitCode> | ExitCode,
  more: {
    readonly options?: Partial<GlobalOptions>;
    readonly variables?: Readonly<Record<string, string>>;
  } = {},
): Promise<Finished> {
  let stdout = "";
  let stderr = "";
  const context: CommandContext = {
    options: { project: "mappings/project.yaml", ...more.options },
    workingFolder: root,
    clock: systemClock,
    signal: new AbortController().signal,
    variables: more.variables ?? {},
    print: (text) => {
      stdout += text;
    },
    tell: (text) => {
      stderr += text;
    },
    interactive: false,
    columns: 120,
  };
  let code: ExitCode;
  try {
    code = await work(context);
  } catch (thrown) {
    const error = asDmfpipeError(thrown);
    stderr += errorText(error);
    code = error.entry.exitCode;
  }
  return { code, signal: null, stdout, stderr };
}
