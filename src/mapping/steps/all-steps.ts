import type { StepDefinition } from "../step-definition.ts";
import { arithmeticSteps } from "./arithmetic-steps.ts";
import { calendarSteps } from "./calendar-steps.ts";
import { choiceSteps } from "./choice-steps.ts";
import { dateSteps } from "./date-steps.ts";
import { enumSteps } from "./enum-steps.ts";
import { lookupSteps } from "./lookup-steps.ts";
import { moduleSteps } from "./module-steps.ts";
import { numberSteps } from "./number-steps.ts";
import { patternSteps } from "./pattern-steps.ts";
import { textSteps } from "./text-steps.ts";

/** Every step of the mapping language by name. */
export const allSteps: ReadonlyMap<string, StepDefinition> = new Map(
  [
    textSteps,
    patternSteps,
    choiceSteps,
    lookupSteps,
    enumSteps,
    numberSteps,
    arithmeticSteps,
    dateSteps,
    calendarSteps,
    moduleSteps,
  ]
    .flat()
    .map((step) => [step.name, step]),
);
