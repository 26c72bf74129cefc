import { readFileSync } from "node:fs";
import path from "node:path";
import type { LoadOverview, OverviewCompany, OverviewStep } from "../load/load-overview.ts";
import { documentHead } from "../rejection/report/document-head.ts";
import { html, Html } from "../rejection/report/html.ts";
import { formatTime } from "../rejection/report/number-words.ts";
import { baseStyle } from "../rejection/report/page-assets.ts";
import { formatDuration } from "./duration-text.ts";
import { formatCount, formatSize } from "./number-text.ts";
import { planPicture } from "./plan-picture.ts";
import { limitText, placeText, planSentences } from "./plan-text.ts";

/**
 * The plan as a page of its own: one file, nothing loaded from elsewhere, opens from an e-mail.
 *
 * @param now milliseconds since 1970
 */
export function planPage(overview: LoadOverview, now: number): string {
  const style = `${baseStyle()}\n${asset("plan-page.css")}`;
  const script = asset("plan-page.client.js");
  const title = `Plan of ${overview.project}`;
  return [
    documentHead({ title, style, scripts: [script] }),
    header(overview, title).text,
    "<main>",
    html`<section aria-labelledby="order-title">
      <h2 id="order-title">What waits for what</h2>
      ${legend(overview)} ${planPicture(overview)}
    </section>`.text,
    stepSection(overview).text,
    destinationSection(overview).text,
    "</main>",
    html`<footer>
      <p>Written by dmfpipe on ${formatTime(new Date(now).toISOString())}. Nothing was sent.</p>
    </footer>`.text,
    `<script>${script}</script>`,
    "</body>",
    "</html>",
    "",
  ].join("\n");
}

function header(overview: LoadOverview, title: string): Html {
  const { environment, steps, packages, duration, reading } = overview;
  const known = reading.kind === "current";
  const records = steps.reduce((sum, step) => sum + (step.pass === 1 ? (step.records ?? 0) : 0), 0);
  const facts = [
    fact("Project", overview.project),
    fact("Environment", environment.name),
    fact("Entities", formatCount(new Set(steps.map(({ entity }) => entity)).size)),
    ...(known ? [fact("Records", formatCount(records)), fact("Packages", formatCount(packages.length))] : []),
    ...(duration.expectedMs === undefined ? [] : [fact("Takes about", formatDuration(duration.expectedMs))]),
  ];
  const sentences = planSentences(overview).map((text) => html`<p>${text}</p>`);
  const warnings = overview.warnings.map((text) => html`<p class="notice">${text}.</p>`);
  return html`<header>
    <p class="eyebrow">${title}</p>
    <div class="verdict plain">
      <h1>What a load into ${environment.name} would do</h1>
      <div class="sentences">${sentences}</div>
    </div>
    <dl class="facts">${facts}</dl>
    ${warnings}
  </header> `;
}

function fact(name: string, value: string): Html {
  return html`<div>
    <dt>${name}</dt>
    <dd>${value}</dd>
  </div> `;
}

function legend({ criticalPath, steps }: LoadOverview): Html {
  const entries = [
    ...(criticalPath.steps.length > 1
      ? [html`<li><i class="sample critical"></i>longest chain: the end of the load depends on it</li>`]
      : []),
    ...(steps.some(({ pass }) => pass === 2)
      ? [html`<li><i class="sample second"></i>second pass: fills fields that were held back</li>`]
      : []),
  ];
  return html`<p class="quiet">
      From left to right. Arrows lead to what waits; those that follow from others are left out. A box leads
      to its row below.
    </p>
    <ul class="legend quiet">
      ${entries}
    </ul>`;
}

function stepSection(overview: LoadOverview): Html {
  const rows = overview.steps.flatMap((step, index) => stepRows(step, index + 1));
  return html`<section aria-labelledby="steps-title">
    <h2 id="steps-title">Step by step</h2>
    <div class="card scroll" role="region" aria-label="Table of steps" tabindex="0">
      <table class="stack steps">
        <thead>
          <tr>
            <th scope="col">Entity</th>
            <th scope="col">Unit.level.sequence</th>
            <th scope="col">Company</th>
            <th scope="col" class="num">Packages</th>
            <th scope="col" class="num">Records</th>
            <th scope="col" class="num">Size</th>
            <th scope="col" class="num">Takes about</th>
            <th scope="col">Source</th>
            <th scope="col">Waits for</th>
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>
    </div>
  </section> `;
}

function stepRows(step: OverviewStep, number: number): readonly Html[] {
  const companies: readonly (OverviewCompany | undefined)[] =
    step.companies.length === 0 ? [undefined] : step.companies;
  return companies.map((company, index) => {
    const cell = (label: string, value: string): Html =>
      html`<td data-label="${label}" class="num">${value}</td>`;
    const first = index === 0;
    const id = first ? new Html(` id="step-${number}"`) : new Html("");
    const sources = step.sources.map(
      ({ name, sizeBytes }) =>
        html`<p><code>${name}</code> <span class="quiet">${formatSize(sizeBytes)}</span></p>`,
    );
    return html`<tr${id}>
      <th scope="row">
        ${step.name}${step.composite === undefined ? [] : html`<p class="quiet">in ${step.composite}</p>`}
      </th>
      <td data-label="Unit.level.sequence">${placeText(step)}</td>
      <td data-label="Company">${company === undefined ? "" : company.legalEntity || "none"}</td>
      ${cell("Packages", company === undefined ? "" : formatCount(company.packages))}
      ${cell("Records", company === undefined ? "" : formatCount(company.records))}
      ${cell("Size", company?.sizeBytes === undefined ? "" : formatSize(company.sizeBytes))}
      ${cell("Takes about", company?.expectedMs === undefined ? "" : formatDuration(company.expectedMs))}
      <td data-label="Source" class="source">${first ? sources : []}</td>
      <td data-label="Waits for">${first ? step.waitsFor.join(", ") : ""}</td>
    </tr> `;
  });
}

function destinationSection({ steps }: LoadOverview): Html {
  const seen = new Set<string>();
  const rows = steps.flatMap((step) =>
    step.companies.flatMap(({ legalEntity, dataProject }) => {
      if (seen.has(dataProject)) return [];
      seen.add(dataProject);
      return html`<tr>
        <th scope="row"><code>${dataProject}</code></th>
        <td data-label="Company">${legalEntity}</td>
        <td data-label="Format">${step.format}</td>
        <td data-label="A package holds at most">${limitText(step)}</td>
      </tr> `;
    }),
  );
  if (rows.length === 0) return html``;
  return html`<section aria-labelledby="projects-title">
    <h2 id="projects-title">Data projects</h2>
    <div class="card scroll" role="region" aria-label="Table of data projects" tabindex="0">
      <table class="stack">
        <thead>
          <tr>
            <th scope="col">Data project</th>
            <th scope="col">Company</th>
            <th scope="col">Format</th>
            <th scope="col">A package holds at most</th>
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>
    </div>
  </section> `;
}

function asset(name: string): string {
  return readFileSync(path.join(import.meta.dirname, name), "utf8");
}
