import type { StepArguments } from "../step-arguments.ts";
import type { StepDefinition, Transform } from "../step-definition.ts";
import { capitalized, withoutAccents } from "../letters.ts";
import type { UnitStep } from "../../source/unit-step.ts";

/** Longest text a step makes up: far beyond any field of F&O, small enough to do no harm. */
const maxLength = 10_000;

function plain(name: string, apply: Transform, onUnits?: UnitStep): StepDefinition {
  return {
    name,
    usage: name,
    takes: "any",
    gives: "text",
    compile: (args) => {
      args.demand(0, 0);
      return { apply, ...(onUnits === undefined ? {} : { onUnits }) };
    },
  };
}

function pad(name: "padStart" | "padEnd"): StepDefinition {
  return {
    name,
    usage: `${name}(length, "character")`,
    takes: "any",
    gives: "text",
    compile: (args) => {
      args.demand(1, 2);
      const length = args.integer(0, 1, maxLength);
      const fill = args.count > 1 ? args.text(1) : " ";
      if (fill.length !== 1) throw args.errorAt(args.at(1), "Here should be exactly one character.");
      if (name === "padEnd") return { apply: (value) => value.padEnd(length, fill) };
      const onUnits: UnitStep = { kind: "padStart", length, unit: fill.charCodeAt(0) };
      return { apply: (value) => value.padStart(length, fill), onUnits };
    },
  };
}

/** A step that takes a part of the value, never cutting a character in two. */
function part(
  name: string,
  usage: string,
  cut: (args: StepArguments) => (value: string) => string,
): StepDefinition {
  return {
    name,
    usage,
    takes: "any",
    gives: "text",
    compile: (args) => {
      const slice = cut(args);
      return {
        apply: (value) => {
          const found = slice(value);
          // Half of a surrogate pair at either end is no character.
          return found.isWellFormed() ? found : found.replace(/^[\udc00-\udfff]|[\ud800-\udbff]$/g, "");
        },
      };
    },
  };
}

/** `start` counts from 1, as people and spreadsheets count. */
const substring = part("substring", "substring(start, length)", (args) => {
  args.demand(1, 2);
  const start = args.integer(0, 1, maxLength) - 1;
  const end = args.count > 1 ? start + args.integer(1, 1, maxLength) : undefined;
  return (value) => value.slice(start, end);
});

const left = part("left", "left(length)", (args) => {
  args.demand(1, 1);
  const length = args.integer(0, 1, maxLength);
  return (value) => value.slice(0, length);
});

const right = part("right", "right(length)", (args) => {
  args.demand(1, 1);
  const length = args.integer(0, 1, maxLength);
  return (value) => value.slice(-length);
});

/** Replaces every occurrence of a text; no patterns. */
const replace: StepDefinition = {
  name: "replace",
  usage: 'replace("text", "by")',
  takes: "any",
  gives: "text",
  compile: (args) => {
    args.demand(2, 2);
    const search = args.text(0);
    const by = args.text(1);
    if (search === "") throw args.errorAt(args.at(0), "The text to be replaced is empty.");
    // A function, because $ in a replacement text has a meaning of its own.
    return { apply: (value) => value.replaceAll(search, () => by) };
  },
};

/** One part of a text that a separator takes apart: the first is 1, the last -1; empty where there are not so many. */
const split: StepDefinition = {
  name: "split",
  usage: 'split("separator", number)',
  takes: "any",
  gives: "text",
  compile: (args) => {
    args.demand(2, 2);
    const separator = args.text(0);
    if (separator === "") throw args.errorAt(args.at(0), "The separator is empty.");
    const number = args.integer(1, -1000, 1000);
    if (number === 0) throw args.errorAt(args.at(1), "The first part is number 1, the last one -1.");
    const index = number > 0 ? number - 1 : number;
    return { apply: (value) => (value.split(separator).at(index) ?? "").trim() };
  },
};

/** Steps that work on the characters of a text. */
export const textSteps: readonly StepDefinition[] = [
  plain("trim", (value) => value.trim(), { kind: "trim", start: true, end: true }),
  plain("trimStart", (value) => value.trimStart(), { kind: "trim", start: true, end: false }),
  plain("trimEnd", (value) => value.trimEnd(), { kind: "trim", start: false, end: true }),
  plain("collapse", (value) => value.trim().replace(/\s+/gu, " ")),
  plain("upper", (value) => value.toUpperCase(), { kind: "upper" }),
  plain("lower", (value) => value.toLowerCase(), { kind: "lower" }),
  plain("title", capitalized),
  plain("normalize", (value) => value.normalize("NFC")),
  plain("withoutAccents", withoutAccents),
  pad("padStart"),
  pad("padEnd"),
  substring,
  left,
  right,
  replace,
  split,
];
