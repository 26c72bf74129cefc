import { z } from "zod";

/** The `keep` part of project.yaml: how long what runs leave behind is kept. Age counts from a run's end. */
export const retentionShape = z
  .strictObject({
    days: z
      .number()
      .positive()
      .optional()
      .describe("Folders of runs (reports, rejections, logs, packages) are removed after as many days."),
    packages: z
      .number()
      .nonnegative()
      .optional()
      .describe("Packages, by far the largest part, are removed after as many days already."),
  })
  .refine(
    ({ days, packages }) => days !== undefined || packages !== undefined,
    "needs days, packages or both",
  );

export type Retention = z.infer<typeof retentionShape>;
