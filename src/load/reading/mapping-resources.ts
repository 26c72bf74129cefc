import { existsSync, globSync, readFileSync, realpathSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { DmfpipeError, type ErrorPlace } from "../../errors/dmfpipe-error.ts";
import { didYouMean } from "../../errors/suggestion.ts";
import type { JoinTable } from "../../mapping/join-table.ts";
import { parseLookup, type Lookup } from "../../mapping/lookup.ts";
import { mappingNeeds, type NeededFunction } from "../../mapping/mapping-needs.ts";
import { stepFunctionKey, type StepFunction } from "../../mapping/step-function.ts";
import type { Located } from "../../project/located.ts";
import type { MappingDefinition } from "../../project/mapping-definition.ts";
import { resolveInside } from "../../project/project-path.ts";
import type { Project } from "../../project/project.ts";
import { readJoin } from "./read-join.ts";

/** A file beside the mapping and its source that has a say in what becomes of a record. */
export interface ResourceFile {
  /** Absolute. */
  readonly path: string;
  /** Relative to the root. */
  readonly name: string;
}

/** Everything a mapping needs to be compiled, read from the project's files. */
export interface MappingResources {
  readonly lookups: ReadonlyMap<string, Lookup>;
  readonly modules: ReadonlyMap<string, StepFunction>;
  readonly joins: ReadonlyMap<string, JoinTable>;
  readonly files: readonly ResourceFile[];
  /** What could not be read, each with its place in the mapping or in the file. */
  readonly mistakes: readonly DmfpipeError[];
}

/**
 * Reads the lookups, modules and second sources a mapping names. Problems do not stop it (DMFP-LOOKUP-*,
 * DMFP-MODULE-INVALID, DMFP-JOIN-INVALID, DMFP-MAPPING-COLUMN, DMFP-SOURCE-*, DMFP-PATH-OUTSIDE): they are given
 * to the compiler, which reports them together with the mistakes of the mapping itself. `keepPlaces`: second sources
 * remember where each record stands, to be explained.
 */
export async function readResources(
  project: Project,
  definition: MappingDefinition,
  options: { readonly keepPlaces?: boolean } = {},
): Promise<MappingResources> {
  const needs = mappingNeeds(definition);
  const lookups = new Map<string, Lookup>();
  const modules = new Map<string, StepFunction>();
  const joins = new Map<string, JoinTable>();
  const files = new Map<string, ResourceFile>();
  const mistakes: DmfpipeError[] = [];
  const attempt = async (read: () => void | Promise<void>): Promise<void> => {
    try {
      await read();
    } catch (thrown) {
      if (!(thrown instanceof DmfpipeError)) throw thrown;
      mistakes.push(thrown);
    }
  };
  const note = (file: string): string => {
    const name = path.relative(project.root, file);
    files.set(name, { path: file, name });
    return name;
  };
  for (const need of needs.lookups) {
    await attempt(() => {
      const file = lookupFile(project, definition, need);
      lookups.set(need.value, parseLookup(need.value, readFileSync(file, "utf8"), note(file)));
    });
  }
  for (const need of needs.functions) {
    await attempt(async () => {
      const at = { file: definition.file, line: need.line, column: need.column };
      const file = moduleFile(project, definition, need, at);
      modules.set(stepFunctionKey(need.path, need.name), await functionOf(file, need, at));
      note(file);
    });
  }
  for (const join of definition.joins) {
    await attempt(async () => {
      const columns = needs.joinColumns.get(join.name.value) ?? [];
      const { table, file } = await readJoin(project, definition, join, { columns, ...options });
      joins.set(join.name.value, table);
      note(file);
    });
  }
  return { lookups, modules, joins, files: [...files.values()], mistakes };
}

function lookupFile(project: Project, definition: MappingDefinition, need: Located<string>): string {
  const { value: name, line, column } = need;
  const at = { file: definition.file, line, column };
  const folder = path.join(path.dirname(project.file), "lookups");
  const file = resolveInside({ root: project.root, configured: path.join(folder, `${name}.csv`), at });
  if (existsSync(file)) return file;
  const known = globSync("*.csv", { cwd: folder }).map((entry) => entry.replace(/\.csv$/, ""));
  throw new DmfpipeError(
    "DMFP-LOOKUP-MISSING",
    `${definition.file} uses the lookup ${name}, but there is no ${path.relative(project.root, file)}.${didYouMean(name, known)}`,
    { at },
  );
}

/** The file of a module: inside the root, links followed, because what it holds is run. */
function moduleFile(
  project: Project,
  definition: MappingDefinition,
  need: NeededFunction,
  at: ErrorPlace,
): string {
  const { root } = project;
  const folder = path.dirname(path.resolve(root, definition.file));
  const file = resolveInside({ root, configured: path.resolve(folder, need.path), at });
  if (!/\.(?:ts|mts|js|mjs)$/.test(file)) {
    throw new DmfpipeError(
      "DMFP-MODULE-INVALID",
      `${need.path} is no module: its name has to end with .ts or .js.`,
      {
        at,
      },
    );
  }
  if (!existsSync(file)) {
    throw new DmfpipeError("DMFP-MODULE-INVALID", `There is no module ${path.relative(root, file)}.`, { at });
  }
  resolveInside({ root: realpathSync(root), configured: realpathSync(file), at });
  return file;
}

async function functionOf(file: string, need: NeededFunction, at: ErrorPlace): Promise<StepFunction> {
  let loaded: Readonly<Record<string, unknown>>;
  try {
    loaded = (await import(pathToFileURL(file).href)) as Readonly<Record<string, unknown>>;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new DmfpipeError("DMFP-MODULE-INVALID", `The module ${need.path} cannot be loaded: ${why}`, {
      at,
      cause,
    });
  }
  const found = loaded[need.name];
  if (typeof found === "function") return found as StepFunction;
  const names = Object.keys(loaded).filter((name) => typeof loaded[name] === "function");
  throw new DmfpipeError(
    "DMFP-MODULE-INVALID",
    `The module ${need.path} exports no function ${need.name}.${didYouMean(need.name, names)}`,
    { at, next: names.length === 0 ? "Export a function from it." : `It exports ${names.join(", ")}.` },
  );
}
