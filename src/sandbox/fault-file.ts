import { readFileSync } from "node:fs";
import { z } from "zod";
import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import { YamlFile } from "../project/yaml-file.ts";
import type { Fault } from "./fault-plan.ts";

const count = z.number().int().positive();
/** What `setTimeout` can wait at most. */
const longestDelayMs = 2_147_483_647;
/** Header values may not break the line. */
const headerText = z.string().regex(/^[\x20-\x7e]*$/, "printable characters without line breaks");

const effects = [
  "delayMs",
  "drop",
  "status",
  "body",
  "value",
  "cutBodyAfterBytes",
  "urlLifetimeSeconds",
  "revokeToken",
  "stuck",
] as const;

/** One fault as a plan file or the admin endpoint gives it. */
export const faultShape: z.ZodType<Fault> = z
  .strictObject({
    on: z
      .string()
      .regex(/^(\*|\w+)$/, "the name of an action, token, odata, batch, metadata, … or * for every request"),
    nth: count.exactOptional(),
    times: z.union([count, z.literal("always")], 'a number from 1, or "always"').exactOptional(),
    when: z.enum(["before", "after"]).exactOptional(),
    delayMs: z.number().int().min(0).max(longestDelayMs).exactOptional(),
    drop: z.boolean().exactOptional(),
    status: z.number().int().min(200).max(599).exactOptional(),
    retryAfter: headerText.exactOptional(),
    body: z.string().exactOptional(),
    contentType: headerText.exactOptional(),
    value: z.string().exactOptional(),
    cutBodyAfterBytes: z.number().int().min(0).exactOptional(),
    urlLifetimeSeconds: z.number().int().exactOptional(),
    revokeToken: z.boolean().exactOptional(),
    stuck: z.boolean().exactOptional(),
  })
  .refine((fault) => effects.some((name) => fault[name] !== undefined), {
    error: `names no effect: one of ${effects.join(", ")} is needed`,
  })
  .refine((fault) => fault.value === undefined || (fault.body ?? fault.status) === undefined, {
    error: "value is the whole answer: it goes with neither body nor status",
  });

/**
 * Reads a plan of faults: YAML or JSON, `faults:` and a list. `file` is an absolute path. Throws DMFP-SANDBOX-SETUP
 * with file, line and column.
 */
export function readFaultFile(file: string): readonly Fault[] {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (cause) {
    throw new DmfpipeError("DMFP-SANDBOX-SETUP", "The file of planned faults cannot be read.", {
      at: { file },
      cause,
    });
  }
  const shape = z.strictObject({ faults: z.array(faultShape) });
  return YamlFile.parse(text, file, shape, "DMFP-SANDBOX-SETUP").data.faults;
}
