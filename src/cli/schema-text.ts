import type { SchemaChange } from "../entity/schema-difference.ts";
import { formatPlace, type DmfpipeError } from "../errors/dmfpipe-error.ts";
import type { EntityPull } from "../load/schema/pull-schema.ts";
import type { SchemaBreaks } from "../load/reading/schema-breaks.ts";
import type { Project } from "../project/project.ts";
import { formatCount } from "./number-text.ts";

/** One line for one entity that was pulled: what was found where, and what was missing. */
export function pullText(pull: EntityPull): string {
  const notes = pull.notes.length === 0 ? "" : `; ${pull.notes.join("; ")}`;
  if (pull.outcome === "unknown") return `${pull.entity}: not found: ${pull.notes.join("; ")}\n`;
  const { fields = 0, sizes = 0, enums = 0 } = pull;
  const counts = [
    counted(fields, "field"),
    `${formatCount(sizes)} with a length`,
    counted(enums, "enum"),
  ].join(", ");
  return `${pull.entity}: ${counts}${notes}\n`;
}

/**
 * What changed, grouped by entity; behind what a mapping fills stands the line that does. `limit`: changes
 * shown at most, those of mapped fields first; how many are left out is said.
 */
export function changesText(
  changes: readonly SchemaChange[],
  project: Project,
  limit = Number.POSITIVE_INFINITY,
): string {
  const placed = changes.map((change) => ({ change, place: mappedAt(project, change) }));
  const mapped = placed.filter(({ place }) => place !== undefined);
  const others = placed.filter(({ place }) => place === undefined);
  const shown = new Set([...mapped, ...others].slice(0, limit));
  const lines: string[] = [];
  let entity: string | undefined;
  for (const one of placed) {
    if (!shown.has(one)) continue;
    if (one.change.entity !== entity) lines.push(one.change.entity);
    entity = one.change.entity;
    lines.push(`  ${changeText(one.change)}${one.place === undefined ? "" : `  (${one.place})`}`);
  }
  if (placed.length > shown.size) lines.push(`and ${formatCount(placed.length - shown.size)} more changes`);
  return lines.map((line) => `${line}\n`).join("");
}

/** Which mappings the change breaks, and which were wrong before. */
export function breaksText({ broken, already }: SchemaBreaks): string {
  return [
    ...section("Mappings that no longer fit:", broken),
    ...section("Wrong with the old schemas as well:", already),
  ].join("");
}

/** Where the project fills the field of a change: `mappings/vendors.yaml:12`. */
export function mappedAt(project: Project, { entity, field }: SchemaChange): string | undefined {
  for (const mapping of project.mappings) {
    if (mapping.entity.value !== entity) continue;
    if (field === undefined) return formatPlace({ file: mapping.file, line: mapping.entity.line });
    const name = mapping.fields.find((candidate) => candidate.name.value === field)?.name;
    if (name !== undefined) return formatPlace({ file: mapping.file, line: name.line });
  }
  return undefined;
}

function changeText({ field, kind, before = "", after = "", renamedTo }: SchemaChange): string {
  const name = field === undefined ? "" : `${field}: `;
  switch (kind) {
    case "entity added":
      return "+ a new entity";
    case "entity removed":
      return "- the entity is gone";
    case "field added":
      return `+ ${name}new, ${after}`;
    case "field removed":
      return `- ${name}gone${renamedTo === undefined ? "" : `; it may be ${renamedTo} now`}`;
    case "fields known":
      return `+ its fields are known now: ${after}`;
    case "values": {
      const parts = [before === "" ? "" : `without ${before}`, after === "" ? "" : `new ${after}`];
      return `~ ${name}values ${parts.filter((part) => part !== "").join(", ")}`;
    }
    case "mandatory":
    case "read-only":
      return `~ ${name}${after}, was ${before}`;
    default:
      return `~ ${name}${kind} ${before} → ${after}`;
  }
}

/** `1 field`, `2 fields`. */
export function counted(number: number, word: string): string {
  return `${formatCount(number)} ${word}${number === 1 ? "" : "s"}`;
}

function section(title: string, mistakes: readonly DmfpipeError[]): string[] {
  if (mistakes.length === 0) return [];
  return [`${title}\n`, ...mistakes.map(({ at, message }) => `  ${formatPlace(at)}  ${message}\n`)];
}
