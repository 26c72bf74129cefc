import type { RejectionStage } from "../rejection.ts";

/** What the page calls the three stages before anything is sent; row-filter.js knows it by this name. */
export const beforeSending = "before sending";

/** The stages in words for people who never heard of staging tables. */
export const stageLabels: Readonly<
  Record<RejectionStage, { readonly short: string; readonly explained: string }>
> = {
  source: { short: "Reading", explained: "could not be read from the file" },
  mapping: { short: "Mapping", explained: "could not be translated to F&O fields" },
  validation: { short: "Checking", explained: "failed the checks before sending" },
  staging: { short: "F&O staging", explained: "refused by F&O on arrival (staging)" },
  target: { short: "F&O target", explained: "refused by F&O’s own rules (target)" },
};
