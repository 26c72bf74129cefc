import { readFileSync, statSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import { Mistakes } from "../errors/mistakes.ts";
import { didYouMean } from "../errors/suggestion.ts";
import { canaryOf, canaryShape, demandCanaryPossible, type CanaryDefinition } from "./canary.ts";
import { cutoverOf, cutoverShape, type Cutover } from "./cutover.ts";
import { compositesOf, compositesShape, type CompositeDefinition } from "./composite-settings.ts";
import { environmentShape, type EnvironmentDefinition } from "./environment-definition.ts";
import { readMapping } from "./mapping-file.ts";
import type { MappingDefinition } from "./mapping-definition.ts";
import { readMessages, type ProjectMessages } from "./message-rules.ts";
import { notificationShape } from "./notification.ts";
import { projectPackagesShape, type ProjectPackages } from "./package-settings.ts";
import { resolveInside } from "./project-path.ts";
import { budgetShape } from "./rejection-budget.ts";
import { retentionShape, type Retention } from "./retention.ts";
import { sendingShape, type SendingTime } from "./sending-time.ts";
import { stewardsOf, stewardsShape, type Stewardship } from "./stewards.ts";
import { metricsShape } from "./unattended-settings.ts";
import { YamlFile } from "./yaml-file.ts";

const limitsShape = z.strictObject({
  /** A record larger than this (bytes in the source) is rejected: it mostly is an unclosed quote. */
  recordBytes: z.number().int().positive().default(1_048_576),
  /** Stop before anything is sent when more records than this are rejected here; absent: never. */
  rejections: budgetShape.optional(),
  /** How long one package may take in F&O before the run stops waiting for it, in minutes. */
  importMinutes: z.number().positive().default(720),
  /** How long F&O may take to know an import whose answer was lost, before it counts as not taken, in seconds. */
  doubtSeconds: z.number().positive().max(3600).default(90),
  /** The messages F&O may give about one package (GetExecutionErrors), in bytes: they are kept as a file. */
  executionErrorsBytes: z
    .number()
    .int()
    .positive()
    .default(8 * 1024 ** 3),
  /** A snapshot of the environment that is older than this is warned of by check, in days. */
  snapshotDays: z.number().positive().default(7),
  /** Stop while loading when F&O rejects more records of an entity than this, or than this share of it; absent: never. */
  rejectionsInEnvironment: budgetShape.optional(),
  /** How long a load may take; what is not over then is left for resume. Absent: as long as it takes. */
  hours: z
    .number()
    .positive()
    .max(24 * 20)
    .optional(),
  /** How long what was begun may go on after Ctrl-C, SIGTERM or the deadline, in seconds. */
  graceSeconds: z.number().nonnegative().max(3600).default(20),
});

const reportsShape = z
  .strictObject({
    excel: z
      .boolean()
      .default(true)
      .describe("Write report.xlsx, beside report.html, where there are rejections. Default: true."),
    excelRecords: z
      .number()
      .int()
      .positive()
      .default(250_000)
      .describe(
        "Of more rejected records than this a run writes no report.xlsx, and says so: dmfpipe rejections --to FOLDER writes it when it is needed. Default: 250,000.",
      ),
  })
  .prefault({})
  .describe("Which reports a run writes.");

/** project.yaml. */
export const projectShape = z.strictObject({
  project: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,29}$/, "1 to 30 letters, digits, - or _"),
  entities: z.array(z.string()).min(1),
  environments: z.record(z.string(), environmentShape),
  defaults: z
    .strictObject({ environment: z.string().default("sandbox"), legalEntity: z.string().optional() })
    .prefault({}),
  sourceRoots: z.array(z.string()).default([]),
  packages: projectPackagesShape.prefault({}).describe("How packages are made; a mapping may say otherwise."),
  composites: compositesShape,
  limits: limitsShape.prefault({}),
  canary: canaryShape
    .optional()
    .describe("How many records of each entity go ahead of the rest, as a trial."),
  // Read by unattended-settings.ts, so that a load that cannot begin is told of, too.
  notify: notificationShape.optional().describe("Who is told how a load ended."),
  metrics: metricsShape.optional().describe("The numbers of the last load, for Prometheus."),
  sending: sendingShape
    .default("afterBuilding")
    .describe(
      "afterBuilding: nothing is sent before all sources were read and nothing speaks against it. whileBuilding: the packages of an entity are sent when it was read, while the next entities are read.",
    ),
  stewards: stewardsShape,
  reports: reportsShape,
  cutover: cutoverShape.optional().describe("What has to hold before cutover; dmfpipe readiness judges it."),
  keep: retentionShape
    .optional()
    .describe("How long runs are kept; a load that succeeded removes older ones."),
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
  readonly packages: ProjectPackages;
  readonly composites: readonly CompositeDefinition[];
  readonly limits: ProjectLimits;
  readonly sending: SendingTime;
  /** Who looks after which rejections. */
  readonly stewardship: Stewardship;
  readonly reports: z.infer<typeof reportsShape>;
  /** What has to hold before cutover; absent: nothing may be open. */
  readonly cutover?: Cutover;
  /** Absent: nothing goes ahead of the rest. */
  readonly canary?: CanaryDefinition;
  /** What messages of F&O mean here, and which are harmless; absent: the project has no rules of its own. */
  readonly messages?: ProjectMessages;
  /** How long what runs leave behind is kept; absent: forever. */
  readonly keep?: Retention;
}

/**
 * Reads project.yaml and every mapping it lists. `file` is absolute, or relative to `workingFolder`.
 *
 * Throws DMFP-PROJECT-MISSING, DMFP-PROJECT-INVALID, DMFP-MAPPING-MISSING, DMFP-MAPPING-INVALID,
 * DMFP-PATH-OUTSIDE; where several mappings are wrong, one error lists them. Reads nothing but configuration.
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
  const mistakes = new Mistakes();
  const mappings = data.entities.flatMap((entry, index) => {
    const at = { file: name, ...yaml.position("entities", index) };
    const read = mistakes.attempt(() => {
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
    return read ?? [];
  });
  mistakes.attempt(() => {
    const canary = data.canary === undefined ? undefined : canaryOf(data.canary);
    demandCanaryPossible(canary, data.packages, { file: name, ...yaml.position("canary") });
  });
  const stewardship = mistakes.attempt(() => stewardsOf(yaml));
  const cutover = mistakes.attempt(() => cutoverOf(yaml));
  const messages = mistakes.attempt(() => readMessages(root));
  mistakes.demandNone();
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
    packages: data.packages,
    composites: compositesOf(yaml),
    limits: data.limits,
    sending: data.sending,
    stewardship: stewardship ?? { file: name, rules: [], stewards: [] },
    reports: data.reports,
    ...(cutover === undefined ? {} : { cutover }),
    ...(data.canary === undefined ? {} : { canary: canaryOf(data.canary) }),
    ...(messages === undefined ? {} : { messages }),
    ...(data.keep === undefined ? {} : { keep: data.keep }),
  };
}

function isFile(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isFile() === true;
}

/** The environment of that name. Throws DMFP-ENVIRONMENT-UNKNOWN with the names there are. */
export function findEnvironment(project: Pick<Project, "environments">, name: string): EnvironmentDefinition {
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
