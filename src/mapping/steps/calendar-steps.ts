import { canonicalDay, readCanonical } from "../calendar.ts";
import { timeZone } from "../time-zone.ts";
import type { StepDefinition } from "../step-definition.ts";

/** How F&O (and AX before it) writes a date that is not filled in, and one that never comes. */
const emptyDay = "1900-01-01";
const openEndDay = "2154-12-31";

/** Moves a date by a number of days; the time of day stays. */
const addDays: StepDefinition = {
  name: "addDays",
  usage: "addDays(number)",
  takes: ["date", "datetime"],
  gives: "same",
  compile: (args, context) => {
    args.demand(1, 1);
    const days = args.integer(0, -100_000, 100_000);
    return {
      apply: (value, run) => {
        const moved = canonicalDay(readCanonical(value).day + days);
        if (moved !== undefined) return moved + value.slice(10);
        const why = `and ${days} days from there lies outside the calendar.`;
        run.reasons.push(context.problem("DMFP-MAP-DATE", value, why));
        return undefined;
      },
    };
  },
};

/** The day of a date with a time. */
const dateOnly: StepDefinition = {
  name: "dateOnly",
  usage: "dateOnly",
  takes: ["datetime", "date"],
  gives: "date",
  compile: (args) => {
    args.demand(0, 0);
    return { apply: (value) => value.slice(0, 10) };
  },
};

/** No end: an empty date, or one beyond F&O's last day such as 9999-12-31, becomes that last day. */
const openEnd: StepDefinition = {
  name: "openEnd",
  usage: "openEnd",
  takes: ["date"],
  gives: "date",
  compile: (args) => {
    args.demand(0, 0);
    return { takesEmpty: true, apply: (value) => (value === "" || value > openEndDay ? openEndDay : value) };
  },
};

/** No date: an empty one, or one before F&O's first day such as 1753-01-01, becomes that first day. */
const emptyDate: StepDefinition = {
  name: "emptyDate",
  usage: "emptyDate",
  takes: ["date"],
  gives: "date",
  compile: (args) => {
    args.demand(0, 0);
    return { takesEmpty: true, apply: (value) => (value < emptyDay ? emptyDay : value) };
  },
};

function zoneStep(name: "toUtc" | "fromUtc"): StepDefinition {
  return {
    name,
    usage: `${name}("Europe/Berlin")`,
    takes: ["datetime"],
    gives: "datetime",
    compile: (args, context) => {
      args.demand(1, 1);
      const zone = timeZone(args.text(0));
      if (zone === undefined) {
        throw args.errorAt(
          args.at(0),
          `There is no time zone "${args.text(0)}". They are called like Europe/Berlin.`,
        );
      }
      const why = `which is a time that the clocks of ${args.text(0)} skip.`;
      return {
        apply: (value, run) => {
          // Of several patterns of date(…), one may have had no time: a day is the same day everywhere.
          if (value.length === 10) return value;
          const converted = zone[name](value);
          if (converted === undefined) run.reasons.push(context.problem("DMFP-MAP-DATE", value, why));
          return converted;
        },
      };
    },
  };
}

/** Steps that calculate with dates. */
export const calendarSteps: readonly StepDefinition[] = [
  addDays,
  dateOnly,
  openEnd,
  emptyDate,
  zoneStep("toUtc"),
  zoneStep("fromUtc"),
];
