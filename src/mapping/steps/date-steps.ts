import { compileDatePattern, type DatePattern } from "../date-pattern.ts";
import { excelReader } from "../excel-serial.ts";
import { padded, readCanonical } from "../calendar.ts";
import type { StepArguments } from "../step-arguments.ts";
import type { StepDefinition } from "../step-definition.ts";
import { dateUnits } from "../unit-dates.ts";

const usage = 'date("pattern", …)';

/** Reads a date; of several patterns the first that fits is taken. */
const date: StepDefinition = {
  name: "date",
  usage,
  takes: ["text"],
  gives: (args) => (patternsOf(args).some((pattern) => pattern.hasTime) ? "datetime" : "date"),
  compile: (args, context) => {
    const patterns = patternsOf(args);
    const forms = args.all.map((_, index) => args.text(index)).join(" or ");
    const onUnits = patterns.length === 1 ? dateUnits(args.text(0)) : undefined;
    return {
      ...(onUnits === undefined ? {} : { onUnits }),
      apply: (value, run) => {
        for (const pattern of patterns) {
          const found = pattern.read(value);
          if (found !== undefined) return found.kind === "empty" ? "" : found.value;
        }
        run.reasons.push(
          context.problem("DMFP-MAP-DATE", value, `which is not a date of the form ${forms}.`),
        );
        return undefined;
      },
    };
  },
};

function patternsOf(args: StepArguments): DatePattern[] {
  args.demand(1, 8);
  return args.all.map((argument, index) => {
    const text = args.text(index);
    const pattern = compileDatePattern(text);
    if (!("problem" in pattern)) return pattern;
    const hint = /[Hms]/.test(text) ? " Date and time stand in one pattern: dd.MM.yyyy HH:mm" : "";
    throw args.errorAt(argument.at, `The date pattern "${text}" ${pattern.problem}.${hint}`);
  });
}

/** Reads the number under which Excel keeps a date. */
function excel(name: "excelDate" | "excelDateTime"): StepDefinition {
  const withTime = name === "excelDateTime";
  return {
    name,
    usage: `${name}(1900)`,
    takes: ["text", "decimal"],
    gives: withTime ? "datetime" : "date",
    compile: (args, context) => {
      args.demand(0, 1);
      const epoch = args.count === 0 ? 1900 : args.integer(0, 1900, 1904);
      if (epoch !== 1900 && epoch !== 1904) {
        throw args.errorAt(args.at(0), "Excel counts from 1900 or, in old workbooks of a Mac, from 1904.");
      }
      const read = excelReader(epoch, withTime);
      const what = withTime
        ? `which is no date of an Excel workbook.`
        : `which is no whole number of days of an Excel workbook.`;
      return {
        apply: (value, run) => {
          const found = read(value.trim());
          if (found === undefined) run.reasons.push(context.problem("DMFP-MAP-DATE", value, what));
          return found;
        },
      };
    },
  };
}

/** Writes a date as a text, for descriptions and ids; months as numbers only. */
const formatDate: StepDefinition = {
  name: "formatDate",
  usage: 'formatDate("pattern")',
  takes: ["date", "datetime"],
  gives: "text",
  compile: (args) => {
    args.demand(1, 1);
    const pattern = args.text(0);
    const unknown = pattern.replace(/yyyy|yy|MM|dd|HH|mm|ss|'[^']*'|T/g, "").match(/\p{L}/u);
    if (unknown !== null) {
      throw args.errorAt(
        args.at(0),
        `A date is not written with ${unknown[0]}: yyyy yy MM dd HH mm ss are there.`,
      );
    }
    return {
      apply: (value) => {
        const { second } = readCanonical(value);
        return pattern.replace(/yyyy|yy|MM|dd|HH|mm|ss|'[^']*'/g, (piece) => {
          switch (piece) {
            case "yyyy":
              return value.slice(0, 4);
            case "yy":
              return value.slice(2, 4);
            case "MM":
              return value.slice(5, 7);
            case "dd":
              return value.slice(8, 10);
            case "HH":
              return padded(Math.floor(second / 3600), 2);
            case "mm":
              return padded(Math.floor(second / 60) % 60, 2);
            case "ss":
              return padded(second % 60, 2);
            default:
              return piece.slice(1, -1);
          }
        });
      },
    };
  },
};

/** Steps that read dates and times, and write them. */
export const dateSteps: readonly StepDefinition[] = [
  date,
  excel("excelDate"),
  excel("excelDateTime"),
  formatDate,
];
