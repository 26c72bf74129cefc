import type { ColumnProfile } from "../../source/column-profile.ts";
import type { MappingProposal, UnusedColumn } from "./mapping-proposal.ts";
import type { ProposedField } from "./proposed-field.ts";
import {
  capital,
  inComment,
  sourceInFlow,
  widestComment,
  wrapped,
  yamlScalar,
  type SourceSettings,
} from "./yaml-writing.ts";

export interface MappingTextOptions {
  readonly proposal: MappingProposal;
  readonly source: SourceSettings;
  /** For the editor's completion, relative to the mapping; no such line where it is undefined. */
  readonly schemaPath?: string;
  /** Lines at the top of the file: how it came about. */
  readonly head: readonly string[];
}

/** Comments start no further right than this, so that lines stay readable. */
const widestCode = 68;

/**
 * A proposed mapping as YAML, for a person to go through: every line with its confidence and its reason, what is
 * wanted first, doubtful lines as comments, and the columns that were not used at the end.
 */
export function mappingText(options: MappingTextOptions): string {
  const { proposal, source } = options;
  const { legalEntity, where, fields } = proposal;
  const wanted = fields.filter((field) => field.wanted);
  const good = fields.filter((field) => !field.wanted && field.state === "proposed");
  const open = fields.filter((field) => !field.wanted && field.state === "open");
  const doubtful = fields.filter((field) => !field.wanted && field.state === "doubtful");
  const company =
    legalEntity.expression === undefined ? [] : [`legalEntity: ${yamlScalar(legalEntity.expression)}`];
  const condition =
    where === undefined
      ? []
      : [
          `# ${inComment(capital(where.reason))}. To leave them out:`,
          `# where: ${yamlScalar(where.condition)}`,
        ];
  const sections = [
    section("The key, and what F&O wants filled in", wanted),
    section("Good matches", good),
    section("Say what the values mean: replace each ? and remove the # before the line", open),
    section("Doubtful: remove the # where it is right, or else the line", doubtful),
  ].filter((lines) => lines.length > 0);
  const none = sections.flat().every((line) => line.trimStart().startsWith("#"));
  return [
    ...(options.schemaPath === undefined ? [] : [`# yaml-language-server: $schema=${options.schemaPath}`]),
    ...options.head.map((line) => `# ${inComment(line)}`),
    `entity: ${yamlScalar(proposal.entity)}`,
    `source: ${sourceInFlow(source)}`,
    ...wrapped(`${capital(legalEntity.reason)}.`, "# "),
    ...company,
    ...condition,
    none ? "fields: {} # none yet: see below" : "fields:",
    ...sections.flatMap((lines, index) => (index === 0 ? lines : ["", ...lines])),
    ...unusedLines(proposal),
    ...remainingLines(proposal),
    "",
  ].join("\n");
}

/** The lines of some fields below a heading; none where there are no fields. */
function section(title: string, fields: readonly ProposedField[]): string[] {
  if (fields.length === 0) return [];
  const codes = fields.map(codeLine);
  const width = Math.min(widestCode, Math.max(...codes.map((code) => code.length)));
  return [`  # ${title}`, ...fields.flatMap((field, index) => fieldLines(field, codes[index] ?? "", width))];
}

function codeLine(field: ProposedField): string {
  const mark = field.state === "proposed" ? "" : "# ";
  return `  ${mark}${field.field}:${field.expression === undefined ? "" : ` ${yamlScalar(field.expression)}`}`;
}

/** The line with its reason behind it; what else there is to say stands above it. */
function fieldLines(field: ProposedField, code: string, width: number): string[] {
  const confidence = field.state === "missing" ? "" : `${field.confidence.toFixed(2)} `;
  const above = wrapped(field.remarks.map(capital).join(". "), "  # ");
  const reason = inComment(`${confidence}${field.reason}`);
  const line = `${code.padEnd(width)} # ${reason}`;
  return line.length <= widestComment + 10 ? [...above, line] : [...above, `  # ${reason}`, code];
}

function unusedLines({ unused }: MappingProposal): string[] {
  if (unused.length === 0) return [];
  const width = Math.max(...unused.map(({ profile }) => inComment(profile.name).length));
  return [
    "",
    `# ${unused.length === 1 ? "A column" : "Columns"} of the source no field was found for`,
    ...unused.map(
      (column) => `#   ${inComment(column.profile.name).padEnd(Math.min(width, 40))}  ${contentOf(column)}`,
    ),
  ];
}

/** `100 % filled   "800"   (SAP MANDT: client of the SAP system)` */
function contentOf({ profile, meaning }: UnusedColumn): string {
  const filled = `${filledShare(profile)} filled`.padEnd(13);
  const shown = profile.examples.slice(0, 3).map(({ value }) => example(value));
  const more = profile.distinct.count > shown.length ? ", …" : "";
  const examples = shown.length === 0 ? "" : `${shown.join(", ")}${more}`;
  return `${filled}  ${examples}${meaning === undefined ? "" : `  (${inComment(meaning)})`}`.trimEnd();
}

function filledShare({ filled, records }: ColumnProfile): string {
  if (filled === 0) return "never";
  const share = (filled / records) * 100;
  return share < 1 ? "<1 %" : `${Math.floor(share)} %`;
}

function example(value: string): string {
  const text = inComment(value);
  return `"${text.length > 28 ? `${text.slice(0, 27)}…` : text}"`;
}

function remainingLines({ entity, remainingFields }: MappingProposal): string[] {
  if (remainingFields === undefined) {
    return [
      "",
      ...wrapped(
        `The fields of ${entity} are not known to the catalogue, except its key: write them as the entity's staging table names them, in upper case.`,
        "# ",
      ),
    ];
  }
  if (remainingFields === 0) return [];
  const count = remainingFields === 1 ? "one more field" : `${remainingFields} more fields`;
  return [
    "",
    ...wrapped(
      `${entity} has ${count}: dmfpipe schema show "${entity}" lists them, and so does an editor under fields.`,
      "# ",
    ),
  ];
}
