import { createHash } from "node:crypto";
import type { LintedPackage, LintFinding } from "../package/lint/lint-finding.ts";
import { lintRules } from "../package/lint/rules/all-rules.ts";
import { publishJunit, type JunitCase, type JunitSuite } from "../rejection/junit-file.ts";
import { SarifFile } from "../rejection/sarif-file.ts";
import { findingText, placeText } from "./lint-text.ts";

export interface LintFileOptions {
  /** Absolute path of the file to write. */
  readonly file: string;
  /** Version of dmfpipe. */
  readonly version: string;
  /** Folder that the paths of the packages start from. */
  readonly root: string;
  readonly exitCode: number;
  /** Warnings count as errors. */
  readonly strict: boolean;
}

/**
 * Writes findings as SARIF 2.1.0. The artifact of a result is the package; a zip has no lines, so the place inside is in
 * the message, the logical location and the properties. Throws DMFP-FILE-WRITE.
 */
export async function writeLintSarif(
  packages: readonly LintedPackage[],
  { file, version, root, exitCode, strict }: LintFileOptions,
): Promise<void> {
  const used = new Set(packages.flatMap(({ findings }) => findings.map(({ rule }) => rule)));
  const rules = [...used].map((id) => ({
    id,
    title: lintRules[id].title,
    help: lintRules[id].fix,
    level: lintRules[id].severity,
  }));
  const sarif = await SarifFile.open({ file, version, root, category: "lint", rules });
  try {
    for (const linted of packages) {
      for (const finding of linted.findings) {
        const { rule, severity, place, count, fix } = finding;
        const inside = [place.entry, place.entity, place.field].filter(
          (part) => part !== undefined && part !== "",
        );
        const where = placeText(place);
        await sarif.write({
          ruleId: rule,
          level: strict && severity === "warning" ? "error" : severity,
          message: `${where === "" ? "" : `${where}: `}${finding.message} ${fix}`,
          file: linted.file,
          ...(inside.length === 0 ? {} : { logicalPlace: inside as string[] }),
          fingerprint: fingerprint(linted.file, finding),
          properties: { ...place, count, moreLines: finding.moreLines },
        });
      }
    }
    await sarif.close({ successful: packages.every(({ readable }) => readable), exitCode });
  } catch (thrown) {
    await sarif.abort();
    throw thrown;
  }
}

/** Equal for the same problem of the same package, whatever its line. */
function fingerprint(file: string, { rule, place }: LintFinding): string {
  const parts = [file, rule, place.entry ?? "", place.entity ?? "", place.field ?? ""];
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 32);
}

/**
 * Writes findings as a JUnit report: a suite for each package, with a case for each rule that something broke. Errors
 * fail; warnings and notes pass, by name, because JUnit knows nothing in between. Throws DMFP-FILE-WRITE.
 */
export async function writeLintJunit(
  packages: readonly LintedPackage[],
  { file, strict }: LintFileOptions,
): Promise<void> {
  await publishJunit(
    file,
    "dmfpipe lint",
    packages.map((linted) => suite(linted, strict)),
  );
}

function suite({ file, findings, sizeBytes }: LintedPackage, strict: boolean): JunitSuite {
  const fails = ({ severity }: LintFinding): boolean =>
    severity === "error" || (strict && severity === "warning");
  const byRule = [...Map.groupBy(findings, ({ rule }) => rule).values()];
  const cases = byRule.map((group): JunitCase => {
    const [first] = group;
    if (first === undefined) return { name: "", file };
    const { rule, severity, message } = first;
    const name = `${rule} ${lintRules[rule].title}`;
    if (!fails(first)) return { name: `${severity}: ${name}`, file };
    const text = group.map(findingText).join("\n\n");
    return { name, file, problem: { kind: "failure", type: rule, message, text } };
  });
  const nothingFails: JunitCase = { name: "nothing that makes an import fail", file };
  return {
    name: file,
    properties: { sizeBytes },
    cases: findings.some(fails) ? cases : [nothingFails, ...cases],
  };
}
