import {
  confirmHelp,
  cpuProfileHelp,
  metricsHelp,
  timingsHelp,
  untilHelp,
  type CommandFrame,
} from "./command-frame.ts";

/** Declares what plans a load, makes it, watches it and clears up behind it. */
export function declareLoadCommands({ program, command, run }: CommandFrame): void {
  program.commandsGroup("To load:");
  command("plan", "show what a load would do: order, packages, what goes where, how long it takes")
    .option("--read", "read the sources where no earlier run has read them as they are")
    .option("--mermaid", "print a flowchart in Mermaid's language")
    .option("--html <file>", "write a page with a picture")
    .action((...args) =>
      run(args, async (context, _arguments, options) => (await import("./plan.ts")).plan(context, options)),
    );
  command("build", "write the packages, send nothing")
    .option("--timings", timingsHelp)
    .option("--cpu-profile <file>", cpuProfileHelp)
    .action((...args) =>
      run(args, async (context, _arguments, options) => (await import("./check.ts")).build(context, options)),
    );
  command("load", "the whole job: read, map, check, package, upload, import, report")
    .option("--metrics <file>", metricsHelp)
    .option("--until <time>", untilHelp)
    .option("--canary <records>", "so many records of each entity first, the rest only if F&O takes them")
    .option("--sending <when>", "afterBuilding or whileBuilding (default: sending of project.yaml)")
    .option("--dry-run", "go no further than F&O's staging tables: nothing is created or updated")
    .option("--confirm <environment>", confirmHelp)
    .option("--timings", timingsHelp)
    .option("--cpu-profile <file>", cpuProfileHelp)
    .action((...args) =>
      run(args, async (context, _arguments, options) => (await import("./load.ts")).load(context, options)),
    );
  command("resume [run]", "go on with an interrupted or in-doubt run")
    .option("--metrics <file>", metricsHelp)
    .option("--until <time>", untilHelp)
    .option(
      "--despite-rejections",
      "send the rest although F&O rejected more than the budget or the canary allows",
    )
    .option("--confirm <environment>", confirmHelp)
    .option("--timings", timingsHelp)
    .option("--cpu-profile <file>", cpuProfileHelp)
    .action((...args) =>
      run(args, async (context, [runId], options) =>
        (await import("./resume.ts")).resume(context, runId, options),
      ),
    );
  command("abandon [run]", "give up a load that nobody will resume; nothing is undone in F&O")
    .option("--confirm", "do it; without this it only says what it means")
    .addHelpText(
      "after",
      "\nWhat was not sent is counted as unprocessed, and the run is over. Where F&O has a package, or may have it, F&O is\nasked first, and unless it is done with it nothing is given up (exit code 5).",
    )
    .action((...args) =>
      run(args, async (context, [runId], options) =>
        (await import("./abandon.ts")).abandon(context, runId, options),
      ),
    );
  command("status [run]", "where the packages of a run stand")
    .option("--watch", "go on showing it until the run ends, and end with its exit code")
    .action((...args) =>
      run(args, async (context, [runId], options) =>
        (await import("./runs.ts")).status(context, runId, options),
      ),
    );
  command("runs", "what happened so far").action((...args) =>
    run(args, async (context) => (await import("./runs.ts")).runs(context)),
  );
  command("purge", "remove what old runs left behind: reports, rejections, logs, packages")
    .option("--older-than <age>", "12h, 30d, 6w (default: keep of project.yaml)")
    .option("--packages", "only packages; the rest stays")
    .option("--dry-run", "say what would be removed, and remove nothing")
    .addHelpText(
      "after",
      "\nNever removed: a load that can be resumed, the latest run, the latest load into each environment, the ledger.",
    )
    .action((...args) =>
      run(args, async (context, _arguments, options) => (await import("./purge.ts")).purge(context, options)),
    );
}
