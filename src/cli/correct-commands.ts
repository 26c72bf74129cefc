import { confirmHelp, metricsHelp, untilHelp, type CommandFrame } from "./command-frame.ts";

/** Declares what is there for rejected records. */
export function declareCorrectCommands({ program, command, run }: CommandFrame): void {
  program.commandsGroup("To correct:");
  command("rejections [run]", "print the rejected records of a run")
    .option("--entity <label>", "only this entity")
    .option("--company <code>", "only this legal entity")
    .option("--stage <stage>", "only this stage: source, mapping, validation, staging or target")
    .option("--code <code>", "only records with this reason code")
    .option("--owner <name>", "only those of this owner (stewards of project.yaml)")
    .option(
      "--new",
      "only those that are new, back again, or rejected for another reason than in the last run",
    )
    .option("--to <folder>", "write a copy to hand on instead: report.html, report.xlsx, CSV, NDJSON")
    .option("--redact", "show tokens instead of values; the same token is the same value")
    .option("--force", "replace a copy that is in the folder already")
    .option("--by <what>", "cause: what they go back to; class: kinds of problem, messages, values")
    .action((...args) =>
      run(args, async (context, [runId], filter) =>
        (await import("./rejections.ts")).rejections(context, runId, filter),
      ),
    );
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
    .option("--confirm <environment>", confirmHelp)
    .addHelpText(
      "after",
      "\nWithout a run: what the latest load rejected. What a resubmission loaded is never loaded again; what it did not,\ncan be corrected and given again. Ends with 9 where nothing is left to load.",
    )
    .action((...args) =>
      run(args, async (context, [runId], options) =>
        (await import("./resubmit.ts")).resubmit(context, runId, options),
      ),
    );
  command("readiness", "go or no go: rejections over the runs, held against the criteria of project.yaml")
    .option(
      "--of <runs>",
      "judge by load, check or staging (default: loads, or checks while there is no load)",
    )
    .option("--html <file>", "the page for the meeting (default: .dmfpipe/readiness-<environment>.html)")
    .addHelpText("after", "\nLooks only at what runs left. Exit codes: 0 go, 4 no go, 9 no run to judge by.")
    .action((...args) =>
      run(args, async (context, _arguments, options) =>
        (await import("./readiness.ts")).readiness(context, options),
      ),
    );
}
