import { isatty } from "node:tty";
import { Command, CommanderError } from "commander";
import { systemClock } from "../errors/clock.ts";
import { asDmfpipeError, DmfpipeError } from "../errors/dmfpipe-error.ts";
import { ExitCode } from "../errors/exit-code.ts";
import { declareBeginCommands } from "./begin-commands.ts";
import { declareBesideCommands } from "./beside-commands.ts";
import { commandAfter } from "./command-after.ts";
import type { CommandFrame } from "./command-frame.ts";
import { commandLine, version, type CommandContext, type GlobalOptions } from "./command-context.ts";
import { declareCorrectCommands } from "./correct-commands.ts";
import { errorEntry, errorJson, errorText } from "./error-text.ts";
import { jsonLog } from "./json-log.ts";
import { declareLoadCommands } from "./load-commands.ts";
import { stopSignals } from "./stop-signals.ts";

// A command is loaded when it is called: all of them together would take as much memory as a whole build, and half a
// second of each start.
const interruption = stopSignals(process, { attached: [0, 1, 2].some((descriptor) => isatty(descriptor)) });
// No proxy leads to this machine: the embedded sandbox and its blob store are reached directly, whatever HTTP_PROXY
// says. undici reads the name in lower case first, the Azure SDK the one in upper case.
process.env["NO_PROXY"] = process.env["no_proxy"] = [
  process.env["no_proxy"] ?? process.env["NO_PROXY"],
  "localhost",
  "127.0.0.1",
  "[::1]",
  // Where machines of Azure ask for their identity: an address of the machine itself.
  "169.254.169.254",
]
  .filter((host) => host !== undefined && host !== "")
  .join(",");
// A reader that went away (`dmfpipe rejections | head`) is no failure of ours, nor that nobody hears of the progress. A
// terminal that was closed gives EIO, or EBADF.
const nobodyListens: ReadonlySet<string | undefined> = new Set(["EPIPE", "EIO", "EBADF"]);
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (!nobodyListens.has(error.code)) throw error;
  });
}
/** One for the whole process, so that its lines know the run once there is one. */
const jsonLines = jsonLog((text) => process.stderr.write(text), systemClock);

const program = new Command("dmfpipe")
  .description(
    "Loads extracts of an external ERP into Dynamics 365 Finance & Operations, and says of every rejected record which source row it was and why.",
  )
  .version(version())
  .option("--project <file>", "the project's settings", "mappings/project.yaml")
  .option("--env <name>", "environment of project.yaml (default: the project's own default)")
  .option("--json", "results for machines, on standard output")
  .option("--quiet", "print nothing when all is well")
  .option("--log-json", "progress and errors as JSON lines, on standard error (DMFPIPE_LOG=json)")
  .configureHelp({ showGlobalOptions: true })
  .exitOverride()
  .configureOutput({ outputError: () => undefined });

const frame: CommandFrame = { program, command, run };
declareBeginCommands(frame);
declareLoadCommands(frame);
declareCorrectCommands(frame);
declareBesideCommands(frame);

try {
  await program.parseAsync();
} catch (thrown) {
  process.exitCode = fail(thrown instanceof CommanderError ? usageError(thrown) : thrown);
}

function command(nameAndArguments: string, description: string): Command {
  return program.command(nameAndArguments).description(description).exitOverride();
}

/** Commander hands an action its arguments, then the command's own options, then the command. */
async function run(...[actionArguments, work]: Parameters<CommandFrame["run"]>): Promise<void> {
  const positional = actionArguments
    .slice(0, -2)
    .map((value) => (typeof value === "string" ? value : undefined));
  const options = actionArguments.at(-2) as Readonly<Record<string, string>>;
  process.exitCode = await work(commandContext(program.opts<GlobalOptions>()), positional, options);
}

function commandContext(options: GlobalOptions): CommandContext {
  const log = wantsJsonLines() ? jsonLines : undefined;
  return {
    ...(log === undefined ? {} : { log }),
    options,
    workingFolder: process.cwd(),
    clock: systemClock,
    signal: interruption,
    variables: process.env,
    print: (text) => {
      process.stdout.write(text);
    },
    tell: (text) => {
      if (log === undefined) process.stderr.write(text);
      else log.entry({ kind: "message", text: text.trim() });
    },
    interactive: process.stderr.isTTY && log === undefined,
    // A terminal that nobody told its size has 0 columns.
    columns: process.stderr.columns > 0 ? process.stderr.columns : 80,
  };
}

/** --help and --version end by an "error" too, with exit code 0. */
function nextAfter(error: DmfpipeError): string | undefined {
  const command = program.args[0];
  const isKnown = program.commands.some((known) => known.name() === command);
  const { env: environment } = program.opts<GlobalOptions>();
  const next = commandAfter(error, { command: isKnown ? command : undefined, environment });
  return next === undefined ? undefined : commandLine(next, process.env);
}

function usageError(error: CommanderError): DmfpipeError | undefined {
  if (error.exitCode === 0) return undefined;
  if (error.code === "commander.help") return undefined;
  return new DmfpipeError("DMFP-USAGE", error.message.replace(/^error: /, ""), {
    next: "dmfpipe --help shows the commands, dmfpipe <command> --help their options.",
  });
}

function wantsJsonLines(): boolean {
  return program.opts<GlobalOptions>().logJson === true || process.env["DMFPIPE_LOG"] === "json";
}

function fail(thrown: unknown): ExitCode {
  if (thrown === undefined) return ExitCode.ok;
  const error = asDmfpipeError(thrown);
  if (program.opts<GlobalOptions>().json === true) process.stdout.write(errorJson(error));
  if (wantsJsonLines()) jsonLines.entry(errorEntry(error));
  else process.stderr.write(errorText(error, nextAfter(error)));
  return error.entry.exitCode;
}
