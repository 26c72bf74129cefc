import type { Command } from "commander";
import type { ExitCode } from "../errors/exit-code.ts";
import type { CommandContext } from "./command-context.ts";

/** What declaring a command needs. A command's own module is loaded only when it is called (see program.ts). */
export interface CommandFrame {
  readonly program: Command;
  /** A command of the program, by its name and arguments. */
  readonly command: (nameAndArguments: string, description: string) => Command;
  /** Runs a command with what Commander hands its action; sets the exit code of the process. */
  readonly run: (
    actionArguments: readonly unknown[],
    work: (
      context: CommandContext,
      positional: readonly (string | undefined)[],
      options: Readonly<Record<string, string>>,
    ) => Promise<ExitCode> | ExitCode,
  ) => Promise<void>;
}

export const metricsHelp =
  "write the numbers of the run for Prometheus (default: metrics.file of project.yaml)";
export const untilHelp = "have it over by then, and leave the rest for resume: 05:30, or 2026-11-23T05:30";
export const confirmHelp = "the environment's name once more, where it is marked as production";
export const timingsHelp = "print where the time went, at the end";
export const cpuProfileHelp = "write what Node's profiler saw, for the developer tools of a browser";
