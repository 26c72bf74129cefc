import { element, formatCount } from "./element.js";

/** Rows that are printed at most. */
export const printedRows = 100;

/**
 * Paper shows the first of the rows that are chosen on the screen. `chosen` gives their numbers, what was unpacked for
 * them by prepareToPrint, and what is chosen.
 */
export function startPrinting(store, chosen) {
  const table = document.querySelector("table.first-rows");
  const body = table.querySelector("tbody");
  const caption = table.querySelector("caption");
  addEventListener("beforeprint", () => {
    for (const details of document.querySelectorAll("details.more")) details.open = true;
    const { rows, prepared, filtered } = chosen(printedRows);
    if (!filtered.isFiltered) return;
    caption.textContent =
      `The first ${formatCount(rows.length)} of ${formatCount(filtered.count)} rows that were chosen, ` +
      `of ${formatCount(store.count)} rejected rows.`;
    body.replaceChildren(...rows.map((row) => printedRow(store, row, prepared.get(row) ?? store.peek(row))));
  });
}

/**
 * Unpacks what printing these rows would need and puts it into `prepared`: the browser does not wait once it prints.
 * Ends early when `isWanted` no longer says so.
 */
export async function prepareToPrint(store, { rows, prepared, isWanted }) {
  for (const row of rows) {
    if (!isWanted()) return;
    prepared.set(row, await store.detail(row));
  }
}

function printedRow(store, row, detail) {
  const lines = (texts) => [...new Set(texts)].map((text) => element("p", {}, text));
  const wrong = detail?.reasons.map(({ message }) => message) ?? [
    store.legend.groups[store.group[row]].shape,
  ];
  const fixes = detail?.reasons.map(({ fix }) => fix) ?? [];
  return element(
    "tr",
    {},
    element("td", {}, `${store.files.names[store.file[row]]} line ${formatCount(store.line[row])}`),
    element("td", {}, store.entities.names[store.entity[row]]),
    element("td", {}, store.companies.names[store.company[row]] || "–"),
    element("td", {}, store.key[row] || "–"),
    element("td", {}, ...lines(wrong)),
    element("td", {}, ...lines(fixes)),
  );
}
