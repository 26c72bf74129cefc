import { InvalidArgumentError } from "commander";
import { cpuProfileHelp, timingsHelp, type CommandFrame } from "./command-frame.ts";
import type { InitMappingOptions } from "./init-mapping.ts";
import type { SchemaPullOptions } from "./schema.ts";

/** Declares what a project begins with, and what is repeated until its mappings are right. */
export function declareBeginCommands({ program, command, run }: CommandFrame): void {
  program.commandsGroup("To begin:");
  const initCommand = command("init", "begin a project: settings, folders; nothing is overwritten")
    .argument("[folder]", "where; here unless one is named")
    .action((...args) =>
      run(args, async (context, [folder]) => (await import("./init.ts")).init(context, folder)),
    );
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
      run(args, async (context, [entity = "", source = ""], options) =>
        (await import("./init-mapping.ts")).initMapping(
          context,
          { entity, source },
          options as unknown as InitMappingOptions,
        ),
      ),
    );
  command("check", "dry run: find everything that is wrong, send nothing")
    .option("--sarif <file>", "write what was found as SARIF 2.1.0, for code scanning")
    .option("--junit <file>", "write what was found as a JUnit report, for CI systems")
    .option("--profile", "print what the sources hold, column by column")
    .option("--timings", timingsHelp)
    .option("--cpu-profile <file>", cpuProfileHelp)
    .action((...args) =>
      run(args, async (context, _arguments, options) => (await import("./check.ts")).check(context, options)),
    );
  command("snapshot", "fetch the keys of what the mappings refer to, for check").action((...args) =>
    run(args, async (context) => (await import("./snapshot.ts")).snapshot(context)),
  );
  const schema = command("schema", "what is known of the entities: show it, fetch it, compare it");
  schema
    .command("show [entity]")
    .description("what dmfpipe knows of an entity here, and how it knows it")
    .action((...args) =>
      run(args, async (context, [label]) => (await import("./schema-show.ts")).schemaShow(context, label)),
    );
  schema
    .command("pull [labels...]")
    .description("fetch them into mappings/schema.json; without labels, those the mappings need")
    .option("--all", "every public entity of data management")
    .option("--language <tag>", "language of labels", "en-us")
    .action((labels: readonly string[], ...args: unknown[]) =>
      run(args, async (context, _none, options) =>
        (await import("./schema.ts")).schemaPull(context, labels, options as unknown as SchemaPullOptions),
      ),
    );
  schema
    .command("diff [old] [new]")
    .description("what changed, and which mappings it breaks (exit code 2)")
    .addHelpText(
      "after",
      "\nTwo files: from the first to the second. One: from mappings/schema.json to the file.\nNone: from the catalogue that comes with dmfpipe to mappings/schema.json.\nThe file of an earlier commit: git show HEAD~1:mappings/schema.json > old.json",
    )
    .action((...args) =>
      run(args, async (context, [old, now]) => (await import("./schema.ts")).schemaDiff(context, old, now)),
    );
  command("explain <file:line>", "the whole story of one source record")
    .option("--entity <label>", "only what the mapping of this entity makes of it")
    .addHelpText(
      "after",
      "\nThe line is counted as an editor does, the header being one too; file:#12 is the record with that number.",
    )
    .action((...args) =>
      run(args, async (context, [place], options) =>
        (await import("./explain.ts")).explain(context, place, options),
      ),
    );
  command("diff-mapping <old> <new>", "what a change of a mapping does to the records of its source")
    .option("--limit <number>", "examples of each kind of change", whole, "5")
    .option("--old-project <file>", "project.yaml the old mapping belongs to, for its lookups and steps")
    .option("--exit-code", "end with 4 where a record comes out differently")
    .addHelpText(
      "after",
      "\nBoth mappings are files; the one of an earlier commit comes from git show or git worktree. Ends with 0, whatever\nis found, unless --exit-code is given.",
    )
    .action((...args) =>
      run(args, async (context, files, options) =>
        (await import("./diff-mapping.ts")).diffMappings(context, files, options),
      ),
    );
  command("doctor", "find out what is broken between this machine and an import, with the fix")
    .option("--write", "upload a few bytes too, to see whether the blob store takes them")
    .addHelpText(
      "after",
      "\nFrom DNS to a writable blob. Changes nothing in F&O: no project, no import. Bytes that --write uploads expire there.\nExit codes: 0 nothing is broken, 2 settings, 5 for the moment, 6 refused for good.",
    )
    .action((...args) =>
      run(args, async (context, _arguments, options) =>
        (await import("./doctor.ts")).doctor(context, options),
      ),
    );
}

function whole(text: string): string {
  if (/^\d{1,6}$/.test(text)) return text;
  throw new InvalidArgumentError("Here should be a whole number.");
}
