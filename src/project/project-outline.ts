import { readFileSync, statSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import type { EnvironmentDefinition } from "./environment-definition.ts";
import type { ProjectPackages } from "./package-settings.ts";
import { projectShape } from "./project.ts";
import { YamlFile } from "./yaml-file.ts";

/** What project.yaml itself says, without the mappings: they may be unfinished, or there may be none yet. */
export interface ProjectOutline {
  /** The folder above the one of project.yaml, absolute. */
  readonly root: string;
  /** Path of project.yaml, absolute. */
  readonly file: string;
  /** As written: relative to the folder of project.yaml. */
  readonly entities: readonly string[];
  readonly environments: Readonly<Record<string, EnvironmentDefinition>>;
  readonly defaultEnvironment: string;
  readonly defaultLegalEntity?: string;
  /** Absolute. */
  readonly sourceRoots: readonly string[];
  readonly packages: ProjectPackages;
  /** Greatest size of one source record, bytes. */
  readonly recordBytes: number;
  /** Legal entities that any of the environments may be written to, in upper case, each once. */
  readonly writableCompanies: readonly string[];
}

const outlineShape = projectShape.extend({ entities: z.array(z.string()).nullish() });

/**
 * Reads project.yaml, but none of the mappings it lists. `file` is absolute, or relative to `workingFolder`. Throws
 * DMFP-PROJECT-MISSING and DMFP-PROJECT-INVALID.
 */
export function readProjectOutline(file: string, workingFolder: string): ProjectOutline {
  const absolute = path.resolve(workingFolder, file);
  if (statSync(absolute, { throwIfNoEntry: false })?.isFile() !== true) {
    throw new DmfpipeError("DMFP-PROJECT-MISSING", `There is no ${file} in ${workingFolder}.`, {
      next: "Begin a project here with: dmfpipe init",
    });
  }
  const root = path.dirname(path.dirname(absolute));
  const name = path.relative(root, absolute);
  const { data } = YamlFile.parse(readFileSync(absolute, "utf8"), name, outlineShape, "DMFP-PROJECT-INVALID");
  const { legalEntity } = data.defaults;
  const companies = Object.values(data.environments).flatMap(({ writes }) => writes ?? []);
  return {
    root,
    file: absolute,
    entities: data.entities ?? [],
    environments: data.environments,
    defaultEnvironment: data.defaults.environment,
    ...(legalEntity === undefined ? {} : { defaultLegalEntity: legalEntity.toUpperCase() }),
    sourceRoots: data.sourceRoots.map((folder) => path.resolve(root, folder)),
    packages: data.packages,
    recordBytes: data.limits.recordBytes,
    writableCompanies: [...new Set(companies.map((company) => company.toUpperCase()))],
  };
}
