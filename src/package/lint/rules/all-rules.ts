import type { LintRule } from "../lint-rule.ts";
import { dataRules } from "./data-rules.ts";
import { manifestRules } from "./manifest-rules.ts";
import { zipRules } from "./zip-rules.ts";

const all = { ...zipRules, ...manifestRules, ...dataRules };

export type LintRuleId = keyof typeof all;

/** Every rule by its id. Order: from the outside of a package to the values in it. */
export const lintRules: Readonly<Record<LintRuleId, LintRule>> = all;
