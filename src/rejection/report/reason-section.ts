import { reasonRegistry } from "../../errors/registry.ts";
import type { RunSummary } from "../summary.ts";
import { html, type Html } from "./html.ts";
import { formatCount, formatNoun } from "./number-words.ts";
import { shapeWithField, type ReasonClass, type ReasonGroup } from "./reason-groups.ts";
import { recordCount, shareBar } from "./record-share.ts";
import { stageLabels } from "./stage-words.ts";
import { stageOrder } from "./row-data.ts";

/** A class with no more messages than this is shown open. */
const openMessages = 3;
const openClasses = 6;
/** More messages of a class are behind another click. */
const shownAtOnce = 12;
const greatestPlaces = 6;

/** Why records were rejected, as a tree: kind of problem, message with its values masked, values; the biggest first. */
export function reasonSection(classes: readonly ReasonClass[], summary: RunSummary): Html {
  const total = summary.rejections.total;
  if (total === 0)
    return html`<section aria-labelledby="why-title">
      <h2 id="why-title">Why records were rejected</h2>
      <p class="quiet">No record was rejected.</p>
    </section>`;
  return html`<section aria-labelledby="why-title">
    <h2 id="why-title">Why records were rejected</h2>
    <p class="quiet">
      The same reason with different values counts as one; ‹…› stands for the value. A record with several
      reasons counts at each of them.
    </p>
    ${stageList(summary)} ${classes.map((item, index) => classItem(item, total, index < openClasses))}
  </section> `;
}

/** Open where it is one of the great ones: a single message in full, of many the first ones. */
function classItem({ code, records, groups }: ReasonClass, total: number, great: boolean): Html {
  const first = groups.slice(0, great ? openMessages : shownAtOnce);
  const rest = groups.slice(first.length);
  const messages = groups.length === 1 ? "" : `, ${formatCount(groups.length)} different messages`;
  return html`<details class="reason-class" ${great ? html` open=""` : html``}>
    <summary>
      <h3>${reasonRegistry[code].title}</h3>
      <span class="quiet">${formatNoun(records, "record")}${messages}</span>
    </summary>
    ${reasonList(first, total)}
    ${
      rest.length === 0
        ? []
        : html`<details class="more">
            <summary>${formatNoun(rest.length, "rarer message")} of this kind</summary>
            ${reasonList(rest, total)}
          </details>`
    }
  </details> `;
}

function stageList(summary: RunSummary): Html {
  const items = stageOrder
    .filter((stage) => summary.rejections.byStage[stage] > 0)
    .map(
      (stage) =>
        html`<li>
          <b>${formatCount(summary.rejections.byStage[stage])}</b> ${stageLabels[stage].explained}
        </li>`,
    );
  return html`<ul class="stages">
    ${items}
  </ul>`;
}

function reasonList(groups: ReasonClass["groups"], total: number): Html {
  const items = groups.map(({ group, index }) => reasonItem(group, index, total));
  return html`<ol class="reasons">
    ${items}
  </ol>`;
}

function reasonItem(group: ReasonGroup, index: number, total: number): Html {
  const places = group.places
    .slice(0, greatestPlaces)
    .map(
      (place) =>
        `${[place.entity, place.legalEntity].filter((part) => part !== "").join(" · ")} (${formatCount(place.records)})`,
    );
  if (group.places.length > greatestPlaces)
    places.push(`${formatCount(group.places.length - greatestPlaces)} more`);
  // Values that all occur once say nothing by their counts: a few of them serve as examples.
  const counted = (group.values[0]?.records ?? 0) > 1;
  const values = group.values.map(
    ({ value, records }) =>
      html`<li>
        <code>${value}</code>${counted ? html` <span>${formatNoun(records, "record")}</span>` : []}
      </li> `,
  );
  const others = group.otherValues === undefined ? "others" : formatNoun(group.otherValues, "other");
  const more = group.moreValues ? html`<li class="quiet">and ${others}</li>` : [];
  return html`<li class="card reason">
    ${recordCount(group.records)}
    <div class="reason-body">
      <h4>${shapeWithField(group)}</h4>
      ${shareBar(group.records, total)}
      <p class="fix"><b>What to do:</b> ${group.fix}</p>
      ${
        values.length === 0
          ? []
          : html`<ul class="values" aria-label="${counted ? "Values met most often" : "Some of the values"}">
              <li class="plain quiet">${counted ? "Values:" : "For example:"}</li>
              ${values}${more}
            </ul>`
      }
      <p class="where quiet">
        ${places.join(", ")}${group.field === "" ? "" : `. Field ${group.field}`}. Code ${group.code}.
      </p>
      <button type="button" class="link" data-group="${index}" hidden>Show these rows</button>
    </div>
  </li> `;
}
