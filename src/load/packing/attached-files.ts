import { statSync } from "node:fs";
import path from "node:path";
import { reason, type Reason } from "../../errors/reason.ts";
import { resolveInside } from "../../project/project-path.ts";
import type { Project } from "../../project/project.ts";
import type { PlannedLoad } from "../load-plan.ts";

/** The files that go with the records of one entity into one package, each once. */
export class AttachedFiles {
  readonly #folder: string;
  readonly #column: number;
  readonly #names = new Set<string>();

  private constructor(folder: string, column: number) {
    this.#folder = folder;
    this.#column = column;
  }

  /** Undefined for an entity without attachments. Throws DMFP-PATH-OUTSIDE. */
  static of(
    project: Project,
    planned: Pick<PlannedLoad, "definition" | "mapping">,
  ): AttachedFiles | undefined {
    const place = attachmentPlace(project, planned);
    return place === undefined ? undefined : new AttachedFiles(place.folder, place.column);
  }

  /** A record that goes into the package. */
  note(values: readonly string[]): void {
    const name = values[this.#column] ?? "";
    if (name !== "") this.#names.add(name);
  }

  /** In the order of their names, so that the same records give the same package. */
  files(): { readonly path: string; readonly name: string }[] {
    return [...this.#names].sort().map((name) => ({ path: path.join(this.#folder, name), name }));
  }
}

/**
 * Says of a record what is wrong with the file it names: one that is not there, or a name that is more than that of a
 * file in the folder. Undefined for an entity without attachments.
 */
export function attachmentCheck(
  project: Project,
  planned: Pick<PlannedLoad, "definition" | "mapping">,
): ((values: readonly string[]) => Reason[]) | undefined {
  const place = attachmentPlace(project, planned);
  if (place === undefined) return undefined;
  const { folder, column, field, shown } = place;
  const known = new Map<string, boolean>();
  const exists = (name: string): boolean => {
    let found = known.get(name);
    if (found === undefined) {
      found = statSync(path.join(folder, name), { throwIfNoEntry: false })?.isFile() === true;
      known.set(name, found);
    }
    return found;
  };
  return (values) => {
    const name = values[column] ?? "";
    if (name === "") return [];
    const plain = path.basename(name) === name && !/[\\/\0]/.test(name) && name !== "..";
    if (plain && exists(name)) return [];
    const message = plain
      ? `${field} names the file ${name}, which is not in ${shown}.`
      : `${field} has to be the name of a file in ${shown}, not ${name}.`;
    return [reason("DMFP-ATTACHMENT-MISSING", { field, value: name, message })];
  };
}

function attachmentPlace(
  project: Project,
  { definition, mapping }: Pick<PlannedLoad, "definition" | "mapping">,
) {
  const { attachments } = definition.package;
  if (attachments === undefined) return undefined;
  const { value: configured, line, column } = attachments.folder;
  const { root, sourceRoots } = project;
  const at = { file: definition.file, line, column };
  return {
    folder: resolveInside({ root, sourceRoots, configured, at }),
    shown: configured,
    field: attachments.field.value,
    column: mapping.targetFields.indexOf(attachments.field.value),
  };
}
