import path from "node:path";
import { resourceName } from "../../package/file-name.ts";
import type { ProjectOutline } from "../../project/project-outline.ts";
import type { DataFileSource } from "./data-file-source.ts";
import type { EntityTemplate } from "./entity-template.ts";

/** Names of the attachments of an entity, among the names of a package's files. */
export function resourceNames(label: string, names: readonly string[]): readonly string[] {
  const folder = resourceName(label, "x").slice(0, -1).toLowerCase();
  return names.filter((name) => name.toLowerCase().startsWith(folder));
}

/**
 * The template with the attachments of its entity: `package.attachments`, where a field of the data names them. `files`
 * are the files of the package on disk, by their names.
 */
export function attachmentsOf(options: {
  readonly label: string;
  readonly files: ReadonlyMap<string, string>;
  readonly project: ProjectOutline;
  readonly source: DataFileSource;
  readonly template: EntityTemplate;
}): EntityTemplate {
  const { label, files, project, source, template: made } = options;
  const names = resourceNames(label, [...files.keys()]);
  const [first] = names;
  const place = files.get(first ?? "");
  if (first === undefined || place === undefined) return made;
  const folder = path.relative(project.root, path.dirname(place)).replaceAll(path.sep, "/");
  const fileNames = new Set(names.map((name) => path.posix.basename(name).toLowerCase()));
  const column =
    source.kind === "none"
      ? undefined
      : source.columns.find(({ examples }) =>
          examples.some(({ value }) => fileNames.has(value.trim().toLowerCase())),
        );
  const field = made.template.fields.find(
    ({ field: name, leftOut }) =>
      leftOut === undefined && name === column?.name.replace(/^@/, "").toUpperCase(),
  );
  if (field === undefined) {
    const what = `${names.length} attachments in ${folder}: say which field names them, package.attachments`;
    return withLoss(made, what);
  }
  const { template } = made;
  const settings = { ...template.settings, attachments: { folder, field: field.field } };
  return { ...made, template: { ...template, settings } };
}

function withLoss({ template, lost }: EntityTemplate, what: string): EntityTemplate {
  return {
    template: { ...template, head: [...template.head, `Not carried over: ${what}.`] },
    lost: [...lost, what],
  };
}
