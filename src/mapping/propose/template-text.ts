import { stringify } from "yaml";
import type { ProposedLegalEntity } from "./legal-entity-proposal.ts";
import {
  capital,
  inComment,
  sourceInFlow,
  widestComment,
  wrapped,
  yamlScalar,
  type SourceSettings,
} from "./yaml-writing.ts";

/** One line under `fields` of a mapping that a package is the template of. */
export interface TemplateField {
  readonly field: string;
  /** Undefined: no column fills it. */
  readonly expression?: string;
  /** Why the line is a comment only; absent for a line that counts. */
  readonly leftOut?: string;
}

/** A mapping made of one entity of a package. */
export interface MappingTemplate {
  /** DMF label. */
  readonly entity: string;
  readonly source: SourceSettings;
  readonly legalEntity: ProposedLegalEntity;
  /** In the order of the manifest. */
  readonly fields: readonly TemplateField[];
  /** `package` of the mapping; empty where nothing differs from what dmfpipe does anyway. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** What a person should know: in comments at the top of the mapping. */
  readonly head: readonly string[];
  /** Columns of the data file that the package does not map. */
  readonly unmapped: readonly string[];
}

/** The mapping as YAML. `schemaPath`: for the editor's completion, relative to the mapping. */
export function templateText(template: MappingTemplate, schemaPath: string): string {
  const { legalEntity, settings, fields, unmapped } = template;
  const filled = fields.some(({ leftOut }) => leftOut === undefined);
  return [
    `# yaml-language-server: $schema=${schemaPath}`,
    ...template.head.flatMap((line) => wrapped(line, "# ")),
    `entity: ${yamlScalar(template.entity)}`,
    `source: ${sourceInFlow(template.source)}`,
    ...wrapped(`${capital(legalEntity.reason)}.`, "# "),
    ...(legalEntity.expression === undefined ? [] : [`legalEntity: ${yamlScalar(legalEntity.expression)}`]),
    filled ? "fields:" : "fields: {}",
    ...fields.flatMap(fieldLines),
    ...(unmapped.length === 0
      ? []
      : wrapped(`Columns of the file that the package maps to no field: ${unmapped.join(", ")}.`, "# ")),
    ...(Object.keys(settings).length === 0
      ? []
      : [stringify({ package: settings }, { lineWidth: 0 }).trimEnd()]),
    "",
  ].join("\n");
}

function fieldLines({ field, expression, leftOut }: TemplateField): string[] {
  const code = `${field}:${expression === undefined ? "" : ` ${yamlScalar(expression)}`}`;
  if (leftOut === undefined) return [`  ${code}`];
  const line = `  # ${inComment(code)} # ${inComment(leftOut)}`;
  return line.length <= widestComment
    ? [line]
    : [...wrapped(`${capital(leftOut)}:`, "  # "), `  # ${inComment(code)}`];
}
