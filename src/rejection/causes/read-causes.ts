import { readFileSync } from "node:fs";
import { z } from "zod";
import { DmfpipeError } from "../../errors/dmfpipe-error.ts";
import { reasonRegistry, type ReasonCode } from "../../errors/registry.ts";
import type { CauseOverview } from "./cause.ts";

const kindShape = z.enum(["rejected", "missing", "set-up"]);
const countsShape = z.array(z.object({ entity: z.string(), records: z.number() }));

const causeShape = z.object({
  kind: kindShape,
  entity: z.string(),
  legalEntity: z.string().exactOptional(),
  key: z.string().exactOptional(),
  records: z.number(),
  direct: z.number(),
  entities: countsShape,
  reason: z
    .object({
      code: z.custom<ReasonCode>((code) => typeof code === "string" && Object.hasOwn(reasonRegistry, code)),
      message: z.string(),
      fix: z.string(),
    })
    .exactOptional(),
  file: z.string().exactOptional(),
  line: z.number().exactOptional(),
});

const overviewShape = z.object({
  total: z.number(),
  own: z.number(),
  groups: z.array(
    z.object({
      kind: kindShape,
      entity: z.string(),
      causes: z.number(),
      atLeast: z.literal(true).exactOptional(),
      records: z.number(),
    }),
  ),
  top: z.array(causeShape),
  others: z.object({ causes: z.number(), records: z.number() }),
  unfollowed: z.number(),
});

/** Reads the causes.json of a run. Throws DMFP-RUN-FILE where it is not there or not what dmfpipe wrote. */
export function readCauses(file: string): CauseOverview {
  try {
    return overviewShape.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch (cause) {
    const message = `${file} is not there, or not as dmfpipe writes it: what the rejections go back to is not known.`;
    throw new DmfpipeError("DMFP-RUN-FILE", message, { at: { file }, cause });
  }
}
