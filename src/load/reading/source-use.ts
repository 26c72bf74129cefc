import path from "node:path";
import { DmfpipeError } from "../../errors/dmfpipe-error.ts";
import { didYouMean } from "../../errors/suggestion.ts";
import type { JoinDefinition, MappingDefinition } from "../../project/mapping-definition.ts";
import { resolveInside } from "../../project/project-path.ts";
import type { Project } from "../../project/project.ts";
import { sourceFiles } from "../load-plan.ts";

/** How the mappings of a project use one source file. */
export interface SourceUse {
  /** Absolute. */
  readonly path: string;
  /** Relative to the root. */
  readonly name: string;
  /** Mappings whose records it has. */
  readonly read: readonly MappingDefinition[];
  /** Mappings that look up records of it, with the join that does. */
  readonly joined: readonly { readonly definition: MappingDefinition; readonly join: JoinDefinition }[];
}

/**
 * Finds out which mappings use a file. `file` is looked for from the working folder, then from the project's root.
 *
 * Throws DMFP-USAGE for a file that no mapping uses, with those that are used.
 */
export function sourceUse(project: Project, file: string, workingFolder: string): SourceUse {
  const uses = usesOf(project);
  for (const folder of [workingFolder, project.root]) {
    const found = uses.get(path.resolve(folder, file));
    if (found !== undefined) return found;
  }
  const names = [...uses.values()].map(({ name }) => name).sort();
  throw new DmfpipeError("DMFP-USAGE", `No mapping of the project reads ${file}.${didYouMean(file, names)}`, {
    next: `The mappings read ${names.join(", ")}.`,
  });
}

function usesOf(project: Project): ReadonlyMap<string, SourceUse> {
  const uses = new Map<
    string,
    {
      path: string;
      name: string;
      read: MappingDefinition[];
      joined: { definition: MappingDefinition; join: JoinDefinition }[];
    }
  >();
  const useOf = (
    file: string,
  ): { read: MappingDefinition[]; joined: { definition: MappingDefinition; join: JoinDefinition }[] } => {
    let use = uses.get(file);
    if (use === undefined) {
      use = { path: file, name: path.relative(project.root, file), read: [], joined: [] };
      uses.set(file, use);
    }
    return use;
  };
  const { root, sourceRoots } = project;
  for (const definition of project.mappings) {
    for (const file of filesOf(project, definition)) useOf(file).read.push(definition);
    for (const join of definition.joins) {
      const at = { file: definition.file };
      useOf(resolveInside({ root, sourceRoots, configured: join.sourceFile.value, at })).joined.push({
        definition,
        join,
      });
    }
  }
  return uses;
}

/** The files of a mapping; none where its pattern finds nothing, which is for a load to complain about. */
function filesOf(project: Project, definition: MappingDefinition): readonly string[] {
  try {
    return sourceFiles(project, definition);
  } catch (thrown) {
    if (thrown instanceof DmfpipeError && thrown.code === "DMFP-SOURCE-MISSING") return [];
    throw thrown;
  }
}
