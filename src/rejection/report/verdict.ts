import type { RunSummary } from "../summary.ts";
import { sendsNothing, totalFlow } from "./flow.ts";
import { formatCount, formatNoun } from "./number-words.ts";

export interface Verdict {
  /** `good`: nothing to do. `mixed`: some records need somebody. `bad`: the run itself needs somebody. */
  readonly tone: "good" | "mixed" | "bad";
  /** Two or three words. */
  readonly headline: string;
  /** Whether it worked, in one or two sentences with numbers. */
  readonly sentence: string;
  /** What to do next, for somebody who does not run the tool; empty when there is nothing to do. */
  readonly next: string;
}

const handBack =
  "The files under “Files to correct” hold just these rows. Correct them there, and dmfpipe resubmit loads them alone; or where they come from: the next load takes them, and updates what is in F&O already.";

/** Says whether the run worked, in words for people who know the business and not the tool. */
export function verdictOf(summary: RunSummary): Verdict {
  if (summary.part !== undefined) return partVerdict(summary, summary.part);
  const total = totalFlow(summary.entities);
  const rejected = summary.rejections.total;
  const dry = sendsNothing(summary);
  const meant = total.read - total.filtered;
  const staging = summary.stagingOnly === true;
  const done = staging ? total.staged : dry ? total.packaged : total.created + total.updated;
  const verb = staging ? "reached F&O’s staging tables" : dry ? "passed all checks" : "loaded";
  const leftOut =
    total.filtered === 0 ? "" : ` ${formatNoun(total.filtered, "record")} left out by the mappings’ filters.`;
  const outcome = `${formatCount(done)} of ${formatNoun(meant, "record")} ${verb}`;
  const counts = `${outcome}, ${formatCount(rejected)} rejected.${leftOut}`;
  const waiting =
    total.unprocessed === 0 || dry || staging
      ? ""
      : ` ${formatNoun(total.unprocessed, "record")} not processed.`;

  const objections = summary.objections ?? [];
  const why = objections
    .map(({ entity, message }) => ` ${entity === undefined ? "" : `${entity}: `}${message}`)
    .join("");
  if (objections.some(({ code }) => code === "DMFP-SOURCE-DECLARED")) {
    return {
      tone: "bad",
      headline: "Not what the sender declared",
      sentence: `${counts} Nothing was sent.${why}`,
      next: "Ask the sender which is right, the extract or the declared numbers.",
    };
  }

  if (staging && (summary.status === "succeeded" || summary.status === "finished with rejections")) {
    return {
      tone: rejected === 0 ? "good" : "mixed",
      headline: "Dry run into staging",
      sentence: `${counts} Nothing was created or updated in F&O.`,
      next: rejected === 0 ? "" : "Correct the records below in the source, then try again.",
    };
  }

  switch (summary.status) {
    case "succeeded":
      return {
        tone: "good",
        headline: dry ? "Everything passed" : "Everything was loaded",
        sentence: `All ${formatNoun(meant, "record")} ${dry ? "passed all checks; nothing was sent." : "loaded, none rejected."}${leftOut}`,
        next: "",
      };
    case "finished with rejections":
      return {
        tone: "mixed",
        headline: dry
          ? "Some records did not pass"
          : done === 0
            ? "Nothing was loaded"
            : "Loaded, with rejections",
        sentence: `${counts}${waiting}${dry ? " Nothing was sent." : ""}${why === "" ? "" : ` A load would be stopped:${why}`}`,
        next:
          rejected === 0 ? "" : dry ? "Correct the records below in the source, then check again." : handBack,
      };
    case "unbalanced":
      return {
        tone: "bad",
        headline: "The numbers do not add up",
        sentence: `${counts}${waiting} Some records cannot be accounted for; the rows in red below say which.`,
        next: "Do not rely on this load until somebody has found out where those records went.",
      };
    case "failed":
      return {
        tone: "bad",
        headline: dry ? "The check failed" : "The load failed",
        sentence: `${counts}${waiting} The run could not be brought to its end.`,
        next: "The packages below say what failed. Whoever runs the load has to look at it first.",
      };
    case "in doubt":
      return {
        tone: "bad",
        headline: "It is not certain what was loaded",
        sentence: `${counts}${waiting} For at least one package it is not known whether F&O accepted it.`,
        next: "Do not load the same records again by hand. Resuming the run asks F&O first.",
      };
    case "interrupted":
      return {
        tone: "mixed",
        headline: "Interrupted",
        sentence: `Up to then: ${counts}${waiting}`,
        next: "The run can be resumed where it stopped. These numbers are not final.",
      };
    case "abandoned":
      return {
        tone: "mixed",
        headline: "Given up",
        sentence: `Up to then: ${counts}${waiting} Nobody will go on with this run.`,
        next: "A new load begins anew, and updates what is in F&O already.",
      };
    case "stopped by the error budget":
      return {
        tone: "bad",
        headline: "Stopped: too many rejections",
        sentence: `${counts}${waiting} More records were rejected than the project allows.${why}`,
        next: "Correct the biggest reasons below, then load again.",
      };
    case "nothing to do":
      return {
        tone: "good",
        headline: "Nothing to do",
        sentence: `${formatNoun(total.read, "record")} read, none to send.${leftOut}`,
        next: "",
      };
  }
}

/** Of a part of the rejections it is not said whether the run worked, only what is in this part. */
function partVerdict(
  { rejections, run }: RunSummary,
  part: { readonly name: string; readonly of: number },
): Verdict {
  const { total } = rejections;
  return {
    tone: total === 0 ? "good" : "mixed",
    headline: `${part.name}: ${formatNoun(total, "rejected record")}`,
    sentence: `${formatCount(total)} of ${formatNoun(part.of, "rejected record")} of run ${run}; the others are not in this report.`,
    next: total === 0 ? "" : handBack,
  };
}
