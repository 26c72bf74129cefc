import type { Cause, CauseGroup, CauseOverview } from "../causes/cause.ts";
import { causeName, causesInWords, groupInWords, namesInGroup } from "../causes/cause-words.ts";
import { html, type Html } from "./html.ts";
import { formatCount, formatNoun } from "./number-words.ts";
import { recordCount, shareBar } from "./record-share.ts";

/** Of the greatest groups the causes are shown at once, where they are few. */
const openGroups = 4;
const shownAtOnce = 5;
const shownCauses = 25;

/**
 * What the rejections go back to: causes before consequences, by entity, so that a reader corrects three customer groups
 * instead of two thousand customers. Empty where every record has a reason of its own.
 */
export function causeSection(overview: CauseOverview | undefined): Html {
  if (overview === undefined || overview.groups.length === 0) return html``;
  const { groups, total, own } = overview;
  return html`<section aria-labelledby="causes-title">
    <h2 id="causes-title">What to put right first</h2>
    <p>
      <b>${causesInWords(overview)}.</b> Put these right first: the other records have nothing wrong of their
      own, as far as is known, and can then be loaded as they are.
    </p>
    <ol class="causes">
      ${groups.map((group, index) => groupItem(group, overview, index < openGroups))}
    </ol>
    <p class="quiet">
      ${sumInWords(overview)} Every rejected record counts once, by the first of its reasons.
      ${own === 0 || own === total ? "" : "Those with a reason of their own are below, among the reasons."}
    </p>
    ${unfollowed(overview)}
  </section> `;
}

function groupItem(group: CauseGroup, overview: CauseOverview, open: boolean): Html {
  const causes = overview.top.filter((cause) => cause.kind === group.kind && cause.entity === group.entity);
  const shown = causes.slice(0, shownCauses);
  const rest = group.causes - shown.length;
  const list = html`<ul class="cause-list">
      ${shown.map(causeItem)}
    </ul>
    ${rest > 0 ? html`<p class="quiet">and ${formatNoun(rest, "other cause")} with fewer records each</p>` : []}`;
  return html`<li class="card reason">
    ${recordCount(group.records)}
    <div class="reason-body">
      <h3>${groupInWords(group)}</h3>
      ${shareBar(group.records, overview.total)}
      ${
        open && shown.length <= shownAtOnce
          ? list
          : html`<p class="cause-names">${namesInGroup(group, overview)}</p>
              <details class="more">
                <summary>
                  Show ${shown.length === group.causes ? "them" : `the first ${formatCount(shown.length)}`}
                </summary>
                ${list}
              </details>`
      }
    </div>
  </li> `;
}

function causeItem(cause: Cause): Html {
  const { records, direct, entities, reason, file, line } = cause;
  const touched = entities
    .map(({ entity, records: count }) => `${entity} (${formatCount(count)})`)
    .join(", ");
  const itself = cause.kind === "rejected" && reason !== undefined ? 1 : 0;
  const indirect = records - direct - itself;
  const why =
    reason === undefined
      ? []
      : html`<p>${reason.message}</p>
          <p class="fix"><b>What to do:</b> ${reason.fix}</p>`;
  return html`<li>
    <p>
      <code>${causeName(cause)}</code> <b>${formatNoun(records, "record")}</b>
      <span class="quiet"
        >${indirect > 0 ? `${formatCount(direct)} directly, ${formatCount(indirect)} through others; ` : ""}${touched}</span
      >
    </p>
    ${why}
    ${file === undefined || line === undefined ? [] : html`<p class="quiet">Line ${line} of ${file}</p>`}
  </li> `;
}

/** The numbers of all groups and the rest, so that they can be seen to add up. */
function sumInWords({ groups, own, total }: CauseOverview): string {
  const parts = [...groups.map(({ records }) => records), ...(own > 0 ? [own] : [])].map(formatCount);
  const ownWords = own > 0 ? " (the last with a reason of their own)" : "";
  if (parts.length > 8)
    return `${formatCount(total - own)} + ${formatCount(own)} with a reason of their own = ${formatCount(total)}.`;
  return parts.length > 1 ? `${parts.join(" + ")}${ownWords} = ${formatCount(total)}.` : "";
}

function unfollowed({ unfollowed: count }: CauseOverview): Html {
  if (count === 0) return html``;
  return html`<p class="notice">
    ${formatNoun(count, "rejected record")} came after the bound up to which records are looked up: what
    refers to them may be called missing here though it was rejected.
  </p>`;
}
