#!/usr/bin/env -S node --disable-warning=ExperimentalWarning
import { Command, CommanderError, InvalidArgumentError } from "commander";
import { systemClock } from "../errors/clock.ts";
import { asDmfpipeError, DmfpipeError } from "../errors/dmfpipe-error.ts";
import { ExitCode } from "../errors/exit-code.ts";
import { check } from "./check.ts";
import { version, type CommandContext, type GlobalOptions } from "./command-context.ts";
import { errorJson, errorText } from "./error-text.ts";
import { load } from "./load.ts";
import { plan } from "./plan.ts";
import { rejections } from "./rejections.ts";
import { resume } from "./resume.ts";
import { runs, status } from "./runs.ts";
import { sandbox, type SandboxCommandOptions } from "./sandbox.ts";
import { snapshot } from "./snapshot.ts";

const interruption = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  // Once: a second signal ends the process the ordinary way, at once. The ledger stands that.
  process.once(signal, () => {
    interruption.abort();
  });
}
// No proxy leads to this machine: the embedded sandbox and its blob store are reached directly, whatever HTTP_PROXY
// says to undici and to the Azure SDK.
process.env["NO_PROXY"] = [
  process.env["NO_PROXY"] ?? process.env["no_proxy"],
  "localhost",
  "127.0.0.1",
  "[::1]",
]
  .filter((host) => host !== undefined && host !== "")
  .join(",");
// A reader that went away (`dmfpipe rejections | head`) is no failure of ours.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});

const program = new Command("dmfpipe")
  .description(
    "Loads extracts of an external ERP into Dynamics 365 Finance & Operations, and says of every rejected record which source row it was and why.",
  )
  .version(version())
  .option("--project <file>", "the project's settings", "mappings/project.yaml")
  .option("--env <name>", "environment of project.yaml (default: the project's own default)")
  .option("--json", "results for machines, on standard output")
  .option("--quiet", "print nothing when all is well")
  .configureHelp({ showGlobalOptions: true })
  .exitOverride()
  .configureOutput({ outputError: () => undefined });

command("load", "the whole job: read, map, check, package, upload, import, report").action((...args) =>
  run(args, (context) => load(context)),
);
command("resume [run]", "go on with an interrupted or in-doubt run").action((...args) =>
  run(args, (context, [runId]) => resume(context, runId)),
);
command("check", "dry run: find everything that is wrong, send nothing").action((...args) =>
  run(args, (context) => check(context, "check")),
);
command("snapshot", "fetch the keys of what the mappings refer to, for check").action((...args) =>
  run(args, (context) => snapshot(context)),
);
command("build", "write the packages, send nothing").action((...args) =>
  run(args, (context) => check(context, "build")),
);
command("plan", "show the order in which entities are loaded").action((...args) =>
  run(args, (context) => plan(context)),
);
command("status [run]", "where the packages of a run stand").action((...args) =>
  run(args, (context, [runId]) => status(context, runId)),
);
command("runs", "what happened so far").action((...args) => run(args, (context) => runs(context)));
command("rejections [run]", "print the rejected records of a run")
  .option("--entity <label>", "only this entity")
  .option("--company <code>", "only this legal entity")
  .option("--stage <stage>", "only this stage: source, mapping, validation, staging or target")
  .option("--code <code>", "only records with this reason code")
  .action((...args) => run(args, (context, [runId], filter) => rejections(context, runId, filter)));
command("sandbox", "run the F&O sandbox on its own")
  .option("--port <number>", "port on this machine; 0 for any", port, "0")
  .option("--data <folder>", "where the sandbox keeps its data", ".dmfpipe/sandbox")
  .option("--setup <file>", "JSON file with the environment's own entities, reference data, sizes and rules")
  .option("--settings <file>", "YAML or JSON file that says how this environment behaves")
  .option("--faults <file>", "YAML or JSON file with planned failures")
  .option("--tls", "serve over HTTPS with a certificate of its own")
  .option("--reset", "begin anew: remove what an earlier sandbox left in the data folder")
  .action((...args) =>
    // Commander makes the options of just this shape from the flags above.
    run(args, (context, _arguments, options) =>
      sandbox(context, options as unknown as SandboxCommandOptions),
    ),
  );

try {
  await program.parseAsync();
} catch (thrown) {
  process.exitCode = fail(thrown instanceof CommanderError ? usageError(thrown) : thrown);
}

function command(nameAndArguments: string, description: string): Command {
  return program.command(nameAndArguments).description(description).exitOverride();
}

/** Commander hands an action its arguments, then the command's own options, then the command. */
async function run(
  actionArguments: readonly unknown[],
  work: (
    context: CommandContext,
    positional: readonly (string | undefined)[],
    options: Readonly<Record<string, string>>,
  ) => Promise<ExitCode> | ExitCode,
): Promise<void> {
  const positional = actionArguments
    .slice(0, -2)
    .map((value) => (typeof value === "string" ? value : undefined));
  const options = actionArguments.at(-2) as Readonly<Record<string, string>>;
  process.exitCode = await work(commandContext(program.opts<GlobalOptions>()), positional, options);
}

function commandContext(options: GlobalOptions): CommandContext {
  return {
    options,
    workingFolder: process.cwd(),
    clock: systemClock,
    signal: interruption.signal,
    variables: process.env,
    print: (text) => {
      process.stdout.write(text);
    },
    tell: (text) => {
      process.stderr.write(text);
    },
    interactive: process.stderr.isTTY,
    columns: process.stderr.columns,
  };
}

function port(text: string): string {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return text;
  throw new InvalidArgumentError("A port is a number from 0 to 65535.");
}

/** --help and --version end by an "error" too, with exit code 0. */
function usageError(error: CommanderError): DmfpipeError | undefined {
  if (error.exitCode === 0) return undefined;
  if (error.code === "commander.help") return undefined;
  return new DmfpipeError("DMFP-USAGE", error.message.replace(/^error: /, ""), {
    next: "dmfpipe --help shows the commands, dmfpipe <command> --help their options.",
  });
}

function fail(thrown: unknown): ExitCode {
  if (thrown === undefined) return ExitCode.ok;
  const error = asDmfpipeError(thrown);
  if (program.opts<GlobalOptions>().json === true) process.stdout.write(errorJson(error));
  process.stderr.write(errorText(error));
  return error.entry.exitCode;
}
