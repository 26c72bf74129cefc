import type { LintRule, LintSeverity } from "../src/package/lint/lint-rule.ts";
import { lintRules } from "../src/package/lint/rules/all-rules.ts";
import { dataRules } from "../src/package/lint/rules/data-rules.ts";
import { manifestRules } from "../src/package/lint/rules/manifest-rules.ts";
import { zipRules } from "../src/package/lint/rules/zip-rules.ts";

/** docs/lint.md: what `lint` is, and one section for every rule. */
export function lintPage(): string {
  const count = (severity: LintSeverity): number =>
    Object.values(lintRules).filter((rule) => rule.severity === severity).length;
  return `<!-- Made by \`npm run docs\` from src/package/lint/rules/. Do not edit. -->

# Rules of \`dmfpipe lint\`

\`\`\`
dmfpipe lint <package.zip> [more.zip …] [--strict] [--sarif FILE] [--junit FILE] [--json] [--quiet]
dmfpipe lint --explain <rule>
\`\`\`

Judges any data package, ours or another's, with nothing but the zip: no project, no environment, nothing is sent. It
reads the package as a stream, so size does not matter, and it names everything that is wrong at once, with the file, the
line and the field. What is wrong many times is one finding with a count and the first few lines.

Exit codes: 0 no errors (warnings and notes are printed), 3 a file cannot be opened or is no whole zip, 4 errors were
found; with \`--strict\` warnings count as errors.

${count("error")} rules are errors: the import fails, loads nothing, or loads something else than the package holds.
${count("warning")} are warnings: it depends on the environment or on what was meant. ${count("note")} are notes. Evidence says how
sure a rule is: _documented_ by Microsoft, _observed_ on a live environment or with Microsoft's own assemblies,
_inferred_ from how F&O reads packages.

What \`lint\` does not do: it does not check values against the types and sizes of fields (\`check\` does that for your own
data), it reads only the header of Excel files, and it knows the fields and keys only of the entities in dmfpipe's
catalogue.

## The zip

${sections(zipRules)}

## PackageHeader.xml and Manifest.xml

${sections(manifestRules)}

## Data files

${sections(dataRules)}
`;
}

function sections(rules: Readonly<Record<string, LintRule>>): string {
  return Object.entries(rules)
    .map(([id, { severity, title, why, fix, evidence }]) =>
      [
        `### ${id}`,
        `**${title}** (${severity}, ${evidence})`,
        escaped(why),
        `What to do: ${escaped(fix)}`,
      ].join("\n\n"),
    )
    .join("\n\n");
}

/** Names of elements and placeholders must not be taken for HTML. */
function escaped(text: string): string {
  return text
    .split("`")
    .map((part, index) => (index % 2 === 0 ? part.replaceAll("<", "\\<").replaceAll("*", "\\*") : part))
    .join("`");
}
