import { readFileSync, statSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import { didYouMean } from "../errors/suggestion.ts";
import { environmentShape, type EnvironmentDefinition } from "./environment-definition.ts";
import { readMapping } from "./mapping-file.ts";
import type { MappingDefinition } from "./mapping-definition.ts";
import { resolveInside } from "./project-path.ts";
import { YamlFile } from "./yaml-file.ts";

const budgetShape = z.union([
  z.number().int().nonnegative(),
  z.string().regex(/^\d+(\.\d+)?\s*%$/, 'a number of records, or a share such as "5%"'),
]);

const limitsShape = z.strictObject({
  /** A package is closed and the next begun after this many records. */
  recordsPerPackage: z.number().int().positive().default(100_000),
  /** A record larger than this (bytes in the source) is rejected: it mostly is an unclosed quote. */
  recordBytes: z.number().int().positive().default(1_048_576),
  /** Stop before anything is sent when more records than this are rejected here; absent: never. */
  rejections: budgetShape.optional(),
  /** How long one package may take in F&O before the run stops waiting for it, in minutes. */
  importMinutes: z.number().positive().default(720),
});

/** project.yaml. */
export const projectShape = z.strictObject({
  project: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,29}$/, "1 to 30 letters, digits, - or _"),
  entities: z.array(z.string()).min(1),
  environments: z.record(z.string(), environmentShape),
  defaults: z
    .strictObject({ environment: z.string().default("sandbox"), legalEntity: z.string().optional() })
    .prefault({}),
  sourceRoots: z.array(z.string()).default([]),
  limits: limitsShape.prefault({}),
});

export type ProjectLimits = z.infer<typeof limitsShape>;

/** A project that was read: its settings and all its mappings, checked for shape. */
export interface Project {
  readonly name: string;
  /** The folder above `mappings/`, absolute. */
  readonly root: string;
  /** Path of project.yaml, absolute. */
  readonly file: string;
  readonly mappings: readonly MappingDefinition[];
  readonly environments: Readonly<Record<string, EnvironmentDefinition>>;
  readonly defaultEnvironment: string;
  readonly defaultLegalEntity?: string;
  readonly sourceRoots: readonly string[];
  readonly limits: ProjectLimits;
}

/**
 * Reads project.yaml and every mapping it lists. `file` is absolute, or relative to `workingFolder`.
 *
 * Throws DMFP-PROJECT-MISSING, DMFP-PROJECT-INVALID, DMFP-MAPPING-MISSING, DMFP-MAPPING-INVALID,
 * DMFP-PATH-OUTSIDE. Reads nothing but configuration.
 */
export function readProject(file: string, workingFolder: string): Project {
  const absolute = path.resolve(workingFolder, file);
  if (!isFile(absolute)) {
    throw new DmfpipeError("DMFP-PROJECT-MISSING", `There is no ${file} in ${workingFolder}.`);
  }
  const root = path.dirname(path.dirname(absolute));
  const name = path.relative(root, absolute);
  const yaml = YamlFile.parse(readFileSync(absolute, "utf8"), name, projectShape, "DMFP-PROJECT-INVALID");
  const { data } = yaml;
  // The roots are the one thing that may point outside: naming them is the project's owner's explicit word.
  const sourceRoots = data.sourceRoots.map((folder) => path.resolve(root, folder));
  const mappings = data.entities.map((entry, index) => {
    const at = { file: name, ...yaml.position("entities", index) };
    const mapping = resolveInside({ root, configured: path.join(path.dirname(name), entry), at });
    if (!isFile(mapping)) {
      throw new DmfpipeError(
        "DMFP-MAPPING-MISSING",
        `${name} lists ${entry}, but there is no file ${path.relative(root, mapping)}.`,
        { at },
      );
    }
    return readMapping({ path: mapping, root, recordBytes: data.limits.recordBytes });
  });
  const { legalEntity } = data.defaults;
  return {
    name: data.project,
    root,
    file: absolute,
    mappings,
    environments: data.environments,
    defaultEnvironment: data.defaults.environment,
    ...(legalEntity === undefined ? {} : { defaultLegalEntity: legalEntity.toUpperCase() }),
    sourceRoots,
    limits: data.limits,
  };
}

function isFile(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isFile() === true;
}

/** The environment of that name. Throws DMFP-ENVIRONMENT-UNKNOWN with the names there are. */
export function findEnvironment(project: Project, name: string): EnvironmentDefinition {
  // Not what every object has of itself, such as "constructor".
  const found = Object.hasOwn(project.environments, name) ? project.environments[name] : undefined;
  if (found !== undefined) return found;
  const names = Object.keys(project.environments);
  throw new DmfpipeError(
    "DMFP-ENVIRONMENT-UNKNOWN",
    `project.yaml has no environment ${name}.${didYouMean(name, names)}`,
    { next: `Use one of: ${names.join(", ")}.` },
  );
}
