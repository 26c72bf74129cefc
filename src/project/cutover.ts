import { z } from "zod";
import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import { reasonRegistry } from "../errors/registry.ts";
import { didYouMean } from "../errors/suggestion.ts";
import { budgetShape, type RejectionBudget } from "./rejection-budget.ts";
import type { YamlFile } from "./yaml-file.ts";

const dayShape = z.string().refine((text) => {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}, "a day such as 2026-12-31");

const days = z.number().positive();

/** The `cutover` part of project.yaml: what has to hold before everybody goes over to the new system. */
export const cutoverShape = z.strictObject({
  by: dayShape.optional().describe("Day of the cutover: until its end (UTC) the answer may be go."),
  rejectedAtMost: z
    .record(z.string().min(1), budgetShape)
    .optional()
    .describe(
      'Open rejections an entity may have: a number of records, or a share of those read such as "0.5%", by DMF label; * stands for any text, and the first that fits an entity counts. An entity that none fits may have any. Default: "*": 0.',
    ),
  noneOlderThan: days.optional().describe("Days for which a rejection may have been open."),
  noneOf: z
    .array(z.string().min(1))
    .default([])
    .describe("Codes of reasons that must not be open at all, such as DMFP-FNO-POSTING or DMFP-MAP-*."),
  lastRunWithin: days.optional().describe("Days since the last run: an older one says too little."),
});

/** A limit for the open rejections of entities. */
export interface CutoverLimit {
  /** As written. */
  readonly pattern: string;
  readonly fits: (label: string) => boolean;
  readonly limit: RejectionBudget;
}

/** What has to hold before cutover. */
export interface Cutover {
  /** ISO 8601 day. */
  readonly by?: string;
  /** In the order in which they are tried. */
  readonly rejectedAtMost: readonly CutoverLimit[];
  readonly noneOlderThanDays?: number;
  readonly noneOf: readonly { readonly pattern: string; readonly fits: (code: string) => boolean }[];
  readonly lastRunWithinDays?: number;
}

/** What holds where project.yaml says nothing: nothing may be open. */
export const strictestCutover: Cutover = {
  rejectedAtMost: [{ pattern: "*", fits: () => true, limit: 0 }],
  noneOf: [],
};

/**
 * The `cutover` of project.yaml; undefined where it has none. Throws DMFP-PROJECT-INVALID, with the place, for a code that
 * nothing fits. Entities are looked for when readiness is asked for: they may come later than the limits.
 */
export function cutoverOf(
  yaml: YamlFile<{ readonly cutover?: z.infer<typeof cutoverShape> | undefined }>,
): Cutover | undefined {
  const { cutover } = yaml.data;
  if (cutover === undefined) return undefined;
  const codes = Object.keys(reasonRegistry);
  const noneOf = cutover.noneOf.map((pattern, index) => {
    const fits = fitter(pattern);
    if (codes.some(fits)) return { pattern, fits };
    throw new DmfpipeError(
      "DMFP-PROJECT-INVALID",
      `${yaml.name}: cutover: no code fits ${pattern}.${didYouMean(pattern, codes)}`,
      { at: { file: yaml.name, ...yaml.position("cutover", "noneOf", index) } },
    );
  });
  const { by, rejectedAtMost, noneOlderThan, lastRunWithin } = cutover;
  return {
    ...(by === undefined ? {} : { by }),
    rejectedAtMost:
      rejectedAtMost === undefined
        ? strictestCutover.rejectedAtMost
        : Object.entries(rejectedAtMost).map(([pattern, limit]) => ({
            pattern,
            fits: fitter(pattern),
            limit,
          })),
    ...(noneOlderThan === undefined ? {} : { noneOlderThanDays: noneOlderThan }),
    noneOf,
    ...(lastRunWithin === undefined ? {} : { lastRunWithinDays: lastRunWithin }),
  };
}

/** Whether a text is the pattern, in which a star stands for any text; case does not count. */
function fitter(pattern: string): (text: string) => boolean {
  const parts = pattern.toLowerCase().split(/\*+/);
  return (text) => {
    const given = text.toLowerCase();
    const [first = "", ...rest] = parts;
    const last = rest.pop();
    if (last === undefined) return given === first;
    if (!given.startsWith(first)) return false;
    let at = first.length;
    for (const part of rest) {
      const found = given.indexOf(part, at);
      if (found < 0) return false;
      at = found + part.length;
    }
    return given.length - at >= last.length && given.endsWith(last);
  };
}
