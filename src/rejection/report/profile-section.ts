import type { ColumnProfile } from "../../source/column-profile.ts";
import type { SourceProfile } from "../../source/source-profile.ts";
import {
  columnRemarks,
  distinctInWords,
  kindInWords,
  lengthInWords,
  timesInWords,
} from "../profile-words.ts";
import { html, type Html } from "./html.ts";
import { formatCount, formatNoun, formatShare } from "./number-words.ts";

const shownValues = 4;
const shownShapes = 3;

/** What the sources hold, column by column, folded: one table a file, for whoever writes or mends the mapping. */
export function profileSection(profiles: readonly SourceProfile[]): Html {
  if (profiles.length === 0) return html``;
  return html`<section aria-labelledby="profile-title">
    <h2 id="profile-title">What the sources hold</h2>
    <p class="quiet">
      Every column as it stands in the file, before any mapping. In shapes, A and a stand for letters and 9
      for digits; 9{10} are ten digits.
    </p>
    ${profiles.map((profile, index) => sourceTable(profile, index))}
  </section> `;
}

function sourceTable(profile: SourceProfile, index: number): Html {
  const { file, entities, records, unreadable, sampled, columns } = profile;
  const facts = [
    formatNoun(records, "record"),
    formatNoun(columns.length, "column"),
    `for ${entities.join(", ")}`,
  ];
  if (sampled !== undefined) facts.splice(1, 0, `${formatCount(sampled)} of them looked at`);
  if (unreadable > 0) facts.splice(1, 0, `${formatCount(unreadable)} of them unreadable`);
  return html`<details class="card source-profile">
    <summary id="profile-${index}"><b>${file}</b> <span class="quiet">${facts.join(" · ")}</span></summary>
    <div class="scroll" role="region" aria-labelledby="profile-${index}" tabindex="0">
      <table class="profile-table stack">
        <thead>
          <tr>
            <th scope="col">Column</th>
            <th scope="col">Filled</th>
            <th scope="col">Holds</th>
            <th scope="col">Different values</th>
            <th scope="col">Least and greatest</th>
            <th scope="col">Characters</th>
            <th scope="col">Shapes</th>
            <th scope="col">Values</th>
          </tr>
        </thead>
        <tbody>
          ${columns.map(columnRow)}
        </tbody>
      </table>
    </div>
  </details> `;
}

function columnRow(column: ColumnProfile): Html {
  const { name, records, filled, least, greatest } = column;
  const remarks = columnRemarks(column).map((remark) => html`<p class="remark">${remark}</p> `);
  const range = [least, greatest].filter(
    (value, index, all) => value !== undefined && all.indexOf(value) === index,
  );
  return html`<tr>
    <th scope="row"><code>${name}</code></th>
    <td data-label="Filled">
      <div>
        ${formatShare(filled, records)}
        ${filled === 0 || filled === records ? [] : html`<span class="quiet">${formatCount(filled)}</span>`}
        ${filledBar(filled, records)}
      </div>
    </td>
    <td data-label="Holds"><div>${kindInWords(column)} ${remarks}</div></td>
    <td data-label="Different values">${filled === 0 ? "" : distinctInWords(column)}</td>
    <td data-label="Least and greatest">
      ${range.length === 0 ? [] : html`<div>${joined(range.map((value) => html`<code>${value ?? ""}</code> `))}</div>`}
    </td>
    <td data-label="Characters">${lengthInWords(column)}</td>
    <td data-label="Shapes">${shapeList(column)}</td>
    <td data-label="Values">${valueList(column)}</td>
  </tr> `;
}

function joined(parts: readonly Html[]): readonly Html[] {
  return parts.flatMap((part, index) =>
    index === 0 ? [part] : [html`<span class="quiet">to</span> `, part],
  );
}

function filledBar(filled: number, records: number): Html {
  const width = records === 0 ? 0 : Math.round((1000 * filled) / records);
  return html`<svg class="bar thin" viewBox="0 0 1000 4" preserveAspectRatio="none" aria-hidden="true">
    <rect class="filled-share" x="0" y="0" width="${filled > 0 ? Math.max(8, width) : 0}" height="4"></rect>
  </svg>`;
}

function shapeList(column: ColumnProfile): Html {
  const { patterns, patternsShortBy, filled } = column;
  // A shape that hardly any value has says nothing: the column holds free text.
  const telling = patterns.filter(({ count }) => 100 * count >= filled).slice(0, shownShapes);
  if (telling.length === 0) return html`${filled === 0 ? "" : "no shape stands out"}`;
  const rest = telling.reduce((left, { count }) => left - count, filled);
  const items = telling.map(
    ({ pattern, count }) =>
      html`<li>
        <code>${pattern}</code>
        <span class="quiet">${count === filled ? "all" : formatShare(count, filled)}</span>
      </li> `,
  );
  const others =
    rest > 0 || patternsShortBy > 0 ? html`<li class="quiet">others ${formatShare(rest, filled)}</li>` : [];
  return html`<ul>
    ${items}${others}
  </ul>`;
}

function valueList(column: ColumnProfile): Html {
  const { examples, examplesShortBy, distinct } = column;
  const items = examples
    .slice(0, shownValues)
    .map(
      ({ value, count }) =>
        html`<li>
          <code>${value}</code> <span class="quiet">${timesInWords(count, examplesShortBy)}</span>
        </li> `,
    );
  const more =
    distinct.count > items.length && items.length > 0 ? html`<li class="quiet">and others</li>` : [];
  return items.length === 0
    ? html``
    : html`<ul>
        ${items}${more}
      </ul>`;
}
