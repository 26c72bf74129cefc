import { readFileSync } from "node:fs";
import path from "node:path";
import { documentHead } from "../report/document-head.ts";
import { html, type Html } from "../report/html.ts";
import { formatCount, formatNoun, formatShare, formatTime } from "../report/number-words.ts";
import { baseStyle } from "../report/page-assets.ts";
import { burnDown, sparkline } from "./burn-down.ts";
import type { OpenClass, Readiness, ReadinessEntity, ReadinessRun } from "./readiness.ts";
import { dayWords } from "./trend-section.ts";

/**
 * The page for the cutover meeting: go or no go, each criterion with its numbers, the burn-down over the runs, and what is
 * open of whom. One file, nothing loaded from elsewhere, no script; opens from an e-mail and prints.
 */
export function readinessPage(readiness: Readiness): string {
  const style = `${baseStyle()}\n${readFileSync(path.join(import.meta.dirname, "readiness.css"), "utf8")}`;
  const { project, environment, go, at, runs } = readiness;
  return [
    documentHead({ title: `Cutover of ${project}: ${go ? "go" : "no go"}`, style }),
    header(readiness).text,
    "<main>",
    criteriaSection(readiness).text,
    trendSection(readiness).text,
    entitySection(readiness).text,
    classSection(readiness).text,
    runSection(runs).text,
    "</main>",
    html`<footer>
      <p>Written by dmfpipe on ${formatTime(at)} from what it remembers of ${project} in ${environment}.</p>
    </footer>`.text,
    "</body>",
    "</html>",
    "",
  ].join("\n");
}

const kindWords = { load: "loads", check: "dry runs (check)", staging: "loads into staging" } as const;

function header(readiness: Readiness): Html {
  const { project, environment, go, criteria, open, runs, of, by, configured, entities } = readiness;
  const missed = criteria.filter(({ verdict }) => verdict === "not met").length;
  const last = runs.at(-1);
  const [oldest] = entities.flatMap(({ since }) => since ?? []).sort();
  const sentence = go
    ? `All ${formatCount(criteria.length)} criteria are met.`
    : `${formatCount(missed)} of ${formatCount(criteria.length)} criteria ${missed === 1 ? "is" : "are"} not met.`;
  const fact = (name: string, value: string): Html =>
    html`<div>
      <dt>${name}</dt>
      <dd>${value}</dd>
    </div> `;
  return html`<header>
    <p class="eyebrow">Cutover of ${project} into ${environment}</p>
    <div class="verdict ${go ? "good" : "bad"}">
      <h1>${go ? "Go" : "No go"}</h1>
      <p class="sentence">
        ${sentence}
        ${open === 0 ? "No rejection is open." : `${formatNoun(open, "record")} with open rejections.`}
      </p>
    </div>
    <dl class="facts">
      ${[
        fact("Judged by", `${kindWords[of]}, ${formatCount(runs.length)} so far`),
        ...(last === undefined ? [] : [fact("Last run", `${last.run}, ${formatTime(last.finishedAt)}`)]),
        ...(oldest === undefined ? [] : [fact("Oldest open", dayWords(oldest))]),
        ...(by === undefined ? [] : [fact("Cutover", dayWords(by))]),
      ]}
    </dl>
    ${
      configured
        ? []
        : html`<p class="notice">
            project.yaml has no cutover: this is judged as if nothing at all may be open.
          </p>`
    }
  </header> `;
}

function criteriaSection({ criteria }: Readiness): Html {
  const rows = criteria.map(
    ({ wanted, found, verdict }) =>
      html`<tr>
        <th scope="row">${wanted}</th>
        <td data-label="Is">${found}</td>
        <td data-label="Verdict" class="${verdict === "met" ? "yes" : "wrong-text"}">
          ${verdict === "met" ? "✓ met" : "✗ not met"}
        </td>
      </tr> `,
  );
  return tableSection({
    id: "criteria",
    title: "Criteria",
    heads: [["What has to hold"], ["How it is"], ["Verdict"]],
    rows,
  });
}

function trendSection({ runs, outlook }: Readiness): Html {
  return html`<section aria-labelledby="burn-down-title">
    <h2 id="burn-down-title">Burn-down</h2>
    <p>${outlook}</p>
    ${burnDown(runs)}
  </section> `;
}

function entitySection({ entities, otherEntities, runs }: Readiness): Html {
  const last = (entity: string): ReadinessRun["entities"][number] | undefined =>
    runs
      .findLast(({ resubmissionOf, entities: there }) =>
        resubmissionOf === undefined ? there.some((row) => row.entity === entity) : false,
      )
      ?.entities.find((row) => row.entity === entity);
  const rows = entities.map(({ entity, open, read, since }: ReadinessEntity) => {
    const counts = last(entity);
    const number = (label: string, count: number | undefined, kind = ""): Html =>
      html`<td data-label="${label}" class="num ${kind}${(count ?? 0) === 0 ? " zero" : ""}">
        ${count === undefined ? "–" : formatCount(count)}
      </td> `;
    return html`<tr>
      <th scope="row">${entity}</th>
      ${number("Read", counts?.read)} ${number("Loaded", counts?.loaded)}
      ${number("Rejected", counts?.rejected)} ${number("Open now", open, "bad-count")}
      <td data-label="Share" class="num">${read === 0 ? "–" : formatShare(open, read)}</td>
      <td data-label="Oldest since" class="day">${since === undefined ? "" : dayWords(since)}</td>
      <td data-label="Open over the runs">
        ${sparkline(runs.map(({ openByEntity }) => openByEntity[entity] ?? 0))}
      </td>
    </tr> `;
  });
  const others =
    otherEntities.length === 0
      ? []
      : html`<p class="check-line">
          Not counted, because no mapping of the project loads them any more:
          ${otherEntities.map(({ entity, open }) => `${entity} ${formatCount(open)}`).join(", ")}.
        </p>`;
  return html`${tableSection({
    id: "entities",
    title: "Entities",
    lead: "Read, loaded and rejected are of the last run that read the entity whole; open now is after all runs.",
    heads: [
      ["Entity"],
      ["Read", "num"],
      ["Loaded", "num"],
      ["Rejected", "num"],
      ["Open now", "num"],
      ["Share", "num"],
      ["Oldest since"],
      ["Open over the runs"],
    ],
    rows,
  })}
  ${others} `;
}

/** More entities of one kind are counted. */
const namedEntities = 5;

function classSection({ classes, open }: Readiness): Html {
  if (classes.length === 0) return html``;
  const groups = [...Map.groupBy(classes, ({ code, owner }) => JSON.stringify([code, owner])).values()];
  const rows = groups
    .flatMap((own) => classRow(own))
    .sort((a, b) => b.records - a.records)
    .map(({ row }) => row);
  return html`${tableSection({
      id: "open",
      title: "What is open",
      lead: "A record with several reasons is counted at one of them, so that records add up; as a reason it counts at each.",
      heads: [
        ["Kind of reason"],
        ["Owner"],
        ["Entities"],
        ["Records", "num"],
        ["Reasons", "num"],
        ["Oldest since"],
      ],
      rows,
    })}
    <p class="check-line">Together ${formatNoun(open, "record")}.</p>
    ${ownerTable(classes)} `;
}

/** One row for a kind of reason of one owner, over all entities. */
function classRow(own: readonly OpenClass[]): { readonly records: number; readonly row: Html }[] {
  const [first] = own;
  if (first === undefined) return [];
  const records = own.reduce((sum, item) => sum + item.records, 0);
  const reasons = own.reduce((sum, item) => sum + item.reasons, 0);
  const named = own
    .toSorted((a, b) => b.reasons - a.reasons)
    .slice(0, namedEntities)
    .map((item) => `${item.entity}: ${formatCount(item.reasons)}`);
  if (own.length > namedEntities) named.push(`${formatCount(own.length - namedEntities)} more`);
  const row = html`<tr>
    <th scope="row">${first.title} <span class="quiet code">${first.code}</span></th>
    <td data-label="Owner">${first.owner}</td>
    <td data-label="Entities">${named.join(", ")}</td>
    <td data-label="Records" class="num">${formatCount(records)}</td>
    <td data-label="Reasons" class="num">${formatCount(reasons)}</td>
    <td data-label="Oldest since" class="day">${dayWords(own.map(({ since }) => since).sort()[0] ?? "")}</td>
  </tr> `;
  return [{ records, row }];
}

function ownerTable(classes: readonly OpenClass[]): Html {
  const owners = [...Map.groupBy(classes, ({ owner }) => owner)].map(([owner, own]) => ({
    owner,
    records: own.reduce((sum, row) => sum + row.records, 0),
    reasons: own.reduce((sum, row) => sum + row.reasons, 0),
    since: own.map(({ since }) => since).sort()[0] ?? "",
  }));
  if (owners.length < 2) return html``;
  const rows = owners
    .sort((a, b) => b.records - a.records)
    .map(
      ({ owner, records, reasons, since }) =>
        html`<tr>
          <th scope="row">${owner}</th>
          <td data-label="Records" class="num">${formatCount(records)}</td>
          <td data-label="Reasons" class="num">${formatCount(reasons)}</td>
          <td data-label="Oldest since" class="day">${dayWords(since)}</td>
        </tr> `,
    );
  return tableSection({
    id: "owners",
    title: "Whose it is",
    heads: [["Owner"], ["Records", "num"], ["Reasons", "num"], ["Oldest since"]],
    rows,
  });
}

function runSection(runs: readonly ReadinessRun[]): Html {
  const sum = (run: ReadinessRun, pick: (row: ReadinessRun["entities"][number]) => number): number =>
    run.entities.reduce((all, row) => all + pick(row), 0);
  const rows = runs.toReversed().map((run) => {
    const cell = (label: string, count: number): Html =>
      html`<td data-label="${label}" class="num${count === 0 ? " zero" : ""}">${formatCount(count)}</td> `;
    return html`<tr>
      <th scope="row">
        <code>${run.run}</code>
        ${run.resubmissionOf === undefined ? [] : html`<p class="quiet">again: rejected by ${run.resubmissionOf}</p>`}
      </th>
      <td data-label="Ended">${formatTime(run.finishedAt)}</td>
      <td data-label="Status">${run.status}</td>
      ${[
        cell(
          "Read",
          sum(run, ({ read }) => read),
        ),
        cell(
          "Loaded",
          sum(run, ({ loaded }) => loaded),
        ),
        cell(
          "Rejected",
          sum(run, ({ rejected }) => rejected),
        ),
        cell("New", run.new),
        cell("Back again", run.backAgain),
        cell("Settled", run.settled),
        cell("Open after it", run.open),
      ]}
    </tr> `;
  });
  return tableSection({
    id: "runs",
    title: "Runs",
    lead: "Settled: fixed, or no longer in the extract. Open after a run: also what it did not look at.",
    heads: [
      ["Run"],
      ["Ended"],
      ["Status"],
      ...["Read", "Loaded", "Rejected", "New", "Back again", "Settled", "Open after it"].map(
        (head) => [head, "num"] as const,
      ),
    ],
    rows,
  });
}

function tableSection(options: {
  readonly id: string;
  readonly title: string;
  readonly lead?: string;
  readonly heads: readonly (readonly [title: string, kind?: "num"])[];
  readonly rows: readonly Html[];
}): Html {
  const { id, title, lead, heads, rows } = options;
  return html`<section aria-labelledby="${id}-title">
    <h2 id="${id}-title">${title}</h2>
    ${lead === undefined ? [] : html`<p class="quiet lead">${lead}</p>`}
    <div class="card scroll" role="region" aria-label="Table: ${title}" tabindex="0">
      <table class="stack">
        <thead>
          <tr>
            ${heads.map(([head, kind = ""]) => html`<th scope="col" class="${kind}">${head}</th> `)}
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>
    </div>
  </section> `;
}
