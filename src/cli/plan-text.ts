import type { LoadOverview, OverviewStep } from "../load/load-overview.ts";
import { formatAbout, formatDuration } from "./duration-text.ts";
import { formatCount, formatSize } from "./number-text.ts";
import { textTable, type TextColumn } from "./text-table.ts";

const left = (title: string): TextColumn => ({ title, align: "left" });
const right = (title: string): TextColumn => ({ title, align: "right" });

/** What `plan` prints: order and amounts, what goes where, and how long it may take. */
export function planText(overview: LoadOverview): string {
  const blocks = [
    orderTable(overview),
    destinationTable(overview),
    planSentences(overview).join("\n"),
    overview.warnings.map((text) => `Warning: ${text}.`).join("\n"),
  ];
  return blocks.filter((block) => block !== "").join("\n\n");
}

/** `1.2.1`: execution unit, level, sequence. */
export function placeText({ executionUnit, level, sequence }: OverviewStep): string {
  return `${executionUnit}.${level}.${sequence}`;
}

function orderTable(overview: LoadOverview): string {
  const { steps, reading } = overview;
  if (reading.kind !== "current") {
    return textTable(
      [
        left("unit.level.sequence"),
        left("entity"),
        right("fields"),
        left("source"),
        right("size"),
        left("waits for"),
      ],
      steps.map((step) => [
        placeText(step),
        step.name,
        String(step.pass === 2 ? (step.heldBack?.length ?? 0) : step.fields),
        step.sources.map(({ name }) => name).join(", "),
        formatSize(step.sources.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)),
        step.waitsFor.join(", "),
      ]),
    );
  }
  const timed = steps.some(({ companies }) => companies.some(({ expectedMs }) => expectedMs !== undefined));
  const sized = steps.some(({ companies }) => companies.some(({ sizeBytes }) => sizeBytes !== undefined));
  const columns = [
    left("unit.level.sequence"),
    left("entity"),
    left("company"),
    right("packages"),
    right("records"),
    ...(sized ? [right("size")] : []),
    ...(timed ? [right("takes about")] : []),
    left("waits for"),
  ];
  const rows = steps.flatMap((step) => {
    const place = placeText(step);
    const waitsFor = step.waitsFor.join(", ");
    if (step.companies.length === 0) {
      const blanks = [...(sized ? [""] : []), ...(timed ? [""] : [])];
      return [[place, step.name, "", "0", "0", ...blanks, waitsFor]];
    }
    return step.companies.map((company, index) => [
      index === 0 ? place : "",
      index === 0 ? step.name : "",
      company.legalEntity === "" ? "none" : company.legalEntity,
      `${step.composite === undefined ? "" : "in "}${formatCount(company.packages)}`,
      formatCount(company.records),
      ...(sized ? [company.sizeBytes === undefined ? "" : formatSize(company.sizeBytes)] : []),
      ...(timed ? [company.expectedMs === undefined ? "not known" : formatDuration(company.expectedMs)] : []),
      index === 0 ? waitsFor : "",
    ]);
  });
  return textTable(columns, rows);
}

/** Which data projects the packages go to; nothing while companies are not known. */
function destinationTable({ steps }: LoadOverview): string {
  const seen = new Set<string>();
  const rows = steps.flatMap((step) =>
    step.companies.flatMap(({ legalEntity, dataProject }) => {
      if (seen.has(dataProject)) return [];
      seen.add(dataProject);
      return [[dataProject, legalEntity, step.format, limitText(step)]];
    }),
  );
  if (rows.length === 0) return "";
  return textTable(
    [left("data project"), left("company"), left("format"), left("a package holds at most")],
    rows,
  );
}

/** Where a package ends. */
export function limitText({ limits }: Pick<OverviewStep, "limits">): string {
  return `${formatCount(limits.records)} records, ${formatSize(limits.dataSizeBytes)} of data`;
}

/** Where to, how current the numbers are, the longest chain, and the time it takes, one sentence each. */
export function planSentences(overview: LoadOverview): readonly string[] {
  return [destination(overview), basis(overview), chain(overview), duration(overview)].filter(
    (sentence) => sentence !== "",
  );
}

function destination({ environment }: LoadOverview): string {
  const { name, kind, url, writes } = environment;
  const where = kind === "sandbox" ? "the sandbox that comes with dmfpipe" : (url ?? "");
  const companies =
    writes === undefined
      ? "Any company may be written to."
      : `Companies that may be written to: ${writes.join(", ")}.`;
  return `Environment ${name}: ${where}. ${companies}`;
}

function basis({ reading, packagesBuilt }: LoadOverview): string {
  switch (reading.kind) {
    case "never":
      return "Not read yet: how many records and packages there are is not known.";
    case "outdated": {
      const [first = "", ...more] = reading.changed;
      const what =
        first === ""
          ? "the project"
          : more.length === 0
            ? first
            : `${first} and ${formatCount(more.length)} more`;
      return `Not read since ${what} changed: how many records and packages there are is not known (${reading.command} ${reading.run} is older).`;
    }
    case "current": {
      const packages = packagesBuilt
        ? "Packages are those it built"
        : "The number of packages is worked out from that of records; dmfpipe build makes them";
      return `Records as run ${reading.run} (${reading.command}) counted them; nothing has changed since. ${packages}.`;
    }
  }
}

function chain({ criticalPath, steps }: LoadOverview): string {
  if (criticalPath.steps.length < 2 || steps.length < 2) return "";
  const words = {
    time: criticalPath.expectedMs === undefined ? "" : `, ${formatAbout(criticalPath.expectedMs)}`,
    records: ", by number of records",
    steps: ", by number of entities",
  };
  return `Longest chain (critical path): ${criticalPath.steps.join(" → ")}${words[criticalPath.by]}.`;
}

function duration({ duration: forecast, environment, packages }: LoadOverview): string {
  if (packages.length === 0) return "";
  const { expectedMs, loads, unknown } = forecast;
  if (expectedMs === undefined) {
    return `How long it takes is not known: no package like these was loaded into ${environment.name} before.`;
  }
  const basisText = `from ${loads === 1 ? "1 earlier load" : `${formatCount(loads)} earlier loads`} into ${environment.name}`;
  const rest =
    unknown === 0
      ? ""
      : ` That is without ${unknown === 1 ? "1 package" : `${formatCount(unknown)} packages`} nothing like which was loaded before.`;
  return `F&O takes ${formatAbout(expectedMs)}, one import after the other (${basisText}).${rest}`;
}
