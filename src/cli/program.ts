import { isatty } from "node:tty";
import { Command, CommanderError, InvalidArgumentError } from "commander";
import { systemClock } from "../errors/clock.ts";
import { asDmfpipeError, DmfpipeError } from "../errors/dmfpipe-error.ts";
import { ExitCode } from "../errors/exit-code.ts";
import { abandon } from "./abandon.ts";
import { build, check } from "./check.ts";
import { version, type CommandContext, type GlobalOptions } from "./command-context.ts";
import { errorEntry, errorJson, errorText } from "./error-text.ts";
import { exportProject, type ExportCommandOptions } from "./export.ts";
import { diffMappings } from "./diff-mapping.ts";
import { doctor } from "./doctor.ts";
import { explain } from "./explain.ts";
import { initMapping, type InitMappingOptions } from "./init-mapping.ts";
import { init } from "./init.ts";
import { lint } from "./lint.ts";
import { load } from "./load.ts";
import { packagePull, type PackagePullOptions } from "./package-pull.ts";
import { jsonLog } from "./json-log.ts";
import { plan } from "./plan.ts";
import { purge } from "./purge.ts";
import { rejections } from "./rejections.ts";
import { resubmit } from "./resubmit.ts";
import { resume } from "./resume.ts";
import { runs, status } from "./runs.ts";
import { sandbox, type SandboxCommandOptions } from "./sandbox.ts";
import { schemaShow } from "./schema-show.ts";
import { schemaDiff, schemaPull, type SchemaPullOptions } from "./schema.ts";
import { snapshot } from "./snapshot.ts";
import { stopSignals } from "./stop-signals.ts";

const interruption = stopSignals(process, { attached: [0, 1, 2].some((descriptor) => isatty(descriptor)) });
// No proxy leads to this machine: the embedded sandbox and its blob store are reached directly, whatever HTTP_PROXY
// says to undici and to the Azure SDK.
process.env["NO_PROXY"] = [
  process.env["NO_PROXY"] ?? process.env["no_proxy"],
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

const initCommand = command("init", "begin a project: settings, folders; nothing is overwritten")
  .argument("[folder]", "where; here unless one is named")
  .action((...args) => run(args, (context, [folder]) => init(context, folder)));
initCommand
  .command("mapping <entity> <source>")
  .description("look through an extract and propose a mapping of it to an entity")
  .option("--delimiter <text>", "what stands between the fields, or tab (default: found out)")
  .option("--encoding <name>", "encoding of the source (default: found out)")
  .option("--record <path>", "XML: path of the record element (default: found out)")
  .option("--records <number>", "look at no more records than this", "100000")
  .option("--out <file>", "the mapping to write, - to print it (default: mappings/<entity>.yaml)")
  .option("--add", "add the mapping to the entities of project.yaml")
  .option("--force", "overwrite the mapping if it is there already")
  .action((...args) =>
    run(args, (context, [entity = "", source = ""], options) =>
      initMapping(context, { entity, source }, options as unknown as InitMappingOptions),
    ),
  );
const untilHelp = "have it over by then, and leave the rest for resume: 05:30, or 2026-11-23T05:30";
const metricsHelp = "write the numbers of the run for Prometheus (default: metrics.file of project.yaml)";
const confirmHelp = "the environment's name once more, where it is marked as production";
command("load", "the whole job: read, map, check, package, upload, import, report")
  .option("--metrics <file>", metricsHelp)
  .option("--until <time>", untilHelp)
  .option("--canary <records>", "so many records of each entity first, the rest only if F&O takes them")
  .option("--sending <when>", "afterBuilding or whileBuilding (default: sending of project.yaml)")
  .option("--dry-run", "go no further than F&O's staging tables: nothing is created or updated")
  .option("--confirm <environment>", confirmHelp)
  .action((...args) => run(args, (context, _arguments, options) => load(context, options)));
command("resume [run]", "go on with an interrupted or in-doubt run")
  .option("--metrics <file>", metricsHelp)
  .option("--until <time>", untilHelp)
  .option(
    "--despite-rejections",
    "send the rest although F&O rejected more than the budget or the canary allows",
  )
  .option("--confirm <environment>", confirmHelp)
  .action((...args) => run(args, (context, [runId], options) => resume(context, runId, options)));
command("resubmit [run]", "load only what was rejected once more: as it is, or corrected")
  .option(
    "--from <files...>",
    "corrected files: CSV or Excel, as made from those in rejections/ or from report.xlsx",
  )
  .option("--entity <label>", "only records of this entity, and what depends on them")
  .option("--code <code>", "only records rejected for this reason, and what depends on them")
  .option(
    "--only",
    "nothing that depends on them: what was rejected because it refers to them stays rejected",
  )
  .option(
    "--doubtful <choice>",
    "values of which nobody knows whether a spreadsheet spoiled them: accept or repair",
  )
  .option("--dry-run", "only find out what is still wrong with them; nothing is sent")
  .option("--metrics <file>", metricsHelp)
  .option("--until <time>", untilHelp)
  .addHelpText(
    "after",
    "\nWithout a run: what the latest load rejected. What a resubmission loaded is never loaded again; what it did not,\ncan be corrected and given again. Ends with 9 where nothing is left to load.",
  )
  .action((...args) => run(args, (context, [runId], options) => resubmit(context, runId, options)));
command("abandon [run]", "give up a load that nobody will resume; nothing is undone in F&O")
  .option("--confirm", "do it; without this it only says what it means")
  .addHelpText(
    "after",
    "\nWhat was not sent is counted as unprocessed, and the run is over. Where F&O has a package, or may have it, F&O is\nasked first, and unless it is done with it nothing is given up (exit code 5).",
  )
  .action((...args) => run(args, (context, [runId], options) => abandon(context, runId, options)));
command("check", "dry run: find everything that is wrong, send nothing")
  .option("--sarif <file>", "write what was found as SARIF 2.1.0, for code scanning")
  .option("--junit <file>", "write what was found as a JUnit report, for CI systems")
  .option("--profile", "print what the sources hold, column by column")
  .action((...args) => run(args, (context, _arguments, options) => check(context, options)));
command("snapshot", "fetch the keys of what the mappings refer to, for check").action((...args) =>
  run(args, (context) => snapshot(context)),
);
const schema = command("schema", "what is known of the entities: show it, fetch it, compare it");
schema
  .command("show [entity]")
  .description("what dmfpipe knows of an entity here, and how it knows it")
  .action((...args) => run(args, (context, [label]) => schemaShow(context, label)));
schema
  .command("pull [labels...]")
  .description("fetch them into mappings/schema.json; without labels, those the mappings need")
  .option("--all", "every public entity of data management")
  .option("--language <tag>", "language of labels", "en-us")
  .action((labels: readonly string[], ...args: unknown[]) =>
    run(args, (context, _none, options) =>
      schemaPull(context, labels, options as unknown as SchemaPullOptions),
    ),
  );
schema
  .command("diff [old] [new]")
  .description("what changed, and which mappings it breaks (exit code 2)")
  .addHelpText(
    "after",
    "\nTwo files: from the first to the second. One: from mappings/schema.json to the file.\nNone: from the catalogue that comes with dmfpipe to mappings/schema.json.\nThe file of an earlier commit: git show HEAD~1:mappings/schema.json > old.json",
  )
  .action((...args) => run(args, (context, [old, now]) => schemaDiff(context, old, now)));
command("doctor", "find out what is broken between this machine and an import, with the fix")
  .option("--write", "upload a few bytes too, to see whether the blob store takes them")
  .addHelpText(
    "after",
    "\nFrom DNS to a writable blob. Changes nothing in F&O: no project, no import. Bytes that --write uploads expire there.\nExit codes: 0 nothing is broken, 2 settings, 5 for the moment, 6 refused for good.",
  )
  .action((...args) => run(args, (context, _arguments, options) => doctor(context, options)));
command("build", "write the packages, send nothing").action((...args) =>
  run(args, (context) => build(context)),
);
command("lint", "judge packages, ours or any others, by nothing but the zip")
  .argument("[packages...]", "zip files")
  .option("--strict", "warnings count as errors")
  .option("--sarif <file>", "write the findings as SARIF 2.1.0")
  .option("--junit <file>", "write the findings as a JUnit report")
  .option("--explain <rule>", "print what is known of a rule")
  .addHelpText(
    "after",
    "\nNeeds no project and sends nothing. docs/lint.md lists the rules.\nExit codes: 0 no errors (warnings and notes are printed), 3 a file cannot be opened or is no whole zip,\n4 errors were found (with --strict also warnings).",
  )
  .action((...args) => run(args, (context, _arguments, options) => lint(context, listOf(args[0]), options)));
command("export <data-project>", "have F&O export a data project, and fetch its package")
  .option("--company <code>", "legal entity whose records are exported")
  .option("--out <folder>", "where the package goes (default: extracts/<data project>)")
  .option("--raw", "keep the zip as it is, do not unpack it")
  .option("--force", "replace an earlier export of the same name")
  .option("--execution <id>", "fetch the package of an export that was ordered earlier")
  .option("--max-megabytes <number>", "refuse a larger package", "5000")
  .addHelpText(
    "after",
    "\nChanges nothing in F&O but its history of executions. Ends with 4 where F&O could not export all entities, with 9\nwhere the data project has none.",
  )
  .action((...args) =>
    run(args, (context, [dataProject = ""], options) =>
      exportProject(context, dataProject, options as unknown as ExportCommandOptions),
    ),
  );
command("package", "packages of others")
  .command("pull <package>")
  .description("take a package that F&O exported as the template of mappings")
  .option("--entity <label>", "only this entity (default: all of the package)")
  .option("--company <code>", "legal entity the data belongs to")
  .option("--data <folder>", "where the data files of a zip go (default: extracts/<package>)")
  .option("--records <number>", "look at no more records of a data file than this", "100000")
  .option("--out <file>", "the mapping to write, - to print it (default: mappings/<entity>.yaml)")
  .option("--add", "add the mappings to the entities of project.yaml")
  .option("--force", "overwrite mappings and data files that are there already")
  .addHelpText(
    "after",
    "\nThe package is a zip, a Manifest.xml, or a folder with one in it. What a mapping cannot say is named, nothing is\nlost silently. Ends with 2 where an entity is not in the catalogue; the others are written all the same.",
  )
  .action((...args) =>
    run(args, (context, [file = ""], options) =>
      packagePull(context, file, options as unknown as PackagePullOptions),
    ),
  );
command("plan", "show what a load would do: order, packages, what goes where, how long it takes")
  .option("--read", "read the sources where no earlier run has read them as they are")
  .option("--mermaid", "print a flowchart in Mermaid's language")
  .option("--html <file>", "write a page with a picture")
  .action((...args) => run(args, (context, _arguments, options) => plan(context, options)));
command("status [run]", "where the packages of a run stand")
  .option("--watch", "go on showing it until the run ends, and end with its exit code")
  .action((...args) => run(args, (context, [runId], options) => status(context, runId, options)));
command("runs", "what happened so far").action((...args) => run(args, (context) => runs(context)));
command("purge", "remove what old runs left behind: reports, rejections, logs, packages")
  .option("--older-than <age>", "12h, 30d, 6w (default: keep of project.yaml)")
  .option("--packages", "only packages; the rest stays")
  .option("--dry-run", "say what would be removed, and remove nothing")
  .addHelpText(
    "after",
    "\nNever removed: a load that can be resumed, the latest run, the latest load into each environment, the ledger.",
  )
  .action((...args) => run(args, (context, _arguments, options) => purge(context, options)));
command("rejections [run]", "print the rejected records of a run")
  .option("--entity <label>", "only this entity")
  .option("--company <code>", "only this legal entity")
  .option("--stage <stage>", "only this stage: source, mapping, validation, staging or target")
  .option("--code <code>", "only records with this reason code")
  .option("--owner <name>", "only those of this owner (stewards of project.yaml)")
  .option("--to <folder>", "write a copy to hand on instead: report.html, report.xlsx, CSV, NDJSON")
  .option("--redact", "show tokens instead of values; the same token is the same value")
  .option("--force", "replace a copy that is in the folder already")
  .option("--by <what>", "cause: what they go back to; class: kinds of problem, messages, values")
  .action((...args) => run(args, (context, [runId], filter) => rejections(context, runId, filter)));
command("explain <file:line>", "the whole story of one source record")
  .option("--entity <label>", "only what the mapping of this entity makes of it")
  .addHelpText(
    "after",
    "\nThe line is counted as an editor does, the header being one too; file:#12 is the record with that number.",
  )
  .action((...args) => run(args, (context, [place], options) => explain(context, place, options)));
command("diff-mapping <old> <new>", "what a change of a mapping does to the records of its source")
  .option("--limit <number>", "examples of each kind of change", whole, "5")
  .option("--old-project <file>", "project.yaml the old mapping belongs to, for its lookups and steps")
  .option("--exit-code", "end with 4 where a record comes out differently")
  .addHelpText(
    "after",
    "\nBoth mappings are files; the one of an earlier commit comes from git show or git worktree. Ends with 0, whatever\nis found, unless --exit-code is given.",
  )
  .action((...args) => run(args, (context, files, options) => diffMappings(context, files, options)));
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

function whole(text: string): string {
  if (/^\d{1,6}$/.test(text)) return text;
  throw new InvalidArgumentError("Here should be a whole number.");
}

/** A variadic argument. */
function listOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
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

function wantsJsonLines(): boolean {
  return program.opts<GlobalOptions>().logJson === true || process.env["DMFPIPE_LOG"] === "json";
}

function fail(thrown: unknown): ExitCode {
  if (thrown === undefined) return ExitCode.ok;
  const error = asDmfpipeError(thrown);
  if (program.opts<GlobalOptions>().json === true) process.stdout.write(errorJson(error));
  if (wantsJsonLines()) jsonLines.entry(errorEntry(error));
  else process.stderr.write(errorText(error));
  return error.entry.exitCode;
}
