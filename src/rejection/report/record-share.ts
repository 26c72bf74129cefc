import { html, type Html } from "./html.ts";
import { formatCount, formatShare } from "./number-words.ts";

/** How many records, large, for the left of a card. */
export function recordCount(records: number): Html {
  return html`<p class="reason-count">
    <b>${formatCount(records)}</b>
    <span class="quiet">${records === 1 ? "record" : "records"}</span>
  </p>`;
}

/** A thin bar: which part of all rejected records they are. Never so thin that it is not seen. */
export function shareBar(records: number, total: number): Html {
  const width = Math.max(1, Math.round((1000 * records) / Math.max(total, records)));
  return html`<svg
    class="bar thin"
    viewBox="0 0 1000 4"
    preserveAspectRatio="none"
    role="img"
    aria-label="${formatShare(records, total)} of all rejected records"
  >
    <rect class="reason-share" x="0" y="0" width="${width}" height="4"></rect>
  </svg>`;
}
