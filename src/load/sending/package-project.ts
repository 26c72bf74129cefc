import { dataProjectName } from "../../package/file-name.ts";
import type { Project } from "../../project/project.ts";

/**
 * Name of the data project that a package belongs to: one for each entity and company, or for each company where
 * packages hold all entities. Stable, so that F&O does not fill up with projects. A second pass has one of its own,
 * because other fields are mapped in it. Errors: those of dataProjectName.
 */
export function packageProject(
  project: Pick<Project, "name" | "packages">,
  content: { readonly legalEntity: string; readonly label: string; readonly pass: 2 | undefined },
): string {
  const { legalEntity, label, pass } = content;
  const all = project.packages.entities === "all";
  // The name is cut to what F&O holds, so what tells two passes apart does not stand at its end.
  const company = pass === undefined ? legalEntity : `${legalEntity}-2nd`;
  return dataProjectName([project.name, company, ...(all ? [] : [label])].join("-"));
}
