import type { RunSummary } from "../summary.ts";
import { documentHead } from "./document-head.ts";
import { html, Html } from "./html.ts";
import { formatCount, formatElapsed, formatTime } from "./number-words.ts";
import { pageScript, pageStyle, themeScript } from "./page-assets.ts";
import { verdictOf } from "./verdict.ts";

/** One part of the page. The address of a section is the id of its heading. */
export interface PageSection {
  /** Id of the heading, which the list of contents leads to. */
  readonly id: string;
  /** Its name in the list of contents. */
  readonly title: string;
  /** Empty: the section is left out, and not in the list. */
  readonly body: Html;
}

/** The head of the page, its answer to the first question (did it work?), and its list of contents. */
export function pageStart(title: string, summary: RunSummary, sections: readonly PageSection[]): Html {
  const theme = themeScript();
  const verdict = verdictOf(summary);
  return new Html(
    [
      documentHead({
        title: `${title}: ${verdict.headline}`,
        style: pageStyle(),
        scripts: [theme, pageScript()],
        first: theme,
      }),
      pageHeader(title, summary).text,
      contents(sections).text,
      "<main>",
    ].join("\n"),
  );
}

function pageHeader(title: string, summary: RunSummary): Html {
  const verdict = verdictOf(summary);
  const elapsed = formatElapsed(summary.startedAt, summary.finishedAt);
  const facts = [
    fact("Project", summary.project),
    fact("Environment", summary.environment),
    fact("Command", summary.stagingOnly === true ? `${summary.command} --dry-run` : summary.command),
    ...(summary.resubmissionOf === undefined ? [] : [fact("Resubmission of", summary.resubmissionOf)]),
    fact("Started", formatTime(summary.startedAt)),
    ...(elapsed === "" ? [] : [fact("Took", elapsed)]),
    fact("Run", summary.run),
  ];
  return html`<header>
    <div class="topline">
      <p class="eyebrow">${title}</p>
      ${themeSwitch()}
    </div>
    <div class="verdict ${verdict.tone}">
      <h1>${verdict.headline}</h1>
      <p class="sentence">${verdict.sentence}</p>
      ${verdict.next === "" ? [] : html`<p class="next">${verdict.next}</p>`}
    </div>
    <dl class="facts">${facts}</dl>
  </header> `;
}

// Without JavaScript the page follows the system, and there is nothing to switch.
function themeSwitch(): Html {
  const choice = (theme: string, label: string): Html =>
    html`<button type="button" data-theme-choice="${theme}" aria-pressed="false">${label}</button> `;
  return html`<div class="theme" id="theme-switch" role="group" aria-label="Colours" hidden>
    ${choice("system", "As system")} ${choice("light", "Light")} ${choice("dark", "Dark")}
  </div>`;
}

function fact(name: string, value: string): Html {
  return html`<div>
    <dt>${name}</dt>
    <dd>${value}</dd>
  </div> `;
}

function contents(sections: readonly PageSection[]): Html {
  const there = sections.filter(({ body }) => body.text !== "");
  if (there.length < 2) return html``;
  return html`<nav class="contents" aria-label="On this page">
    <ul>
      ${there.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li> `)}
    </ul>
  </nav> `;
}

/** Said above all numbers when the rejections at hand are not all of them. */
export function partialNotice(read: number, expected: number): Html {
  return html`<p class="notice bad">
    This report is partial: it was made from ${formatCount(read)} rejections, but the run counted
    ${formatCount(expected)}.
  </p> `;
}

/** The end of the readable part; the data of the rows follows it. */
export function pageFoot(summary: RunSummary): Html {
  return new Html(
    [
      "</main>",
      html`<footer>
        <p>
          Written by dmfpipe for run ${summary.run}, finished ${formatTime(summary.finishedAt)}. Exit code
          ${summary.exitCode}.
        </p>
      </footer>`.text,
      "",
    ].join("\n"),
  );
}

/** The last bytes of the page. */
export function pageEnd(): Html {
  return new Html(`<script>${pageScript()}</script>\n</body>\n</html>\n`);
}
