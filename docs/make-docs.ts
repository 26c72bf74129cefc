/**
 * Makes the generated pages of this folder: errors.md from the registry of codes, lint.md from the rules of the linter,
 * schema/*.json from the shapes that check project.yaml and mappings. Run by `npm run docs`; a test fails when a page is not what this makes.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { errorRegistry, reasonRegistry, type CodeEntry, type ErrorEntry } from "../src/errors/registry.ts";
import { overridesShape } from "../src/entity/schema-overrides.ts";
import { messagesShape } from "../src/project/message-rules.ts";
import { projectShape } from "../src/project/project.ts";
import { lintPage } from "./lint-page.ts";
import { mappingSchema } from "./mapping-schema.ts";

/** File name below docs/ → content. */
export function generatedDocs(): ReadonlyMap<string, string> {
  return new Map([
    ["errors.md", errorsPage()],
    ["lint.md", lintPage()],
    ["schema/project.schema.json", jsonSchema(projectShape, "dmfpipe: project.yaml")],
    ["schema/mapping.schema.json", mappingSchema("dmfpipe: mapping of one entity")],
    ["schema/overrides.schema.json", jsonSchema(overridesShape, "dmfpipe: corrections of entity schemas")],
    ["schema/messages.schema.json", jsonSchema(messagesShape, "dmfpipe: what messages of F&O mean")],
  ]);
}

function errorsPage(): string {
  const errors = Object.entries(errorRegistry).map(([code, entry]: [string, ErrorEntry]) =>
    section(code, entry, [`Exit code ${entry.exitCode}. Same command again: ${entry.retry}.`]),
  );
  const reasons = Object.entries(reasonRegistry).map(([code, entry]: [string, CodeEntry]) =>
    section(code, entry, []),
  );
  return `<!-- Made by \`npm run docs\` from src/errors/registry.ts. Do not edit. -->

# Codes

Every message of dmfpipe has a code that never changes its meaning. Scripts act on the exit code or, with \`--json\`,
on the code; the words may get better with time.

## Errors that stop a command

${errors.join("\n\n")}

## Reasons why a record is rejected

A rejected record has one or more of these, in the report, in \`rejections.ndjson\` and in the column \`_reject_code\` of
the CSV files. The command goes on, and ends with exit code 4.

${reasons.join("\n\n")}
`;
}

function section(code: string, entry: CodeEntry, more: readonly string[]): string {
  return [`### ${code}`, entry.title, ...more, `What to do: ${entry.next}`].join("\n\n");
}

function jsonSchema(shape: z.ZodType, title: string): string {
  return `${JSON.stringify({ title, ...z.toJSONSchema(shape, { io: "input" }) }, null, 2)}\n`;
}

if (import.meta.main) {
  for (const [name, content] of generatedDocs()) {
    const file = path.join(import.meta.dirname, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
}
