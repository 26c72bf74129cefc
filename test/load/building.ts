import { EntityCatalogue } from "../../src/entity/catalogue.ts";
import type { LoadOptions, RunResult } from "../../src/load/load-options.ts";
import type { LoadEvent } from "../../src/load/run-log.ts";
import { runOffline } from "../../src/load/run-load.ts";
import { readProject } from "../../src/project/project.ts";
import { readRejections } from "../../src/rejection/rejection-ndjson.ts";
import type { Rejection } from "../../src/rejection/rejection.ts";
import { folderWith } from "../project/temporary-project.ts";

/** What a build or a check came to. */
export interface Built {
  readonly root: string;
  readonly result: RunResult;
  readonly rejections: readonly Rejection[];
  readonly events: readonly LoadEvent[];
}

/**
 * Builds a project of one mapping, `mappings/m.yaml`, whose other files are given; `settings` are further lines of
 * project.yaml.
 */
export async function build(
  files: Readonly<Record<string, string>>,
  options: {
    settings?: string;
    writes?: string;
    mapping: string;
    command?: "check" | "build";
    signal?: AbortSignal;
  },
): Promise<Built> {
  const { settings = "", writes = "", mapping, command = "build", signal } = options;
  const root = folderWith({
    "mappings/project.yaml": `project: small\nentities: [m.yaml]\nenvironments:\n  sandbox: { kind: sandbox${writes} }\n${settings}`,
    "mappings/m.yaml": mapping,
    ...files,
  });
  const project = readProject("mappings/project.yaml", root);
  const definition = project.environments["sandbox"];
  if (definition === undefined) throw new Error("no environment");
  const events: LoadEvent[] = [];
  const load: LoadOptions = {
    project,
    environmentName: "sandbox",
    definition,
    catalogue: EntityCatalogue.builtIn(),
    clock: { now: () => Date.parse("2026-11-23T04:15:30Z") },
    version: "0.1.0",
    listener: (event) => events.push(event),
    ...(signal === undefined ? {} : { signal }),
  };
  const result = await runOffline(load, command);
  const rejections = await Array.fromAsync(readRejections(result.folder.rejectionsFile));
  return { root, result, rejections, events };
}
