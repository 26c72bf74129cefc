import { stableId } from "../../entity/stable-id.ts";
import { reason } from "../../errors/reason.ts";
import { allOutcomes, typeOfAll } from "../compile-choice.ts";
import { maxArguments, type HeadFunction } from "./head-function.ts";
import { combining, compileParts } from "./joining-heads.ts";

/** The first value that is not empty. */
const coalesce: HeadFunction = {
  name: "coalesce",
  usage: "coalesce(COLUMN, COLUMN, …)",
  compile: (args, context) => {
    args.demand(1, maxArguments);
    const choices = compileParts(args, context);
    const outcomes = allOutcomes(choices);
    return {
      type: typeOfAll(choices),
      columns: choices.flatMap((choice) => choice.columns),
      ...(outcomes === undefined ? {} : { outcomes }),
      ...(choices.some((choice) => choice.broken === true) ? { broken: true } : {}),
      bind: (indexOf) => {
        const computes = choices.map((choice) => choice.bind(indexOf));
        return (run) => {
          for (const compute of computes) {
            const value = compute(run);
            if (value !== "") return value;
          }
          return "";
        };
      },
    };
  },
};

/** The same value for every record. */
const constant: HeadFunction = {
  name: "constant",
  usage: 'constant("value")',
  compile: (args) => {
    args.demand(1, 1);
    const value = args.literal(0);
    const outcomes = [{ value, at: args.at(0) }];
    return { type: "text", columns: [], constant: value, outcomes, bind: () => () => value };
  },
};

/** Rejects the record with words of one's own; of use inside `if` and `when`. */
const reject: HeadFunction = {
  name: "reject",
  usage: 'reject("why the record cannot be taken")',
  compile: (args, { field }) => {
    args.demand(1, 1);
    const message = args.text(0);
    return {
      type: "text",
      columns: [],
      outcomes: [],
      bind: () => (run) => {
        run.reasons.push(reason("DMFP-MAP-RULE", { field, message }));
        return undefined;
      },
    };
  },
};

/**
 * Numbers the records in the order of the sources: the first has `start`, each further one `step` more. Records
 * that are filtered or rejected keep their number, so that it does not depend on what becomes of others.
 */
const sequence: HeadFunction = {
  name: "sequence",
  usage: "sequence(start, step)",
  compile: (args) => {
    args.demand(0, 2);
    const start = args.count > 0 ? args.integer(0, 0, 1_000_000_000) : 1;
    const step = args.count > 1 ? args.integer(1, 1, 1_000_000) : 1;
    return {
      type: "integer",
      columns: [],
      bind: () => (run) => (start + (run.record - 1) * step).toString(),
    };
  },
};

/** An id that is always the same for the same values. */
const hashId: HeadFunction = {
  name: "hashId",
  usage: "hashId(COLUMN, …, length: 16)",
  compile: (args, context) => {
    args.demand(1, maxArguments, ["length"]);
    const at = args.named("length");
    const length = at === undefined ? 16 : args.integer(at, 10, 40);
    const parts = compileParts(args, context);
    if (parts.length === 0) throw args.errorAt(args.at(0), "hashId has no values to make an id of.");
    return combining(parts, (values) => stableId(values, length));
  },
};

/** Functions that give a value by themselves. */
export const valueHeads: readonly HeadFunction[] = [coalesce, constant, reject, sequence, hashId];
