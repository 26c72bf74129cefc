import type { Readiness } from "../rejection/trend/readiness.ts";
import { formatCount } from "./number-text.ts";
import { textTable } from "./text-table.ts";

const shownRuns = 8;
const shownClasses = 8;

/** A readiness for the terminal: the answer, the criteria, the last runs, what is open. */
export function readinessText(readiness: Readiness): string {
  return [
    headline(readiness),
    criteria(readiness),
    runs(readiness),
    ...classes(readiness),
    readiness.outlook,
  ].join("\n\n");
}

function headline({ go, criteria, project, environment, configured, of }: Readiness): string {
  const missed = criteria.filter(({ verdict }) => verdict === "not met").length;
  const answer = go
    ? `Go: all ${criteria.length} criteria are met.`
    : `No go: ${missed} of ${criteria.length} criteria ${missed === 1 ? "is" : "are"} not met.`;
  const source = { load: "loads", check: "dry runs (check)", staging: "loads into staging" }[of];
  const strict = configured
    ? ""
    : "\nproject.yaml has no cutover: judged as if nothing at all may be open. See docs/readiness.md.";
  return `${project} into ${environment}, judged by its ${source}. ${answer}${strict}`;
}

function criteria({ criteria: all }: Readiness): string {
  const columns = ["", "has to hold", "is"].map((title) => ({ title, align: "left" as const }));
  return textTable(
    columns,
    all.map(({ verdict, wanted, found }) => [verdict === "met" ? "met" : "NOT MET", wanted, found]),
  );
}

function runs({ runs: all }: Readiness): string {
  const columns = [
    { title: "run", align: "left" as const },
    { title: "ended (UTC)", align: "left" as const },
    ...["read", "rejected", "new", "back again", "settled", "open"].map((title) => ({
      title,
      align: "right" as const,
    })),
  ];
  const table = textTable(
    columns,
    all
      .slice(-shownRuns)
      .map((run) => [
        run.run,
        run.finishedAt.slice(0, 16).replace("T", " "),
        ...[
          run.entities.reduce((sum, { read }) => sum + read, 0),
          run.entities.reduce((sum, { rejected }) => sum + rejected, 0),
          run.new,
          run.backAgain,
          run.settled,
          run.open,
        ].map(formatCount),
      ]),
  );
  const earlier = all.length - shownRuns;
  return earlier > 0 ? `${table}\n${formatCount(earlier)} earlier: see the page.` : table;
}

function classes({ classes: all }: Readiness): readonly string[] {
  if (all.length === 0) return [];
  const columns = ["open", "entity", "kind of reason", "owner", "since"].map((title, index) => ({
    title,
    align: index === 0 ? ("right" as const) : ("left" as const),
  }));
  const table = textTable(
    columns,
    all
      .slice(0, shownClasses)
      .map((row) => [formatCount(row.records), row.entity, row.code, row.owner, row.since]),
  );
  const others = all.length - shownClasses;
  return [others > 0 ? `${table}\n${formatCount(others)} more kinds: see the page.` : table];
}
