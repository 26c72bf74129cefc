import path from "node:path";
import { EntityCatalogue } from "../entity/catalogue.ts";
import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import { ExitCode } from "../errors/exit-code.ts";
import { didYouMean } from "../errors/suggestion.ts";
import type { LintedPackage } from "../package/lint/lint-finding.ts";
import { lintPackage } from "../package/lint/lint-package.ts";
import { lintRules } from "../package/lint/rules/all-rules.ts";
import { commandLine, version, type CommandContext } from "./command-context.ts";
import { writeLintJunit, writeLintSarif } from "./lint-files.ts";
import { lintText, ruleText, verdictText } from "./lint-text.ts";

export interface LintOptions {
  /** Prints what is known of one rule instead of judging packages. */
  readonly explain?: string;
  /** Warnings count as errors. */
  readonly strict?: true;
  readonly sarif?: string;
  readonly junit?: string;
}

/**
 * `lint <package.zip> …`: judges packages, ours or not, offline and without a project. Ends with 0 when no package has
 * an error (warnings and notes are printed), 4 when one has, 3 when one cannot be opened or is no zip at all.
 */
export async function lint(
  context: CommandContext,
  files: readonly string[],
  options: LintOptions,
): Promise<ExitCode> {
  if (options.explain !== undefined) return explain(context, options.explain);
  if (files.length === 0) {
    throw new DmfpipeError("DMFP-USAGE", "There is no package to be judged.", {
      next: commandLine(
        "lint <package.zip> names at least one; lint --help shows the options.",
        context.variables,
      ),
    });
  }
  const catalogue = EntityCatalogue.builtIn();
  const packages: LintedPackage[] = [];
  for (const file of files) {
    const linted = await lintPackage(path.resolve(context.workingFolder, file), {
      catalogue,
      shownAs: file,
      signal: context.signal,
    });
    packages.push(linted);
    if (context.options.json !== true) print(context, linted, options.strict === true);
  }
  const exitCode = verdict(packages, options.strict === true);
  const written = {
    version: version(),
    root: context.workingFolder,
    exitCode,
    strict: options.strict === true,
  };
  const { sarif, junit } = options;
  if (sarif !== undefined) {
    await writeLintSarif(packages, { ...written, file: path.resolve(context.workingFolder, sarif) });
  }
  if (junit !== undefined) {
    await writeLintJunit(packages, { ...written, file: path.resolve(context.workingFolder, junit) });
  }
  if (context.options.json === true) context.print(`${JSON.stringify({ packages, exitCode }, null, 2)}\n`);
  if (context.options.quiet !== true || exitCode !== ExitCode.ok) {
    const found = packages.flatMap(({ findings }) => findings);
    const first = found.find(({ severity }) => severity === "error") ?? found[0];
    const next =
      first === undefined || exitCode === ExitCode.ok
        ? undefined
        : commandLine(`lint --explain ${first.rule}`, context.variables);
    context.tell(verdictText(packages, next));
  }
  return exitCode;
}

function print(context: CommandContext, linted: LintedPackage, strict: boolean): void {
  if (context.options.quiet === true && verdict([linted], strict) === ExitCode.ok) return;
  context.print(lintText(linted));
}

function verdict(packages: readonly LintedPackage[], strict: boolean): ExitCode {
  if (packages.some(({ readable }) => !readable)) return ExitCode.source;
  const bad = packages.some(({ findings }) =>
    findings.some(({ severity }) => severity === "error" || (strict && severity === "warning")),
  );
  return bad ? ExitCode.rejections : ExitCode.ok;
}

function explain(context: CommandContext, wanted: string): ExitCode {
  const id = wanted.toUpperCase();
  const found = Object.entries(lintRules).find(([rule]) => rule === id || rule === `DMFP-LINT-${id}`);
  if (found === undefined) {
    throw new DmfpipeError(
      "DMFP-USAGE",
      `There is no rule ${wanted}.${didYouMean(wanted, Object.keys(lintRules))}`,
      { next: "docs/lint.md lists the rules." },
    );
  }
  const [rule, entry] = found;
  context.print(
    context.options.json === true
      ? `${JSON.stringify({ rule, ...entry }, null, 2)}\n`
      : ruleText(rule, entry),
  );
  return ExitCode.ok;
}
