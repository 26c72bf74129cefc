import { readFileSync } from "node:fs";
import path from "node:path";
import type { RunSummary } from "../summary.ts";
import { cspHash, html, Html } from "./html.ts";
import { formatCount, formatElapsed, formatTime } from "./number-words.ts";
import { verdictOf } from "./verdict.ts";

/** The head of the page and its answer to the first question: did it work? */
export function pageStart(title: string, summary: RunSummary): Html {
  const style = asset("page.css");
  const policy = [
    "default-src 'none'",
    `style-src ${cspHash(style)}`,
    `script-src ${cspHash(asset("page.client.js"))}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  const verdict = verdictOf(summary);
  return new Html(
    [
      "<!doctype html>",
      '<html lang="en">',
      "<head>",
      '<meta charset="utf-8" />',
      html`<meta http-equiv="Content-Security-Policy" content="${policy}" />`.text,
      '<meta name="viewport" content="width=device-width, initial-scale=1" />',
      '<meta name="color-scheme" content="light dark" />',
      html`<title>${title}: ${verdict.headline}</title>`.text,
      // The hash in the policy is of exactly these bytes: nothing may come between them and their tags.
      `<style>${style}</style>`,
      "</head>",
      "<body>",
      pageHeader(title, summary).text,
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
    fact("Command", summary.command),
    fact("Started", formatTime(summary.startedAt)),
    ...(elapsed === "" ? [] : [fact("Took", elapsed)]),
    fact("Run", summary.run),
  ];
  return html`<header>
    <p class="eyebrow">${title}</p>
    <div class="verdict ${verdict.tone}">
      <h1>${verdict.headline}</h1>
      <p class="sentence">${verdict.sentence}</p>
      ${verdict.next === "" ? [] : html`<p class="next">${verdict.next}</p>`}
    </div>
    <dl class="facts">${facts}</dl>
  </header> `;
}

function fact(name: string, value: string): Html {
  return html`<div>
    <dt>${name}</dt>
    <dd>${value}</dd>
  </div> `;
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

/** The last bytes of the page; `withRows`: with the script that lists the rows. */
export function pageEnd(withRows: boolean): Html {
  const script = withRows ? `<script>${asset("page.client.js")}</script>\n` : "";
  return new Html(`${script}</body>\n</html>\n`);
}

function asset(name: string): string {
  return readFileSync(path.join(import.meta.dirname, name), "utf8");
}
