import { readFileSync } from "node:fs";
import { z } from "zod";
import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import { YamlFile } from "../project/yaml-file.ts";
import { faultShape } from "./fault-file.ts";
import type { SandboxSettings } from "./sandbox-settings.ts";

const text = z.string().min(1);
const flag = z.boolean();
const count = z.number().int().min(0);
const positive = z.number().int().positive();
/** What a timer can wait at most. */
const delayMs = count.max(2_147_483_647);

const application = z.strictObject({
  clientId: text,
  clientSecret: text,
  registered: flag,
  mayManageData: flag,
  secretExpiresAt: z.iso.datetime({ offset: true }).exactOptional(),
  certificates: z.array(text).exactOptional(),
  consented: flag.exactOptional(),
});

const recurringJob = z.strictObject({
  activityId: text,
  project: text,
  direction: z.enum(["import", "export"]),
  company: text.exactOptional(),
  clientIds: z.array(text).exactOptional(),
  everySeconds: positive.exactOptional(),
});

/** Every setting with what it may be: the compiler asks for one that is missing. */
const shapes = {
  tenant: text,
  tenantId: text,
  applications: z.array(application),
  tokenLifetimeSeconds: positive,
  defaultCompany: z.string().regex(/^[A-Z0-9]{1,4}$/, "at most four capital letters or digits"),
  writeUrlLifetimeSeconds: z.number().int(),
  blobUrlStartsSecondsAgo: count,
  readUrlLifetimeSeconds: z.number().int(),
  blobRetentionDays: positive,
  exportAnswers: z.enum(["plain", "nested"]),
  entityStatusList: z.enum(["status", "json"]),
  sourceFormats: z.record(
    z.string(),
    z.strictObject({
      codePage: z.union([z.literal(65001), z.literal(1200)]),
      delimiter: z.string().length(1),
    }),
  ),
  unmappedFileColumns: z.enum(["refuse", "ignore"]),
  invalidRows: z.enum(["error-file", "refuse-file"]),
  inputFileCheck: flag,
  xmlEntityNames: z.enum(["upper", "pascal"]),
  compositeManifest: z.enum(["any", "one-entry", "entry-per-entity"]),
  compositeWithoutChild: z.enum(["refuse", "accept"]),
  packageSizeLimitBytes: positive,
  unpackedSizeLimitBytes: positive,
  sameExecutionId: z.enum(["refuse", "again", "echo"]),
  enhancedParallelImport: flag,
  executingRunBlocksProject: flag,
  detailsNotFoundPolls: count,
  importHoldMs: delayMs,
  targetDelayMs: delayMs,
  executionErrorsJson: z.enum(["malformed", "escaped"]),
  stagingErrorsInExecutionErrors: flag,
  executionErrorField: z.enum(["empty", "name"]),
  keySeparator: z.string(),
  stagingErrorFile: z.enum(["as input", "without header", "csv utf-8"]),
  targetKeysFile: z.enum(["utf-8", "utf-16", "with header"]),
  keysFilePolls: count,
  recurringJobs: z.array(recurringJob),
  recurringImportDelayMs: delayMs,
  recurringAckSeconds: positive,
  odataPageRows: positive,
  odataRequestsPerWindow: count,
  odataWindowSeconds: positive,
  writeFailedStatus: z.number().int().min(400).max(599),
  batchOperationLimit: positive,
  batchLineEnds: z.enum(["crlf", "any"]),
  failedChangeset: z.enum(["wrapped", "bare"]),
  faults: z.array(faultShape),
} satisfies { readonly [Name in keyof SandboxSettings]: z.ZodType<SandboxSettings[Name]> };

/**
 * Reads settings from YAML or JSON; those that are not named keep their default. `file` is an absolute path. Throws
 * DMFP-SANDBOX-SETUP with file, line and column.
 */
export function readSettingsFile(file: string): Partial<SandboxSettings> {
  let content: string;
  try {
    content = readFileSync(file, "utf8");
  } catch (cause) {
    throw new DmfpipeError("DMFP-SANDBOX-SETUP", "The file with the sandbox's settings cannot be read.", {
      at: { file },
      cause,
    });
  }
  const given = YamlFile.parse(content, file, z.strictObject(shapes).partial(), "DMFP-SANDBOX-SETUP").data;
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}
