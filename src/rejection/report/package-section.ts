import { scrub } from "../../errors/redaction.ts";
import type { PackageSummary } from "../summary.ts";
import type { UnattributedMessage } from "../rejection.ts";
import { html, type Html } from "./html.ts";
import { formatCount, formatNoun, formatSize } from "./number-words.ts";

/** The packages of the run, with the execution id under which F&O's Job history shows each. */
export function packageSection(packages: readonly PackageSummary[]): Html {
  if (packages.length === 0) return html``;
  const rows = packages.map(
    (item) =>
      html`<tr>
        <th scope="row">${item.entity}</th>
        <td data-label="Company">${item.legalEntity}</td>
        <td data-label="Records" class="num">${formatCount(item.records)}</td>
        <td data-label="Size" class="num">${formatSize(item.sizeBytes)}</td>
        <td data-label="Status">
          ${item.status}${item.environmentStatus === undefined ? "" : ` (F&O: ${item.environmentStatus})`}
          ${item.message === undefined ? [] : html`<p class="wrong-text">${scrub(item.message)}</p>`}
        </td>
        <td data-label="Execution id and file">
          <div>
            <code>${item.executionId}</code>
            <p class="quiet"><code>${item.file}</code></p>
          </div>
        </td>
      </tr> `,
  );
  return html`<section aria-labelledby="packages-title">
    <h2 id="packages-title">Packages</h2>
    <p class="quiet">
      For whoever looks into F&amp;O: the execution id is the job id in Data management, Job history.
    </p>
    <div class="card scroll" role="region" aria-label="Table of packages" tabindex="0">
      <table class="packages stack">
        <thead>
          <tr>
            <th scope="col">Entity</th>
            <th scope="col">Company</th>
            <th scope="col" class="num">Records</th>
            <th scope="col" class="num">Size</th>
            <th scope="col">Status</th>
            <th scope="col">Execution id and file</th>
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>
    </div>
  </section> `;
}

/**
 * What F&O said that fits no record. `first` are the first ones, `total` is how many there are; nothing is
 * shown when there are none. `file`: where all of them are, relative to the page.
 */
export function unattributedSection(
  { first, total }: { readonly first: readonly UnattributedMessage[]; readonly total: number },
  file: string | undefined,
): Html {
  if (total === 0) return html``;
  const more = total - first.length;
  const all = file === undefined ? html`` : html` All are in <a href="${file}">${file}</a>.`;
  const rows = first.map(
    (message) =>
      html`<tr>
        <th scope="row">${message.entity}</th>
        <td data-label="Company">${message.legalEntity}</td>
        <td data-label="What F&amp;O said">${message.message}</td>
        <td data-label="Record id">${message.recordId}</td>
        <td data-label="Found in">${message.channel}</td>
        <td data-label="Execution id"><code>${message.executionId}</code></td>
      </tr> `,
  );
  return html`<section aria-labelledby="unattributed-title">
    <h2 id="unattributed-title">Messages that fit no record</h2>
    <p class="quiet">
      F&amp;O sent ${formatNoun(total, "message")} for which no source row could be found. Look the execution
      id up in Data management, Job
      history.${more > 0 ? ` The first ${formatCount(first.length)} are shown, ${formatCount(more)} more are not.` : ""}${all}
    </p>
    <div class="card scroll" role="region" aria-label="Table of messages" tabindex="0">
      <table class="unattributed stack">
        <thead>
          <tr>
            <th scope="col">Entity</th>
            <th scope="col">Company</th>
            <th scope="col">What F&amp;O said</th>
            <th scope="col">Record id</th>
            <th scope="col">Found in</th>
            <th scope="col">Execution id</th>
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>
    </div>
  </section> `;
}
