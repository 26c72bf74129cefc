import { readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { notificationShape, type NotificationSettings } from "./notification.ts";

/** The `metrics` part of project.yaml. */
export const metricsShape = z.strictObject({
  file: z
    .string()
    .min(1)
    .describe(
      "File for the text collector of Prometheus' node exporter, may lie outside of the project; {environment} in it stands for the environment's name.",
    ),
});

/** What the outside world is told of a load, be it one that could not even begin. */
export interface UnattendedSettings {
  /** Name of the project, or of its folder where it has none that can be read. */
  readonly project: string;
  /** The project's folder, absolute. */
  readonly root: string;
  readonly defaultEnvironment: string;
  readonly notify?: NotificationSettings;
  /** As written. */
  readonly metricsFile?: string;
}

const looseShape = z.looseObject({
  project: z.string().optional().catch(undefined),
  defaults: z
    .looseObject({ environment: z.string().optional().catch(undefined) })
    .optional()
    .catch(undefined),
  notify: notificationShape.optional().catch(undefined),
  metrics: metricsShape.optional().catch(undefined),
});

/**
 * Reads from project.yaml what is needed to tell of a load that failed, and forgives everything else that is wrong
 * with it: a mistake in the configuration is one of the failures that have to be told. Never throws; what cannot be
 * read is not there. `file` is absolute, or relative to `workingFolder`.
 */
export function readUnattendedSettings(file: string, workingFolder: string): UnattendedSettings {
  const absolute = path.resolve(workingFolder, file);
  const root = path.dirname(path.dirname(absolute));
  const { project, defaults, notify, metrics } = looseShape.catch({}).parse(contentOf(absolute));
  return {
    project: project ?? path.basename(root),
    root,
    defaultEnvironment: defaults?.environment ?? "sandbox",
    ...(notify === undefined ? {} : { notify }),
    ...(metrics === undefined ? {} : { metricsFile: metrics.file }),
  };
}

function contentOf(file: string): unknown {
  try {
    return parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}
