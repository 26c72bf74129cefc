import type { SnapshotSummary } from "../summary.ts";
import { html, type Html } from "./html.ts";
import { formatCount, formatTime } from "./number-words.ts";

/**
 * What a dry run held references against, with its age: what was set up since then looks as if it were missing.
 * `without`: entities that are referred to and of which there is no snapshot.
 */
export function snapshotSection(snapshots: readonly SnapshotSummary[], without: readonly string[]): Html {
  if (snapshots.length === 0) return html``;
  const unknown =
    without.length === 0
      ? html``
      : html`<p class="quiet">Not known, because nothing was fetched: ${without.join(", ")}.</p> `;
  const rows = snapshots.map(
    ({ entity, records, takenAt, age, stale }) =>
      html`<tr>
        <th scope="row">${entity}</th>
        <td data-label="Keys" class="num">${formatCount(records)}</td>
        <td data-label="Taken">${formatTime(takenAt)}</td>
        <td data-label="Age">
          ${stale ? html`<strong class="no">${age}: fetch it again</strong>` : html`${age}`}
        </td>
      </tr> `,
  );
  return html`<section aria-labelledby="snapshots-title">
    <h2 id="snapshots-title">What is known of the environment</h2>
    <p class="quiet">
      References were held against these snapshots, which “dmfpipe snapshot” fetches. Something that was set
      up in the environment since then looks as if it were missing.
    </p>
    ${unknown}
    <div class="card scroll" role="region" aria-label="Table of snapshots" tabindex="0">
      <table class="stack">
        <thead>
          <tr>
            <th scope="col">Entity</th>
            <th scope="col" class="num">Keys</th>
            <th scope="col">Taken</th>
            <th scope="col">Age</th>
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>
    </div>
  </section> `;
}
