import type { StepDefinition, Transform } from "../step-definition.ts";

/** Longest text a step makes up: far beyond any field of F&O, small enough to do no harm. */
const maxLength = 10_000;

function plain(name: string, apply: Transform): StepDefinition {
  return {
    name,
    usage: name,
    takes: "any",
    gives: "text",
    compile: (args) => {
      args.demand(0, 0);
      return { apply };
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
      return {
        apply:
          name === "padStart"
            ? (value) => value.padStart(length, fill)
            : (value) => value.padEnd(length, fill),
      };
    },
  };
}

/** `start` counts from 1, as people and spreadsheets count. A character is never cut in two. */
const substring: StepDefinition = {
  name: "substring",
  usage: "substring(start, length)",
  takes: "any",
  gives: "text",
  compile: (args) => {
    args.demand(1, 2);
    const start = args.integer(0, 1, maxLength) - 1;
    const end = args.count > 1 ? start + args.integer(1, 1, maxLength) : undefined;
    return {
      apply: (value) => {
        const part = value.slice(start, end);
        // Half of a surrogate pair at either end is no character.
        return part.isWellFormed() ? part : part.replace(/^[\udc00-\udfff]|[\ud800-\udbff]$/g, "");
      },
    };
  },
};

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

/** Steps that work on the characters of a text. */
export const textSteps: readonly StepDefinition[] = [
  plain("trim", (value) => value.trim()),
  plain("upper", (value) => value.toUpperCase()),
  plain("lower", (value) => value.toLowerCase()),
  pad("padStart"),
  pad("padEnd"),
  substring,
  replace,
];
