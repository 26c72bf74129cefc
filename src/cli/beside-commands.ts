import { InvalidArgumentError } from "commander";
import type { CommandFrame } from "./command-frame.ts";
import type { ExportCommandOptions } from "./export.ts";
import type { PackagePullOptions } from "./package-pull.ts";
import type { SandboxCommandOptions } from "./sandbox.ts";

/** Declares what is useful without a load. */
export function declareBesideCommands({ program, command, run }: CommandFrame): void {
  program.commandsGroup("Beside it:");
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
    .action((...args) =>
      run(args, async (context, _arguments, options) =>
        (await import("./lint.ts")).lint(context, listOf(args[0]), options),
      ),
    );
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
      run(args, async (context, [dataProject = ""], options) =>
        (await import("./export.ts")).exportProject(
          context,
          dataProject,
          options as unknown as ExportCommandOptions,
        ),
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
      run(args, async (context, [file = ""], options) =>
        (await import("./package-pull.ts")).packagePull(
          context,
          file,
          options as unknown as PackagePullOptions,
        ),
      ),
    );
  command("sandbox", "run the F&O sandbox on its own")
    .option("--port <number>", "port on this machine; 0 for any", port, "0")
    .option("--data <folder>", "where the sandbox keeps its data", ".dmfpipe/sandbox")
    .option(
      "--setup <file>",
      "JSON file with the environment's own entities, reference data, sizes and rules",
    )
    .option("--settings <file>", "YAML or JSON file that says how this environment behaves")
    .option("--faults <file>", "YAML or JSON file with planned failures")
    .option("--tls", "serve over HTTPS with a certificate of its own")
    .option("--reset", "begin anew: remove what an earlier sandbox left in the data folder")
    .action((...args) =>
      // Commander makes the options of just this shape from the flags above.
      run(args, async (context, _arguments, options) =>
        (await import("./sandbox.ts")).sandbox(context, options as unknown as SandboxCommandOptions),
      ),
    );
}

/** A variadic argument. */
function listOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

function port(text: string): string {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return text;
  throw new InvalidArgumentError("A port is a number from 0 to 65535.");
}
