import type { ErrorFileSummary, PackageSummary, RunSummary } from "../summary.ts";
import { html, type Html } from "./html.ts";
import { formatNoun } from "./number-words.ts";

/** Of a load of very many packages the others are in the folder all the same. */
const greatestPackages = 200;

/** The channels in the order in which a record meets them. */
const channels = [
  ["staging error file", "Did not get into staging"],
  ["target error keys", "Did not get from staging into F&O"],
  ["execution errors", "Messages"],
] as const;

/** Files of messages beside the report, by their path relative to it; absent where there is none. */
export interface MessageFiles {
  readonly unattributed?: string;
  readonly noise?: string;
}

/**
 * Where F&O's own words are, for who wants to see what the report is made from: its answers as they came, and how each
 * was read. Empty where F&O was not asked why.
 */
export function answerSection(summary: RunSummary, files: MessageFiles): Html {
  const answered = summary.packages.filter(({ errorFiles = [] }) => errorFiles.length > 0);
  const lists = messageFiles(summary, files);
  if (answered.length === 0 && lists.length === 0) return html``;
  return html`<section aria-labelledby="answers-title">
    <h2 id="answers-title">What F&amp;O answered</h2>
    <p class="quiet">
      What is said above of refused records is made from these files, which are kept as they came. Each is
      called by how it was read.
    </p>
    ${
      lists.length === 0
        ? []
        : html`<ul class="card files">
            ${lists}
          </ul> `
    }
    ${answered.length === 0 ? [] : answerTable(answered)}
  </section> `;
}

function messageFiles({ rejections }: RunSummary, { unattributed, noise }: MessageFiles): readonly Html[] {
  const item = (href: string, words: string): Html =>
    html`<li><a href="${href}">${href}</a> <span class="quiet">${words}</span></li> `;
  return [
    ...(unattributed === undefined
      ? []
      : [item(unattributed, `${formatNoun(rejections.unattributed, "message")} that fit no record`)]),
    ...(noise === undefined
      ? []
      : [item(noise, `${formatNoun(rejections.noise ?? 0, "message")} declared to be harmless`)]),
  ];
}

function answerTable(packages: readonly PackageSummary[]): Html {
  const shown = packages.slice(0, greatestPackages);
  const more = packages.length - shown.length;
  const rows = shown.map(
    ({ key, errorFiles = [] }) =>
      html`<tr>
        <th scope="row">${key}</th>
        ${channels.map(
          ([channel, label]) =>
            html`<td data-label="${label}">
              <div>${fileLinks(errorFiles.filter((file) => file.channel === channel))}</div>
            </td> `,
        )}
      </tr> `,
  );
  return html`<div class="card scroll" role="region" aria-label="Table of F&amp;O's answers" tabindex="0">
      <table class="answers stack">
        <thead>
          <tr>
            <th scope="col">Package</th>
            ${channels.map(([, label]) => html`<th scope="col">${label}</th> `)}
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>
    </div>
    ${
      more === 0
        ? []
        : html`<p class="quiet">
            And those of ${formatNoun(more, "more package")}, in rejections/from-environment.
          </p> `
    }`;
}

/** Of a package with several entities, each has files of its own. */
function fileLinks(files: readonly ErrorFileSummary[]): readonly Html[] {
  const several = new Set(files.map(({ entity }) => entity)).size > 1;
  if (files.length === 0) return [html`<span class="quiet">–</span>`];
  return files.map(
    ({ entity, file, layout }) =>
      html`<p><a href="${file}">${several && entity !== undefined ? `${entity}: ` : ""}${layout}</a></p> `,
  );
}
