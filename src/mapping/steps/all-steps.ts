import type { StepDefinition } from "../step-definition.ts";
import { choiceSteps } from "./choice-steps.ts";
import { dateSteps } from "./date-steps.ts";
import { numberSteps } from "./number-steps.ts";
import { textSteps } from "./text-steps.ts";

/** Every step of the mapping language by name. */
export const allSteps: ReadonlyMap<string, StepDefinition> = new Map(
  [textSteps, choiceSteps, dateSteps, numberSteps].flat().map((step) => [step.name, step]),
);
