import type { ReadinessRun } from "../../rejection/trend/readiness.ts";

/** Runs that have to have gone down before it is said how it may go on. */
const steadySteps = 3;

/**
 * Whether the number of open records goes down, in a whole sentence. How many runs it may still take is said only where it
 * went down in each of the last three: what is left last is often what is hardest, so it is a guess at best. Pure.
 */
export function trendOutlook(runs: readonly Pick<ReadinessRun, "open">[]): string {
  const opens = runs.map(({ open }) => open);
  const last = opens.at(-1);
  if (last === undefined) return "There is no run yet.";
  if (last === 0) return "Nothing is open.";
  const recent = opens.slice(-(steadySteps + 1));
  if (recent.length <= steadySteps) {
    return `It takes ${steadySteps + 1} runs to see where it goes; there ${runs.length === 1 ? "is 1" : `are ${runs.length}`}.`;
  }
  const path = recent.join(" → ");
  const first = recent[0] ?? last;
  const steady = recent.every((open, index) => index === 0 || open < (recent[index - 1] ?? 0));
  if (!steady) {
    const words = last < first ? "less than" : last === first ? "as many as" : "more than";
    return `Open records in the last ${recent.length} runs: ${path}, ${words} ${steadySteps} runs ago. They did not go down in each of them, so nothing is said about how it goes on.`;
  }
  const perRun = (first - last) / steadySteps;
  const more = Math.ceil(last / perRun);
  return `Open records in the last ${recent.length} runs: ${path}. At that pace, ${Math.round(perRun)} fewer a run, it takes ${more === 1 ? "1 more run" : `${more} more runs`}; what is left last is often what is hardest, so take it as a guess.`;
}
